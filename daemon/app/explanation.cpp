// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/explanation.h"

#include <utility>

#include <fmt/format.h>

namespace sluice::app {
namespace {

using pipeline::Action;
using pipeline::Decision;

std::vector<control::SignalRow> rows_of(const std::vector<pipeline::Signal>& signals) {
  std::vector<control::SignalRow> rows;
  for (const pipeline::Signal& signal : signals) {
    control::SignalRow& row = rows.emplace_back();
    row.heuristic = signal.heuristic;
    row.weight = signal.weight;
    row.counted = signal.counted;
    row.cause = pipeline::to_text(signal.cause);
    row.text = signal.text;
    for (const pipeline::Number& number : signal.numbers)
      row.numbers.push_back({number.name, number.value});
  }
  return rows;
}

std::string system_of(const pipeline::Detector& detector, const Prefix& source) {
  const pipeline::SystemDirectory* systems = detector.systems();
  if (systems == nullptr) return {};
  const pipeline::AutonomousSystem system = systems->find(source.address());
  if (system.number == 0) return {};
  return fmt::format("AS{} {}", system.number, system.organisation);
}

void add_client(const pipeline::Detector& detector, const pipeline::Features& features,
                control::SourceDetail& detail) {
  if (!features.habits) return;
  const pipeline::HabitsView view = features.habits.view();
  const pipeline::Habits& habits = *view;
  if (const pipeline::KnownAgent* agent = detector.agents().find(habits.agent)) {
    detail.user_agent = agent->text;
    detail.agent_class = pipeline::to_text(agent->agent.agent_class);
  }
  if (habits.tls) {
    detail.fingerprint = habits.tls->fingerprint;
    if (habits.tls->mixed) detail.fingerprint += " (and others: several clients)";
  }
  using State = pipeline::CrawlerTrace::State;
  const pipeline::CrawlerTrace* crawler = habits.crawler();
  if (crawler != nullptr && crawler->state != State::pending) {
    detail.crawler = crawler->text;
  } else if (crawler != nullptr) {
    detail.crawler = fmt::format("says it is {}; DNS is being asked", crawler->name);
  }
}

// What is known of an IPv6 network as one whole.
std::optional<control::SourceDetail> known_network(const pipeline::Pipeline& pipeline, const Prefix& source,
                                                   WallTime now) {
  const pipeline::Detector& detector = pipeline.detector();
  const pipeline::NetworkWatch::Network* network = detector.find_network(source);
  if (network == nullptr) return std::nullopt;
  const pipeline::Finding finding = pipeline.evaluate(source, now);
  const pipeline::Exposure exposure = detector.exposure(source);
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

}  // namespace

std::string describe(const Decision& decision) {
  return fmt::format("{} by {}, {}, until {}", pipeline::participle(decision.action),
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

control::Verdict verdict_of(const pipeline::Ledger& ledger, const std::vector<const Decision*>& covering) {
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

control::Verdict verdict_of(const control::ListMatch& list) {
  if (list.action == control::ListAction::block) return control::Verdict::drop;
  return list.action == control::ListAction::throttle ? control::Verdict::throttle : control::Verdict::pass;
}

std::optional<control::SourceDetail> known_of(const pipeline::Pipeline& pipeline, const Prefix& source,
                                              WallTime now) {
  const pipeline::Detector& detector = pipeline.detector();
  const pipeline::Features* features = detector.find(source);
  if (features == nullptr) return known_network(pipeline, source, now);
  const pipeline::Finding finding = pipeline.evaluate(source, now);
  control::SourceDetail detail;
  detail.first_seen = features->first_seen;
  detail.last_seen = features->last_seen;
  detail.requests = features->requests;
  detail.pages = features->pages;
  detail.subjects = detector.exposure(source).subjects;
  if (features->habits) {
    detail.pages_per_minute = features->habits->pages_by_minute.last_minute(pipeline::log_second(now));
  }
  detail.system = system_of(detector, source);
  add_client(detector, *features, detail);
  detail.exempt = finding.exempt;
  detail.score = finding.score;
  detail.signals = rows_of(finding.signals);
  return detail;
}

std::vector<std::string> what_would_change(const pipeline::Ledger& ledger, const pipeline::Pipeline& pipeline,
                                           const std::vector<const Decision*>& covering, const Prefix& source,
                                           WallTime now) {
  std::vector<std::string> sentences;
  const pipeline::PolicyOptions& policy = pipeline.policy().options();
  const pipeline::Finding finding = pipeline.evaluate(source, now);
  if (!finding.exempt.empty()) {
    sentences.push_back(fmt::format("Nothing is decided about it: {}.", finding.exempt));
  } else if (covering.empty()) {
    sentences.push_back(fmt::format(
        "Nothing is in force. A score of {:.1f} brings a throttle, {:.1f} a block; it is {:.1f} now.",
        policy.throttle_score, policy.block_score, finding.score));
  }
  for (const Decision* decision : covering) {
    const std::string whom = decision->source.to_string();
    const bool is_protection = decision->actor == pipeline::Actor{pipeline::ActorKind::list, "protected"};
    if (is_protection) {
      sentences.push_back(fmt::format("{} is protected ({}): it cannot be blocked.", whom, decision->reason));
      continue;
    }
    if (decision->until != kForever) {
      const auto left = std::chrono::ceil<Seconds>(decision->until - now);
      sentences.push_back(fmt::format("The {} of {} ends by itself at {}, in {}.",
                                      to_string(decision->action), whom, format_time(decision->until),
                                      format_duration(left)));
    }
    sentences.push_back(
        fmt::format("`sluicectl unblock {}` ends the {} now.", whom, to_string(decision->action)));
    if (decision->action != Action::allow) {
      sentences.push_back(
          fmt::format("`sluicectl allow {}` lets it through, whatever else is decided.", whom));
    }
  }
  const bool is_denied = !covering.empty() && covering.front()->action != Action::allow;
  if (is_denied && covering.front()->forwarded) {
    sentences.emplace_back(
        "It comes through a trusted proxy, whose packets are never dropped for it: only the web server can "
        "turn "
        "it away.");
  } else if (is_denied && ledger.mode() == pipeline::Mode::observe) {
    sentences.emplace_back("mode = \"enforce\" would arm this; in observe mode its packets pass.");
  }
  if (const unsigned blocks = pipeline.policy().offences(source, now); blocks > 0) {
    sentences.push_back(fmt::format("It was blocked {} within the last {}: the next block lasts longer.",
                                    blocks == 1 ? "once" : fmt::format("{} times", blocks),
                                    format_duration(policy.memory)));
  }
  return sentences;
}

}  // namespace sluice::app
