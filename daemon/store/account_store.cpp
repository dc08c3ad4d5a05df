// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/account_store.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

#include <sys/random.h>

#include "daemon/detection/log_second.h"

namespace sluice::store {
namespace {

std::int64_t stored(std::uint64_t number) {
  return std::bit_cast<std::int64_t>(number);
}

// The one that is there, or a new one.
Result<std::uint64_t> secret_of(Database& database) {
  std::uint64_t fresh = 0;
  if (getrandom(&fresh, sizeof fresh, 0) != sizeof fresh) std::abort();  // cannot fail for so few bytes
  auto insert = database.prepare("INSERT OR IGNORE INTO number (name, value) VALUES ('account_secret', ?1)");
  if (!insert) return insert.error();
  if (auto done = insert->bind(1, stored(fresh)).run(); !done) return done.error();
  auto select = database.prepare("SELECT value FROM number WHERE name = 'account_secret'");
  if (!select) return select.error();
  const auto row = select->step();
  if (!row) return row.error();
  return std::bit_cast<std::uint64_t>(select->integer(0));
}

}  // namespace

Result<AccountStore> AccountStore::create(Database& database) {
  const auto secret = secret_of(database);
  if (!secret) return secret.error();
  auto upsert = database.prepare(
      "INSERT INTO account (number, first, last) VALUES (?1, ?2, ?3) ON CONFLICT (number) DO UPDATE SET "
      "first = min(first, excluded.first), last = max(last, excluded.last)");
  if (!upsert) return upsert.error();
  auto begin = database.prepare(
      "INSERT INTO number (name, value) VALUES ('accounts_begun', ?1) ON CONFLICT (name) DO UPDATE SET "
      "value = min(value, excluded.value)");
  if (!begin) return begin.error();
  auto begun = database.prepare("SELECT value FROM number WHERE name = 'accounts_begun'");
  if (!begun) return begun.error();
  auto forget = database.prepare("DELETE FROM account WHERE last <= ?1");
  if (!forget) return forget.error();
  auto trim = database.prepare(
      "DELETE FROM account WHERE number IN (SELECT number "
      "FROM account ORDER BY last DESC LIMIT -1 OFFSET ?1)");
  if (!trim) return trim.error();
  auto select = database.prepare("SELECT number, first, last FROM account ORDER BY last");
  if (!select) return select.error();
  return AccountStore(*secret, *std::move(upsert), *std::move(begin), *std::move(begun), *std::move(forget),
                      *std::move(trim), *std::move(select));
}

AccountStore::AccountStore(std::uint64_t secret, Statement upsert, Statement begin, Statement begun,
                           Statement forget, Statement trim, Statement select)
    : secret_(secret),
      upsert_(std::move(upsert)),
      begin_(std::move(begin)),
      begun_(std::move(begun)),
      forget_(std::move(forget)),
      trim_(std::move(trim)),
      select_(std::move(select)) {}

void AccountStore::note(const detection::AccountAge& age) {
  if (noted_.size() >= kMaxNoted && !noted_.contains(age.number)) {
    ++lost_;
    return;
  }
  noted_.insert_or_assign(age.number, age);
}

Result<void> AccountStore::write() {
  if (noted_.empty()) return {};
  detection::LogSecond first = noted_.begin()->second.first_seen;
  for (const auto& [number, age] : noted_) {
    first = std::min(first, age.first_seen);
    upsert_.bind(1, stored(number))
        .bind(2, std::int64_t{age.first_seen})
        .bind(3, std::int64_t{age.last_seen});
    if (auto done = upsert_.run(); !done) return done;
  }
  return begin_.bind(1, std::int64_t{first}).run();
}

Result<AccountStore::Restored> AccountStore::load(WallTime oldest) {
  if (auto forgotten = forget(oldest); !forgotten) return forgotten.error();
  Restored restored;
  const auto begun = begun_.step();
  if (!begun) return begun.error();
  if (*begun) {
    restored.begun = begun_.integer(0);
    if (const auto end = begun_.step(); !end) return end.error();
  }
  while (true) {
    const auto row = select_.step();
    if (!row) return row.error();
    if (!*row) return restored;
    restored.ages.push_back(
        {std::bit_cast<std::uint64_t>(select_.integer(0)), select_.integer(1), select_.integer(2)});
  }
}

Result<void> AccountStore::forget(WallTime oldest) {
  if (auto done = forget_.bind(1, std::int64_t{detection::log_second(oldest)}).run(); !done) return done;
  return trim_.bind(1, kMaxAccounts).run();
}

}  // namespace sluice::store
