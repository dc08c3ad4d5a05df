// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/decision_row.h"

#include <utility>

#include "daemon/store/signals.h"
#include "daemon/store/sql_values.h"

namespace sluice::store {

std::int64_t slot_of(const decisions::Decision& decision) {
  return decision.action == decisions::Action::allow ? 1 : 0;
}

void bind_decision(Statement& statement, int first, const decisions::Decision& decision) {
  statement.bind(first, decision.source.to_string())
      .bind(first + 1, slot_of(decision))
      .bind(first + 2, decisions::to_string(decision.action))
      .bind(first + 3, to_nanoseconds(decision.since))
      .bind(first + 4, to_nanoseconds(decision.until))
      .bind(first + 5, decision.reason)
      .bind(first + 6, decisions::to_string(decision.actor))
      .bind(first + 7, std::int64_t{decision.rate.packets_per_second})
      .bind(first + 8, std::int64_t{decision.rate.burst})
      .bind(first + 9, decision.score)
      .bind(first + 10, write_signals(decision.signals))
      .bind(first + 11, as_signed(decision.exposure.requests))
      .bind(first + 12, as_signed(decision.exposure.pages))
      .bind(first + 13, as_signed(decision.exposure.subjects))
      .bind(first + 14, std::int64_t{decision.forwarded});
}

std::optional<decisions::Decision> read_decision(const Statement& select, int first) {
  const auto source = Prefix::parse(select.text(first));
  const auto action = decisions::parse_action(select.text(first + 2));
  auto actor = decisions::parse_actor(select.text(first + 6));
  if (!source || !action || *action == decisions::Action::none || !actor) return std::nullopt;

  decisions::Decision decision;
  decision.source = *source;
  decision.action = *action;
  if (slot_of(decision) != select.integer(first + 1)) return std::nullopt;
  decision.since = to_wall_time(select.integer(first + 3));
  decision.until = to_wall_time(select.integer(first + 4));
  decision.reason = select.text(first + 5);
  decision.actor = *std::move(actor);
  decision.rate = {static_cast<std::uint32_t>(select.integer(first + 7)),
                   static_cast<std::uint32_t>(select.integer(first + 8))};
  decision.score = select.real(first + 9);
  auto signals = read_signals(select.text(first + 10));
  if (!signals) return std::nullopt;
  decision.signals = *std::move(signals);
  decision.exposure = {as_unsigned(select.integer(first + 11)), as_unsigned(select.integer(first + 12)),
                       as_unsigned(select.integer(first + 13))};
  decision.forwarded = select.integer(first + 14) != 0;
  return decision;
}

}  // namespace sluice::store
