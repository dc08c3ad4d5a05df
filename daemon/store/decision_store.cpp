// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/decision_store.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <utility>

#include "daemon/base/clock.h"

namespace sluice::store {
namespace {

using pipeline::Action;
using pipeline::Decision;

std::int64_t to_ns(WallTime time) { return time.time_since_epoch().count(); }  // kForever is the largest value
WallTime from_ns(std::int64_t ns) { return WallTime(Nanoseconds(ns)); }

bool is_allow(const Decision& decision) { return decision.action == Action::allow; }

std::string to_json(const std::vector<pipeline::Signal>& signals) {
  boost::json::array array;
  for (const pipeline::Signal& signal : signals) {
    boost::json::array numbers;
    for (const pipeline::Number& number : signal.numbers) {
      numbers.push_back({{"name", number.name}, {"value", number.value}});
    }
    array.push_back({{"heuristic", signal.heuristic},
                     {"weight", signal.weight},
                     {"text", signal.text},
                     {"numbers", std::move(numbers)}});
  }
  return boost::json::serialize(array);
}

// Exceptions of Boost.JSON (a member that is not there, of another type) stop here.
Result<std::vector<pipeline::Signal>> signals_from(std::string_view text) {
  try {
    std::vector<pipeline::Signal> signals;
    for (const boost::json::value& value : boost::json::parse({text.data(), text.size()}).as_array()) {
      const boost::json::object& object = value.as_object();
      pipeline::Signal& signal = signals.emplace_back();
      signal.heuristic = boost::json::value_to<std::string>(object.at("heuristic"));
      signal.weight = object.at("weight").to_number<double>();
      signal.text = boost::json::value_to<std::string>(object.at("text"));
      for (const boost::json::value& number : object.at("numbers").as_array()) {
        signal.numbers.push_back({boost::json::value_to<std::string>(number.as_object().at("name")),
                                  number.as_object().at("value").to_number<double>()});
      }
    }
    return signals;
  } catch (const std::exception& error) {
    return Error(fmt::format("stored signals: {}", error.what()));
  }
}

// Columns as in kSelect.
Result<Decision> decision_from(const Statement& row) {
  Decision decision;
  auto source = Prefix::parse(row.text(0));
  if (!source) return source.error();
  auto action = pipeline::parse_action(row.text(1));
  if (!action) return action.error();
  auto actor = pipeline::parse_actor(row.text(5));
  if (!actor) return actor.error();
  auto signals = signals_from(row.text(9));
  if (!signals) return signals.error();
  decision.source = *source;
  decision.action = *action;
  decision.since = from_ns(row.integer(2));
  decision.until = from_ns(row.integer(3));
  decision.reason = row.text(4);
  decision.actor = *std::move(actor);
  decision.rate = {static_cast<std::uint32_t>(row.integer(6)), static_cast<std::uint32_t>(row.integer(7))};
  decision.score = row.real(8);
  decision.signals = *std::move(signals);
  decision.exposure = {static_cast<std::uint64_t>(row.integer(10)), static_cast<std::uint64_t>(row.integer(11)),
                       static_cast<std::uint64_t>(row.integer(12))};
  return decision;
}

constexpr std::string_view kSelect =
    "SELECT source, action, since_ns, until_ns, reason, actor, packets_per_second, burst, score, signals, requests, "
    "pages, subjects FROM decisions";

constexpr std::string_view kUpsert =
    "INSERT OR REPLACE INTO decisions (source, is_allow, action, since_ns, until_ns, reason, actor, "
    "packets_per_second, burst, score, signals, requests, pages, subjects) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

}  // namespace

Result<std::unique_ptr<DecisionStore>> DecisionStore::create(Database& database) {
  auto upsert = database.prepare(kUpsert);
  if (!upsert) return upsert.error();
  auto remove = database.prepare("DELETE FROM decisions WHERE source = ? AND is_allow = ?");
  if (!remove) return remove.error();
  auto remove_all = database.prepare("DELETE FROM decisions");
  if (!remove_all) return remove_all.error();
  auto remember = database.prepare("INSERT OR REPLACE INTO offences (source, blocks, last_ns) VALUES (?, ?, ?)");
  if (!remember) return remember.error();
  auto forget = database.prepare("DELETE FROM offences WHERE last_ns < ?");
  if (!forget) return forget.error();
  return std::unique_ptr<DecisionStore>(
      new DecisionStore(database, {*std::move(upsert), *std::move(remove), *std::move(remove_all),
                                   *std::move(remember), *std::move(forget)}));
}

Result<std::vector<Decision>> DecisionStore::load_decisions() {
  auto query = database_.prepare(kSelect);
  if (!query) return query.error();
  std::vector<Decision> decisions;
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return decisions;
    auto decision = decision_from(*query);
    if (!decision) return decision.error().in(fmt::format("stored decision of {}", query->text(0)));
    decisions.push_back(*std::move(decision));
  }
}

Result<std::vector<pipeline::Offence>> DecisionStore::load_offences() {
  auto query = database_.prepare("SELECT source, blocks, last_ns FROM offences ORDER BY last_ns");
  if (!query) return query.error();
  std::vector<pipeline::Offence> offences;
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return offences;
    auto source = Prefix::parse(query->text(0));
    if (!source) return source.error().in("stored offence");
    offences.push_back({*source, static_cast<unsigned>(query->integer(1)), from_ns(query->integer(2))});
  }
}

Result<void> DecisionStore::write(const Decision& decision) {
  if (auto begun = database_.begin(); !begun) return begun;
  return statements_.upsert.bind(1, decision.source.to_string())
      .bind(2, std::int64_t{is_allow(decision)})
      .bind(3, pipeline::to_string(decision.action))
      .bind(4, to_ns(decision.since))
      .bind(5, to_ns(decision.until))
      .bind(6, decision.reason)
      .bind(7, to_string(decision.actor))
      .bind(8, std::int64_t{decision.rate.packets_per_second})
      .bind(9, std::int64_t{decision.rate.burst})
      .bind(10, decision.score)
      .bind(11, to_json(decision.signals))
      .bind(12, static_cast<std::int64_t>(decision.exposure.requests))
      .bind(13, static_cast<std::int64_t>(decision.exposure.pages))
      .bind(14, static_cast<std::int64_t>(decision.exposure.subjects))
      .run();
}

Result<void> DecisionStore::apply(const Decision& decision, bool) {
  note(write(decision));
  return {};
}

void DecisionStore::withdraw(const Decision& decision, pipeline::Ending ending) {
  if (ending == pipeline::Ending::replaced) return;  // its successor was written over it
  auto written = database_.begin();
  if (written) {
    written = statements_.remove.bind(1, decision.source.to_string()).bind(2, std::int64_t{is_allow(decision)}).run();
  }
  note(written);
}

void DecisionStore::remember(const pipeline::Offence& offence) {
  auto written = database_.begin();
  if (written) {
    written = statements_.remember.bind(1, offence.source.to_string())
                  .bind(2, std::int64_t{offence.blocks})
                  .bind(3, to_ns(offence.last))
                  .run();
  }
  note(written);
}

void DecisionStore::forget_offences_before(WallTime time) {
  auto written = database_.begin();
  if (written) written = statements_.forget.bind(1, to_ns(time)).run();
  note(written);
}

void DecisionStore::flush() { note(database_.flush()); }

void DecisionStore::rewrite(std::span<const Decision* const> decisions) {
  stale_ = false;
  note(rewrite_all(decisions));
  flush();
  if (!stale_) state_ = "ok";
}

Result<void> DecisionStore::rewrite_all(std::span<const Decision* const> decisions) {
  if (auto begun = database_.begin(); !begun) return begun;
  if (auto removed = statements_.remove_all.run(); !removed) return removed;
  for (const Decision* decision : decisions) {
    if (auto written = write(*decision); !written) return written;
  }
  return {};
}

void DecisionStore::note(const Result<void>& written) {
  if (written) return;
  stale_ = true;
  state_ = written.error().message();
  if (const auto held_back = failures_.admit(kernel_now())) {
    spdlog::error("decisions are in force but not stored: {}", state_);
  }
}

}  // namespace sluice::store
