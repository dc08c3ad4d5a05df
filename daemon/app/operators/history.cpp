// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/history.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/app/operators/explanation.h"
#include "daemon/app/operators/wire_types.h"

namespace sluice::app {
namespace {

using decisions::Decision;

// With the page of those that ended, an answer stays below the largest message.
constexpr std::size_t kRunningBytes = std::size_t{64} * 1024;

control::HistoryRow row_of(const Decision& decision, control::DecisionRow from) {
  control::DecisionDetail detail = detail_of(decision, std::move(from));
  control::HistoryRow row;
  static_cast<control::DecisionRow&>(row) = std::move(detail.decision);
  row.signals = std::move(detail.signals);
  row.requests_before = detail.requests_before;
  row.pages_before = detail.pages_before;
  row.subjects_before = detail.subjects_before;
  return row;
}

control::HistoryRow row_of(const decisions::PastDecision& past) {
  control::HistoryRow row = row_of(past.decision, decision_row(past.decision));
  row.armed = past.in_effect;
  row.ended = past.ended;
  row.ending = to_wire(past.end.ending);
  if (past.end.by) row.ended_by = to_wire(*past.end.by);
  row.ended_reason = past.end.reason;
  row.counted = past.usage.has_value();
  if (past.usage) {
    row.packets = past.usage->packets;
    row.bytes = past.usage->bytes;
  }
  return row;
}

std::size_t size_of(const control::HistoryRow& row) {
  std::size_t size = 800 + row.reason.size();
  for (const control::SignalRow& signal : row.signals)
    size += 200 + signal.text.size() + 60 * signal.numbers.size();
  return size;
}

bool takes(const control::HistoryRequest& request, const std::optional<Prefix>& source,
           const Decision& decision) {
  if (source && !decision.source.overlaps(*source)) return false;
  if (request.until && decision.since > *request.until) return false;
  if (request.action != control::Action::unset && request.action != to_wire(decision.action)) return false;
  return request.actor.kind == control::ActorKind::unset || request.actor.covers(to_wire(decision.actor));
}

void add_running(const HistorySources& sources, const control::HistoryRequest& request,
                 const std::optional<Prefix>& source, control::HistoryAnswer& answer) {
  std::vector<const Decision*> running;
  for (const Decision* decision : sources.ledger.all()) {
    if (takes(request, source, *decision)) running.push_back(decision);
  }
  std::ranges::stable_sort(running, std::ranges::greater(), &Decision::since);
  std::size_t bytes = 0;
  for (const Decision* decision : running) {
    if (bytes >= kRunningBytes) break;
    control::HistoryRow& row = answer.rows.emplace_back(row_of(*decision, sources.row_of(*decision)));
    row.counted = true;
    bytes += size_of(row);
  }
  if (answer.rows.size() == running.size()) return;
  answer.note = fmt::format("{} more are in force and not shown: `sluicectl decisions` shows them",
                            running.size() - answer.rows.size());
}

}  // namespace

control::HistoryAnswer history_answer(const HistorySources& sources, const control::HistoryRequest& request,
                                      const std::optional<Prefix>& source) {
  control::HistoryAnswer answer;
  if (request.before == 0 && !request.ended) add_running(sources, request, source, answer);
  store::HistoryStore::Query query;
  query.source = source;
  query.since = request.since;
  query.until = request.until;
  if (request.action != control::Action::unset) query.action = to_text(request.action);
  query.actor = request.actor.to_string();
  query.before = request.before;
  const store::StateStore::PastPage past = sources.past(query);
  for (const store::HistoryStore::Numbered& row : past.page.rows)
    answer.rows.push_back(row_of(row.past));
  answer.more = past.page.more;
  if (answer.more) answer.next = past.page.rows.back().number;
  if (past.fault.empty()) return answer;
  answer.note +=
      fmt::format("{}what ended before cannot be read: {}", answer.note.empty() ? "" : "; ", past.fault);
  return answer;
}

}  // namespace sluice::app
