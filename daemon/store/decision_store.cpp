// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/decision_store.h"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/store/decision_row.h"
#include "daemon/store/sql_values.h"

namespace sluice::store {
namespace {

using decisions::Decision;

const std::string kUpsert = fmt::format(
    "INSERT OR REPLACE INTO decision ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
    " ?15)",
    kDecisionColumns);
const std::string kSelect = fmt::format("SELECT {} FROM decision WHERE until > ?1", kDecisionColumns);
const std::string kSelectExpired =
    fmt::format("SELECT {} FROM decision WHERE until <= ?1 ORDER BY until", kDecisionColumns);
constexpr std::string_view kRemove = "DELETE FROM decision WHERE source = ?1 AND slot = ?2 AND actor = ?3";
constexpr std::string_view kRemoveAll = "DELETE FROM decision";
constexpr std::string_view kExpire = "DELETE FROM decision WHERE until <= ?1";

}  // namespace

Result<void> DecisionStore::check(Database& database) {
  return database.check({kUpsert, kSelect, kSelectExpired, kRemove, kRemoveAll, kExpire});
}

void DecisionStore::begin(const Decision& decision, bool) {
  note(decision, true);
}

void DecisionStore::end(const Decision& decision, const decisions::End& how) {
  if (how.ending != decisions::Ending::replaced) note(decision, false);
}

void DecisionStore::move(const Decision& decision) {
  note(decision, true);
}

void DecisionStore::note(const Decision& decision, bool in_force) {
  if (decision.actor.kind == decisions::ActorKind::list) return;
  Noted& noted = noted_.at(static_cast<std::size_t>(slot_of(decision)));
  std::pair key(decision.source, decision.actor);
  if (noted.size() >= kMaxNoted && !noted.contains(key)) {
    ++lost_;
    return;
  }
  noted.insert_or_assign(std::move(key), in_force ? std::optional(decision) : std::nullopt);
}

Result<void> DecisionStore::write(Database& database) {
  if (is_anew_) {
    auto remove_all = database.prepare(kRemoveAll);
    if (!remove_all) return remove_all.error();
    if (auto done = remove_all->run(); !done) return done;
  }
  if (noted() == 0) return {};
  auto upsert = database.prepare(kUpsert);
  if (!upsert) return upsert.error();
  auto remove = database.prepare(kRemove);
  if (!remove) return remove.error();
  for (std::size_t slot = 0; slot < noted_.size(); ++slot) {
    for (const auto& [key, decision] : noted_[slot]) {
      const auto& [source, actor] = key;
      Statement& statement = decision ? *upsert : *remove;
      if (decision) {
        bind_decision(statement, 1, *decision);
      } else {
        statement.bind(1, source.to_string())
            .bind(2, static_cast<std::int64_t>(slot))
            .bind(3, decisions::to_string(actor));
      }
      if (auto done = statement.run(); !done) return done;
    }
  }
  return {};
}

void DecisionStore::written() {
  for (Noted& noted : noted_)
    noted.clear();
  is_anew_ = false;
}

void DecisionStore::begin_anew() {
  written();
  is_anew_ = true;
  lost_ = 0;
}

Result<DecisionStore::Loaded> DecisionStore::load(Database& database, WallTime now) {
  return load(database, kSelect, now);
}

Result<DecisionStore::Loaded> DecisionStore::load_expired(Database& database, WallTime now) {
  return load(database, kSelectExpired, now);
}

Result<DecisionStore::Loaded> DecisionStore::load(Database& database, std::string_view sql, WallTime now) {
  auto select = database.prepare(sql);
  if (!select) return select.error();
  select->bind(1, to_nanoseconds(now));
  Loaded loaded;
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return loaded;
    if (auto decision = read_decision(*select, 0)) {
      loaded.decisions.push_back(*std::move(decision));
    } else {
      ++loaded.unreadable;
    }
  }
}

Result<void> DecisionStore::forget(Database& database, WallTime now) {
  auto expire = database.prepare(kExpire);
  if (!expire) return expire.error();
  return expire->bind(1, to_nanoseconds(now)).run();
}

}  // namespace sluice::store
