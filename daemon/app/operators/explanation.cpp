// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/explanation.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace sluice::app {
namespace {

using decisions::Action;
using decisions::Decision;

std::vector<control::SignalRow> rows_of(const std::vector<detection::Signal>& signals) {
  std::vector<control::SignalRow> rows;
  for (const detection::Signal& signal : signals) {
    control::SignalRow& row = rows.emplace_back();
    row.heuristic = signal.heuristic;
    row.weight = signal.weight;
    row.counted = signal.counted;
    row.cause = detection::to_text(signal.cause);
    row.text = signal.text;
    for (const detection::Number& number : signal.numbers)
      row.numbers.push_back({number.name, number.value});
  }
  return rows;
}

std::string system_of(const detection::Detector& detector, const Prefix& source) {
  const detection::SystemDirectory* systems = detector.systems();
  if (systems == nullptr) return {};
  const detection::AutonomousSystem system = systems->find(source.address());
  if (system.number == 0) return {};
  return fmt::format("AS{} {}", system.number, system.organisation);
}

void add_client(const detection::Detector& detector, const detection::SourceRecord& record,
                control::SourceDetail& detail) {
  if (!record.profile) return;
  const detection::ProfileView view = record.profile.view();
  const detection::SourceProfile& profile = *view;
  if (const detection::KnownAgent* agent = detector.agents().find(profile.agent)) {
    detail.user_agent = agent->text;
    detail.agent_class = detection::to_text(agent->agent.agent_class);
  }
  if (profile.tls) {
    detail.fingerprint = profile.tls->fingerprint;
    if (profile.tls->several_clients) detail.fingerprint += " (and others: several clients)";
  }
  using State = detection::CrawlerTrace::State;
  const detection::CrawlerTrace* crawler = profile.crawler();
  if (crawler != nullptr && crawler->state != State::pending) {
    detail.crawler = crawler->text;
  } else if (crawler != nullptr) {
    detail.crawler = fmt::format("says it is {}; DNS is being asked", crawler->name);
  }
}

// What is known of an IPv6 network as one whole.
std::optional<control::SourceDetail> known_network(const decisions::Pipeline& pipeline, const Prefix& source,
                                                   WallTime now) {
  const detection::Detector& detector = pipeline.detector();
  const detection::RotatingNetworks::Network* network = detector.find_network(source);
  if (network == nullptr) return std::nullopt;
  const detection::Finding finding = pipeline.evaluate(source, now);
  const detection::Exposure exposure = detector.exposure(source);
  control::SourceDetail detail;
  detail.first_seen = WallTime(Seconds(network->first));
  detail.last_seen = WallTime(Seconds(network->last));
  detail.requests = exposure.requests;
  detail.pages = exposure.pages;
  detail.subjects = exposure.subjects;
  detail.system = system_of(detector, source);
  detail.score = finding.score;
  detail.signals = rows_of(finding.signals);
  return detail;
}

std::string how_to_end(const Decision& decision, const decisions::Ledger& ledger) {
  const std::string whom = decision.source.to_string();
  if (decision.action == Action::allow)
    return fmt::format("`sluicectl disallow {}` ends the allow now.", whom);
  const decisions::Decision* first = ledger.find(decision.source, decisions::Ledger::Slot::denial);
  if (first == &decision || first == nullptr)
    return fmt::format("`sluicectl unblock {}` ends the {} now.", whom, to_string(decision.action));
  return fmt::format("`sluicectl unblock {} --by \"{}\"` ends the {} alone.", whom, to_string(decision.actor),
                     to_string(decision.action));
}

}  // namespace

std::string describe(const Decision& decision) {
  return fmt::format("{} by {}, {}, until {}", decisions::participle(decision.action),
                     decision.source.to_string(), to_string(decision.actor), format_time(decision.until));
}

control::DecisionDetail detail_of(const Decision& decision, control::DecisionRow row) {
  control::DecisionDetail detail;
  detail.decision = std::move(row);
  detail.signals = rows_of(decision.signals);
  detail.requests_before = decision.exposure.requests;
  detail.pages_before = decision.exposure.pages;
  detail.subjects_before = decision.exposure.subjects;
  return detail;
}

control::Verdict verdict_of(const decisions::Ledger& ledger, const std::vector<const Decision*>& covering) {
  if (covering.empty() || !ledger.armed(*covering.front())) return control::Verdict::pass;
  switch (covering.front()->action) {
    case Action::block:
      return control::Verdict::drop;
    case Action::throttle:
      return control::Verdict::throttle;
    default:
      return control::Verdict::pass;
  }
}

std::vector<const Decision*> decisions_within(const decisions::Ledger& ledger, const Prefix& network) {
  std::vector<const Decision*> within;
  if (network.is_single_address()) return within;
  for (const Decision* decision : ledger.all()) {
    if (decision->action != Action::allow && decision->source != network &&
        network.contains(decision->source) && ledger.in_effect(*decision))
      within.push_back(decision);
  }
  return within;
}

control::Verdict verdict_of(const control::ListMatch& list) {
  if (list.action == control::ListAction::block) return control::Verdict::drop;
  return list.action == control::ListAction::throttle ? control::Verdict::throttle : control::Verdict::pass;
}

std::optional<control::SourceDetail> known_of(const decisions::Pipeline& pipeline, const Prefix& source,
                                              WallTime now) {
  const detection::Detector& detector = pipeline.detector();
  const detection::SourceRecord* record = detector.find(source);
  if (record == nullptr) return known_network(pipeline, source, now);
  const detection::Finding finding = pipeline.evaluate(source, now);
  control::SourceDetail detail;
  detail.first_seen = record->first_seen;
  detail.last_seen = record->last_seen;
  detail.requests = record->requests;
  detail.pages = record->pages;
  detail.subjects = detector.exposure(source).subjects;
  if (record->profile) {
    detail.pages_per_minute = record->profile->pages_by_minute.last_minute(detection::log_second(now));
  }
  detail.system = system_of(detector, source);
  add_client(detector, *record, detail);
  detail.exempt = finding.exempt;
  detail.score = finding.score;
  detail.signals = rows_of(finding.signals);
  return detail;
}

std::vector<std::string> what_would_change(const decisions::Ledger& ledger,
                                           const decisions::Pipeline& pipeline,
                                           const std::vector<const Decision*>& covering, const Prefix& source,
                                           WallTime now) {
  std::vector<std::string> sentences;
  const decisions::PolicyOptions& policy = pipeline.policy().options();
  const detection::Finding finding = pipeline.evaluate(source, now);
  if (!finding.exempt.empty()) {
    sentences.push_back(fmt::format("Nothing is decided about it: {}.", finding.exempt));
  } else if (covering.empty()) {
    sentences.push_back(fmt::format(
        "Nothing is in force. A score of {:.1f} brings a throttle, {:.1f} a block; it is {:.1f} now.",
        policy.throttle_score, policy.block_score, finding.score));
    if (finding.score >= policy.throttle_score) {
      Decision due;
      due.source = source;
      due.action = pipeline.policy().action_for(finding.score);
      due.until = now + std::chrono::hours(1);
      if (const auto admitted = ledger.would_admit(due, now); !admitted)
        sentences.push_back(fmt::format("No decision can be made: {}.", admitted.error().message()));
    }
  }
  for (const Decision* decision : covering) {
    const std::string whom = decision->source.to_string();
    const bool is_protection = decision->actor == decisions::Actor{decisions::ActorKind::list, "protected"};
    if (is_protection) {
      sentences.push_back(fmt::format("{} is protected ({}): it cannot be blocked.", whom, decision->reason));
      continue;
    }
    if (decision->until != kForever) {
      const auto left = std::chrono::ceil<Seconds>(decision->until - now);
      sentences.push_back(fmt::format("The {} of {} ends by itself in {}.", to_string(decision->action), whom,
                                      format_duration(left)));
    }
    sentences.push_back(how_to_end(*decision, ledger));
  }
  // For what was asked about alone, however wide the network is that was decided upon.
  if (!covering.empty() && covering.front()->action != Action::allow) {
    sentences.push_back(
        fmt::format("`sluicectl allow {}` lets it through, whatever else is decided.", source.to_string()));
  }
  const bool is_denied = !covering.empty() && covering.front()->action != Action::allow;
  if (is_denied && covering.front()->forwarded) {
    sentences.emplace_back(
        "It comes through a trusted proxy, whose packets are never "
        "dropped for it: only the web server can turn it away.");
  } else if (is_denied && ledger.mode() == decisions::Mode::observe) {
    sentences.emplace_back("mode = \"enforce\" would arm this; in observe mode its packets pass.");
  }
  if (const unsigned blocks = pipeline.policy().blocks_before(source, now); blocks > 0) {
    sentences.push_back(fmt::format("It was blocked {} within the last {}: the next block lasts longer.",
                                    blocks == 1 ? "once" : fmt::format("{} times", blocks),
                                    format_duration(policy.memory)));
  }
  return sentences;
}

}  // namespace sluice::app
