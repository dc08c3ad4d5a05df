// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/policy.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace sluice::decisions {
namespace {

// The reasons in one line, the weightiest first.
std::string summarise(const detection::Finding& finding) {
  std::vector<const detection::Signal*> signals;
  for (const detection::Signal& signal : finding.signals)
    signals.push_back(&signal);
  std::ranges::sort(signals, std::ranges::greater(), &detection::Signal::weight);
  std::string text;
  for (const detection::Signal* signal : signals) {
    if (!text.empty()) text += "; ";
    text += signal->text;
  }
  return text;
}

}  // namespace

Action Policy::action_for(double score) const {
  if (score >= options_.block_score) return Action::block;
  if (score >= options_.throttle_score) return Action::throttle;
  return Action::none;
}

std::optional<Decision> Policy::judge(const detection::Finding& finding, const detection::Exposure& exposure,
                                      const Decision* in_force, WallTime now) const {
  const Action action = action_for(finding.score);
  if (action == Action::none) return std::nullopt;
  if (in_force != nullptr && in_force->action >= action) return std::nullopt;

  Decision decision;
  decision.source = finding.source;
  decision.action = action;
  decision.since = now;
  decision.reason = summarise(finding);
  decision.score = finding.score;
  decision.signals = finding.signals;
  decision.exposure = exposure;
  const unsigned earlier = blocks_before(finding.source, now);
  if (action == Action::throttle) {
    decision.rate = options_.throttle_rate;
    decision.until = now + options_.throttle_for;
  } else {
    decision.until = now + block_time(earlier);
  }
  if (earlier > 0)
    decision.reason +=
        fmt::format("; blocked {} before", earlier == 1 ? "once" : fmt::format("{} times", earlier));
  return decision;
}

Seconds Policy::block_time(unsigned earlier_blocks) const {
  const double grown =
      static_cast<double>(options_.block_for.count()) * std::pow(options_.growth, earlier_blocks);
  return Seconds(static_cast<std::int64_t>(std::min(grown, static_cast<double>(options_.max_for.count()))));
}

void Policy::remember(const detection::BlockHistory& history) {
  Blocked& blocked = blocked_.touch_or_add(history.source).value;
  if (history.last < blocked.last) return;
  blocked.blocks = history.blocks;
  blocked.last = history.last;
}

detection::BlockHistory Policy::remember_block(const Decision& decision) {
  const detection::BlockHistory history{decision.source, blocks_before(decision.source, decision.since) + 1,
                                        decision.since};
  remember(history);
  return history;
}

detection::BlockHistory Policy::past(const Prefix& source, WallTime now) const {
  const Blocked* known = blocked_.find(source);
  if (known == nullptr || now - known->last > options_.memory) return {source, 0, {}};
  return {source, known->blocks, known->last};
}

std::vector<detection::BlockHistory> Policy::histories() const {
  std::vector<detection::BlockHistory> histories;
  blocked_.for_each([&](const Prefix& source, const Blocked& blocked) {
    histories.push_back({source, blocked.blocks, blocked.last});
  });
  return histories;
}

}  // namespace sluice::decisions
