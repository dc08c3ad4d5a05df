// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/heuristics/robots.h"

#include <string>

#include <fmt/format.h>

#include "daemon/pipeline/heuristics/weight.h"

namespace sluice::pipeline {
namespace {

constexpr LogSecond kMemorySeconds = 86'400;
constexpr double kKnowingly = 1.5;
constexpr double kPerDoubling = 0.5;

// How much faster than it was asked to a reader goes; at least 2, or 0.
double hurry(const Habits& habits) {
  constexpr std::uint32_t kGaps = 30;  // the mean of fewer says little
  const RobotsTrace& trace = *habits.robots();
  // Several clients behind one address have no pace of their own.
  if (trace.crawl_delay <= 0 || trace.reader != habits.agent || habits.agents > 0) return 0;
  if (habits.pace.measured() < kGaps) return 0;
  constexpr double kShortest = 0.01;  // logs count in seconds: many pages in one have a mean of 0
  const double ratio = trace.crawl_delay / std::max(habits.pace.mean(), kShortest);
  return ratio >= 2 ? ratio : 0;
}

std::string agent_text(const Evidence& evidence) {
  if (evidence.agent == nullptr || evidence.agent->text.empty()) return "a client without a user agent";
  return fmt::format("'{}'",
                     evidence.agent->agent.name.empty() ? evidence.agent->text : evidence.agent->agent.name);
}

std::optional<Signal> knowingly(const Evidence& evidence, const RobotsOptions& options) {
  const RobotsTrace& trace = *evidence.habits.robots();
  const bool recent = evidence.now - trace.disobeyed_at < kMemorySeconds;
  const bool disobeys = recent && trace.disobeyed >= options.disobeyed_pages;
  const double faster = hurry(evidence.habits);
  if (!disobeys && faster == 0) return std::nullopt;
  std::string text;
  if (disobeys) {
    text = fmt::format("read robots.txt and then asked {} times for what it disallows {}, last {}",
                       trace.disobeyed, agent_text(evidence), trace.disobeyed_path);
  }
  if (faster > 0) {
    text += fmt::format(
        "{} a page every {:.1f} s on average, where the robots.txt that it read asks for {:.0f} s",
        text.empty() ? "asks for" : "; asks for", evidence.habits.pace.mean(), trace.crawl_delay);
  }
  const double ratio =
      std::max(disobeys ? static_cast<double>(trace.disobeyed) / options.disobeyed_pages : 0, faster / 2);
  return Signal{"robots",
                grown_weight(ratio, std::min(options.weight + kKnowingly, options.max_weight), kPerDoubling,
                             options.max_weight),
                std::move(text),
                {{"disobeyed_pages", static_cast<double>(trace.disobeyed)},
                 {"crawl_delay_seconds", trace.crawl_delay},
                 {"mean_gap_seconds", evidence.habits.pace.mean()},
                 {"limit_disobeyed_pages", static_cast<double>(options.disobeyed_pages)}}};
}

std::optional<Signal> unread(const Evidence& evidence, const RobotsOptions& options) {
  const RobotsTrace* trace = evidence.habits.robots();
  const bool recent = trace != nullptr && evidence.now - trace->disobeyed_at < kMemorySeconds;
  const std::uint32_t trespassed = recent ? trace->trespassed : 0;
  const double disallowed = static_cast<double>(trespassed) / options.disobeyed_pages;
  const double pages = static_cast<double>(evidence.features.pages) / options.unread_pages;
  if (disallowed < 1 && pages < 1) return std::nullopt;
  std::string text = fmt::format("{} asked for {} pages and never for robots.txt", agent_text(evidence),
                                 evidence.features.pages);
  if (disallowed >= 1)
    text += fmt::format("; {} of them it disallows, last {}", trespassed, trace->disobeyed_path);
  // What is disallowed weighs more than not to have asked.
  const double base = disallowed >= 1 ? 2 * options.weight : options.weight;
  return Signal{"robots",
                grown_weight(disallowed, std::min(base, options.max_weight), kPerDoubling,
                             std::min(base + 0.5, options.max_weight)),
                std::move(text),
                {{"pages", static_cast<double>(evidence.features.pages)},
                 {"disallowed_pages", static_cast<double>(trespassed)},
                 {"limit_unread_pages", static_cast<double>(options.unread_pages)}}};
}

}  // namespace

std::optional<Signal> robots(const Evidence& evidence, const RobotsOptions& options) {
  if (!options.enabled) return std::nullopt;
  const RobotsTrace* trace = evidence.habits.robots();
  if (trace != nullptr && trace->reads > 0) return knowingly(evidence, options);
  if (evidence.agent == nullptr || !says_robot(evidence.agent->agent) || evidence.habits.agents > 0)
    return std::nullopt;
  return unread(evidence, options);
}

}  // namespace sluice::pipeline
