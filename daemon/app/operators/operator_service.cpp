// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/operator_service.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/app/operators/ending.h"
#include "daemon/app/operators/explanation.h"
#include "daemon/app/operators/history.h"
#include "daemon/app/operators/import.h"
#include "daemon/app/operators/role_bounds.h"
#include "daemon/app/operators/wire_types.h"
#include "daemon/base/clock.h"

namespace sluice::app {
namespace {

using decisions::Action;
using decisions::Actor;
using decisions::ActorKind;
using decisions::Decision;
using decisions::Ledger;

Ledger::Slot slot_of(const Decision& decision) {
  return decision.action == Action::allow ? Ledger::Slot::allow : Ledger::Slot::denial;
}

AuditRecord record_of(const control::Change& change, std::string_view what, std::string_view outcome) {
  AuditRecord record;
  record.time = wall_now();
  record.uid = change.uid;
  record.name = change.name;
  record.role = change.role;
  record.command = change.command;
  record.what = what;
  record.reason = change.reason;
  record.outcome = outcome;
  return record;
}

}  // namespace

Result<std::unique_ptr<OperatorService>> OperatorService::create(boost::asio::io_context& io, Parts parts) {
  // The server is made second, for it calls the service that it serves. Nobody else sees the service before.
  std::unique_ptr<OperatorService> made(new OperatorService(parts));
  control::ServerOptions options;
  options.path = parts.config.control.socket;
  options.group = parts.config.control.group;
  options.operators = parts.config.control.operators;
  options.viewers = parts.config.control.viewers;
  auto server = control::Server::create(io, options, *made);
  if (!server) return server.error();
  made->server_ = *std::move(server);
  made->events_ = parts.publisher.subscribe(
      [&server = *made->server_](const control::Event& event) { server.publish(event); });
  return made;
}

void OperatorService::stop() {
  events_.end();
  server_->stop();
}

// A bare IPv6 address stands for its network, as everywhere in Sluice; a length that is given is taken at its
// word.
Prefix OperatorService::source_of(const control::WrittenPrefix& written) const {
  if (written.has_length()) return written.prefix();
  return parts_.pipeline.detector().identify(written.prefix().address());
}

std::string OperatorService::objection(const control::OrEmpty<Address>& connected_from,
                                       const Prefix& source) const {
  if (parts_.ledger.mode() == decisions::Mode::observe) {
    return "mode = \"observe\": nothing is armed, so this would not take "
           "effect; set mode = \"enforce\" in the configuration and reload";
  }
  if (connected_from && source.contains(*connected_from))
    return fmt::format("you are connected from {}", connected_from.to_string());
  return {};
}

control::AddressResult OperatorService::decide_one(const control::DecideRequest& request,
                                                   const Prefix& source, const control::Caller& caller) {
  control::AddressResult result;
  result.address = source;
  result.outcome = control::Outcome::refused;
  const WallTime now = wall_now();
  Decision decision = decision_of(request, source, caller, now);
  const bool denial = decision.action != Action::allow;
  if (denial) result.note = objection(request.connected_from, source);
  if (result.note.empty())
    result.note = beyond_role(caller, parts_.config.control, parts_.ledger, decision, now);
  if (!result.note.empty()) return result;

  const Actor actor = decision.actor;
  const auto admitted = parts_.ledger.admit(std::move(decision), now);
  if (!admitted) {
    result.note = admitted.error().message();
    return result;
  }
  result.outcome = to_wire(admitted->outcome);
  result.note = admitted->note;
  const Decision* stands =
      parts_.ledger.find(source, denial ? Ledger::Slot::denial : Ledger::Slot::allow, actor);
  if (stands != nullptr) {
    result.until = stands->until;
    result.armed = parts_.ledger.in_effect(*stands);
  }
  return result;
}

Decision OperatorService::decision_of(const control::DecideRequest& request, const Prefix& source,
                                      const control::Caller& caller, WallTime now) const {
  Decision decision;
  decision.source = source;
  decision.action = from_wire(request.action);
  decision.since = now;
  decision.until = kForever;
  if (request.for_seconds) {
    decision.until = now + Seconds(*request.for_seconds);
  } else if (decision.action != Action::allow) {
    decision.until = now + parts_.config.control.default_for;
  }
  decision.reason = request.reason.empty() ? "no reason given" : request.reason;
  decision.actor = Actor{ActorKind::operator_, control::operator_name(caller.name, request.via)};
  if (decision.action == Action::throttle) {
    const decisions::Rate usual = parts_.config.policy.throttle_rate;
    decision.rate = {request.rate ? static_cast<std::uint32_t>(*request.rate) : usual.packets_per_second,
                     request.burst ? static_cast<std::uint32_t>(*request.burst) : usual.burst};
  }
  return decision;
}

Result<control::DecideAnswer> OperatorService::carry_out(const control::DecideRequest& request,
                                                         const control::Caller& caller) {
  control::DecideAnswer answer;
  for (const control::WrittenPrefix& address : request.addresses)
    answer.results.push_back(decide_one(request, source_of(address), caller));
  return answer;
}

Result<control::UnblockAnswer> OperatorService::carry_out(const control::UnblockRequest& request,
                                                          const control::Caller& caller) {
  return end_decisions(
      parts_.ledger, request, caller,
      [this](const control::WrittenPrefix& written) { return source_of(written); },
      decisions::Ending::withdrawn);
}

Result<control::PardonAnswer> OperatorService::carry_out(const control::PardonRequest& request,
                                                         const control::Caller& caller) {
  control::UnblockRequest denials;
  denials.addresses = request.addresses;
  denials.reason = request.reason;
  control::UnblockAnswer unblocked = end_decisions(
      parts_.ledger, denials, caller,
      [this](const control::WrittenPrefix& written) { return source_of(written); },
      decisions::Ending::pardoned);
  control::PardonAnswer answer;
  for (control::UnblockResult& each : unblocked.results) {
    const unsigned forgotten = parts_.pipeline.pardon(each.address, wall_now());
    answer.results.push_back({each.address, std::move(each.ended), forgotten, std::move(each.still_covered)});
  }
  return answer;
}

Result<control::ImportAnswer> OperatorService::carry_out(const control::ImportRequest& request,
                                                         const control::Caller& caller) {
  const Import way{parts_.ledger, parts_.config.control, parts_.config.policy.throttle_rate,
                   [this](const control::WrittenPrefix& written) { return source_of(written); },
                   [&](const Prefix& source) { return objection(request.connected_from, source); }};
  return app::import_decisions(way, request, caller, wall_now());
}

Result<void> OperatorService::begin_change(const control::Change& change) {
  std::vector<AuditRecord> records;
  for (const std::string& what : change.what)
    records.push_back(record_of(change, what, "asked"));
  auto done = parts_.state.record(records);
  if (done || !change.undoes) return done;
  for (AuditRecord& record : records)
    parts_.state.note(std::move(record));
  return {};
}

void OperatorService::end_change(const control::Change& change, std::string_view outcome) {
  parts_.state.note(record_of(change, "", outcome));
  parts_.state.save();
}

Result<control::AuditAnswer> OperatorService::carry_out(const control::AuditRequest& request,
                                                        const control::Caller& /*caller*/) {
  auto page = parts_.state.audit_page(request.after, request.since);
  if (!page) return page.error();
  const auto& head = parts_.state.audit_head();
  return control::AuditAnswer{std::move(page->rows), page->more,       head.seq, head.hash,
                              page->anchor.seq,      page->anchor.hash};
}

control::DecisionRow OperatorService::row_of(const Decision& decision) const {
  control::DecisionRow row = decision_row(decision);
  row.armed = parts_.ledger.in_effect(decision);
  if (const auto* served = parts_.pipeline.still_served().find(decision); served != nullptr && row.armed)
    row.served = served->requests;
  // The kernel has one entry for a source, of the decision that counts.
  if (parts_.ledger.find(decision.source, slot_of(decision)) != &decision) return row;
  if (const auto usage = parts_.verdicts.usage(decision.source, slot_of(decision)); usage && *usage) {
    row.packets = (*usage)->packets;
    row.bytes = (*usage)->bytes;
  }
  return row;
}

Result<control::ListAnswer> OperatorService::carry_out(const control::ListRequest& request,
                                                       const control::Caller& /*caller*/) {
  control::ListAnswer answer;
  const std::optional<Prefix> source =
      request.source ? std::optional(source_of(*request.source)) : std::nullopt;
  const bool by_action = request.action != control::Action::unset;
  const bool by_actor = request.actor.kind != control::ActorKind::unset;
  for (const Decision* decision : parts_.ledger.all()) {
    if (source && !decision->source.overlaps(*source)) continue;
    if (by_action && request.action != to_wire(decision->action)) continue;
    if (by_actor && !request.actor.covers(to_wire(decision->actor))) continue;
    answer.decisions.push_back(row_of(*decision));
  }
  return answer;
}

Result<control::HistoryAnswer> OperatorService::carry_out(const control::HistoryRequest& request,
                                                          const control::Caller& /*caller*/) {
  const HistorySources sources{
      parts_.ledger, [this](const Decision& decision) { return row_of(decision); },
      [this](const store::HistoryStore::Query& query) { return parts_.state.past_page(query); }};
  return history_answer(sources, request,
                        request.source ? std::optional(source_of(*request.source)) : std::nullopt);
}

Result<control::TestListsAnswer> OperatorService::carry_out(const control::TestListsRequest& request,
                                                            const control::Caller& /*caller*/) {
  control::TestListsAnswer answer;
  // The prefix as it was written. A list knows nothing of how wide a source is.
  for (const control::WrittenPrefix& address : request.addresses)
    answer.results.push_back({address.prefix(), parts_.lists.holding(address.prefix())});
  return answer;
}

Result<control::ExplainAnswer> OperatorService::carry_out(const control::ExplainRequest& request,
                                                          const control::Caller& /*caller*/) {
  const Prefix& asked = request.address->prefix();
  const Prefix source = source_of(*request.address);

  control::ExplainAnswer answer;
  answer.address = asked;
  answer.source = source;
  answer.mode = to_wire(parts_.ledger.mode());
  answer.throttle_score = parts_.config.policy.throttle_score;
  answer.block_score = parts_.config.policy.block_score;
  const std::vector<const Decision*> covering = parts_.ledger.covering(asked);
  for (const Decision* decision : covering)
    answer.in_force.push_back(detail_of(*decision, row_of(*decision)));
  answer.verdict = verdict_of(parts_.ledger, covering);
  if (answer.verdict == control::Verdict::drop)
    answer.still_served = parts_.still_served.in_words(*covering.front(), wall_now());
  const auto within = decisions_within(parts_.ledger, asked);
  answer.denied_within = within.size();
  constexpr std::size_t kShown = 20;
  for (const Decision* decision : within) {
    if (answer.within.size() < kShown) answer.within.push_back(row_of(*decision));
  }
  // A network is answered for by its first address. Decisions count before lists.
  answer.list = parts_.lists.find(asked.address());
  const bool decided = !covering.empty() && parts_.ledger.armed(*covering.front());
  if (answer.list && !decided) answer.verdict = verdict_of(*answer.list);
  if (const auto before = parts_.state.past_summary(asked); before && before->denials > 0) {
    answer.denied_before = before->denials;
    answer.last_ended = before->last_ended;
  }
  answer.known = known_of(parts_.pipeline, source, wall_now());
  answer.what_would_change = what_would_change(parts_.ledger, parts_.pipeline, covering, source, wall_now());
  if (answer.list && !answer.list->remedy.empty()) answer.what_would_change.push_back(answer.list->remedy);
  return answer;
}

}  // namespace sluice::app
