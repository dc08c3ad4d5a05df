// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/account_store.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <sys/random.h>

#include "daemon/detection/log_second.h"

namespace sluice::store {
namespace {

constexpr std::string_view kInsertSecret = "INSERT INTO number (name, value) VALUES ('account_secret', ?1)";
constexpr std::string_view kSelectSecret = "SELECT value FROM number WHERE name = 'account_secret'";
constexpr std::string_view kUpsertAccount =
    "INSERT INTO account (number, first, last) VALUES (?1, ?2, ?3) ON CONFLICT (number) DO UPDATE SET "
    "first = min(first, excluded.first), last = max(last, excluded.last)";
constexpr std::string_view kBeginAccounts =
    "INSERT INTO number (name, value) VALUES ('accounts_begun', ?1) ON CONFLICT (name) DO UPDATE SET "
    "value = min(value, excluded.value)";
constexpr std::string_view kSelectBegun = "SELECT value FROM number WHERE name = 'accounts_begun'";
constexpr std::string_view kForgetAccounts = "DELETE FROM account WHERE last <= ?1";
constexpr std::string_view kTrimAccounts =
    "DELETE FROM account WHERE number IN (SELECT number FROM account ORDER BY last DESC LIMIT -1 OFFSET ?1)";
constexpr std::string_view kSelectAccounts =
    "SELECT number, first, last FROM account WHERE last > ?1 ORDER BY last";

std::int64_t stored(std::uint64_t number) {
  return std::bit_cast<std::int64_t>(number);
}

std::uint64_t fresh_secret() {
  std::uint64_t fresh = 0;
  if (getrandom(&fresh, sizeof fresh, 0) != sizeof fresh) std::abort();  // cannot fail for so few bytes
  return fresh;
}

// A number that there may be one of.
Result<std::optional<std::int64_t>> number_if_any(Database& database, std::string_view sql) {
  auto select = database.prepare(sql);
  if (!select) return select.error();
  const auto row = select->step();
  if (!row) return row.error();
  return *row ? std::optional(select->integer(0)) : std::nullopt;
}

}  // namespace

AccountStore::AccountStore() : secret_(fresh_secret()) {}

Result<void> AccountStore::check(Database& database) {
  return database.check({kInsertSecret, kSelectSecret, kUpsertAccount, kBeginAccounts, kSelectBegun,
                         kForgetAccounts, kTrimAccounts, kSelectAccounts});
}

Result<void> AccountStore::take_secret(Database& database) {
  if (auto given = give_secret(database); !given) return given;
  if (!is_other_secret_) return {};
  const auto secret = number_if_any(database, kSelectSecret);
  if (!secret) return secret.error();
  secret_ = std::bit_cast<std::uint64_t>(**secret);
  is_other_secret_ = false;
  return {};
}

Result<void> AccountStore::give_secret(Database& database) {
  const auto secret = number_if_any(database, kSelectSecret);
  if (!secret) return secret.error();
  is_other_secret_ = *secret && **secret != stored(secret_);
  if (is_other_secret_) noted_.clear();
  if (*secret) return {};
  auto insert = database.prepare(kInsertSecret);
  if (!insert) return insert.error();
  return insert->bind(1, stored(secret_)).run();
}

void AccountStore::note(const detection::AccountAge& age) {
  if (is_other_secret_) return;
  if (noted_.size() >= kMaxNoted && !noted_.contains(age.number)) {
    ++lost_;
    return;
  }
  noted_.insert_or_assign(age.number, age);
}

Result<void> AccountStore::write(Database& database) {
  if (noted_.empty()) return {};
  auto upsert = database.prepare(kUpsertAccount);
  if (!upsert) return upsert.error();
  detection::LogSecond first = noted_.begin()->second.first_seen;
  for (const auto& [number, age] : noted_) {
    first = std::min(first, age.first_seen);
    upsert->bind(1, stored(number))
        .bind(2, std::int64_t{age.first_seen})
        .bind(3, std::int64_t{age.last_seen});
    if (auto done = upsert->run(); !done) return done;
  }
  auto begin = database.prepare(kBeginAccounts);
  if (!begin) return begin.error();
  return begin->bind(1, std::int64_t{first}).run();
}

Result<AccountStore::Restored> AccountStore::load(Database& database, WallTime oldest) {
  Restored restored;
  const auto begun = number_if_any(database, kSelectBegun);
  if (!begun) return begun.error();
  restored.begun = begun->value_or(0);
  auto select = database.prepare(kSelectAccounts);
  if (!select) return select.error();
  select->bind(1, std::int64_t{detection::log_second(oldest)});
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return restored;
    restored.ages.push_back(
        {std::bit_cast<std::uint64_t>(select->integer(0)), select->integer(1), select->integer(2)});
  }
}

Result<void> AccountStore::forget(Database& database, WallTime oldest) {
  auto forget = database.prepare(kForgetAccounts);
  if (!forget) return forget.error();
  if (auto done = forget->bind(1, std::int64_t{detection::log_second(oldest)}).run(); !done) return done;
  auto trim = database.prepare(kTrimAccounts);
  if (!trim) return trim.error();
  return trim->bind(1, kMaxAccounts).run();
}

}  // namespace sluice::store
