// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/decision_store.h"

#include <utility>

#include "daemon/store/signals.h"
#include "daemon/store/sql_values.h"

namespace sluice::store {
namespace {

using decisions::Action;
using decisions::Decision;

constexpr std::string_view kUpsert =
    "INSERT OR REPLACE INTO decision (source, slot, action, since, until, reason, actor, rate, burst, score,"
    " signals, requests, pages, subjects, forwarded) VALUES "
    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
    " ?13, ?14, ?15)";
constexpr std::string_view kSelect =
    "SELECT source, slot, action, since, until, reason, actor, rate, burst, score, signals, requests, pages,"
    " subjects, forwarded FROM decision WHERE until > ?1";
constexpr std::string_view kRemove = "DELETE FROM decision WHERE source = ?1 AND slot = ?2 AND actor = ?3";
constexpr std::string_view kRemoveAll = "DELETE FROM decision";
constexpr std::string_view kExpire = "DELETE FROM decision WHERE until <= ?1";

std::size_t slot_of(const Decision& decision) {
  return decision.action == Action::allow ? 1 : 0;
}

// SQLite's integers are signed; through these two an unsigned one comes back as it was.
std::int64_t as_signed(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::uint64_t as_unsigned(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

// The row that `select` stands on, or nothing where it cannot be one of ours.
std::optional<Decision> read_row(const Statement& select) {
  const auto source = Prefix::parse(select.text(0));
  const auto action = decisions::parse_action(select.text(2));
  auto actor = decisions::parse_actor(select.text(6));
  if (!source || !action || *action == Action::none || !actor) return std::nullopt;

  Decision decision;
  decision.source = *source;
  decision.action = *action;
  if (slot_of(decision) != as_unsigned(select.integer(1))) return std::nullopt;
  decision.since = to_wall_time(select.integer(3));
  decision.until = to_wall_time(select.integer(4));
  decision.reason = select.text(5);
  decision.actor = *std::move(actor);
  decision.rate = {static_cast<std::uint32_t>(select.integer(7)),
                   static_cast<std::uint32_t>(select.integer(8))};
  decision.score = select.real(9);
  decision.exposure = {as_unsigned(select.integer(11)), as_unsigned(select.integer(12)),
                       as_unsigned(select.integer(13))};
  decision.forwarded = select.integer(14) != 0;
  auto signals = read_signals(select.text(10));
  if (!signals) return std::nullopt;
  decision.signals = *std::move(signals);
  return decision;
}

}  // namespace

Result<void> DecisionStore::check(Database& database) {
  return database.check({kUpsert, kSelect, kRemove, kRemoveAll, kExpire});
}

void DecisionStore::begin(const Decision& decision, bool) {
  note(decision, true);
}

void DecisionStore::end(const Decision& decision, decisions::Ending ending) {
  if (ending != decisions::Ending::replaced) note(decision, false);
}

void DecisionStore::move(const Decision& decision) {
  note(decision, true);
}

void DecisionStore::note(const Decision& decision, bool in_force) {
  if (decision.actor.kind == decisions::ActorKind::list) return;
  Noted& noted = noted_[slot_of(decision)];
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
      statement.bind(1, source.to_string()).bind(2, static_cast<std::int64_t>(slot));
      if (!decision) {
        statement.bind(3, decisions::to_string(actor));
      } else {
        statement.bind(3, decisions::to_string(decision->action))
            .bind(4, to_nanoseconds(decision->since))
            .bind(5, to_nanoseconds(decision->until))
            .bind(6, decision->reason)
            .bind(7, decisions::to_string(decision->actor))
            .bind(8, std::int64_t{decision->rate.packets_per_second})
            .bind(9, std::int64_t{decision->rate.burst})
            .bind(10, decision->score)
            .bind(11, write_signals(decision->signals))
            .bind(12, as_signed(decision->exposure.requests))
            .bind(13, as_signed(decision->exposure.pages))
            .bind(14, as_signed(decision->exposure.subjects))
            .bind(15, std::int64_t{decision->forwarded});
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
  auto select = database.prepare(kSelect);
  if (!select) return select.error();
  select->bind(1, to_nanoseconds(now));
  Loaded loaded;
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return loaded;
    if (auto decision = read_row(*select)) {
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
