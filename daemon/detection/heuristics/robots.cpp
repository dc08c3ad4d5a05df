// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/robots.h"

#include <string>

#include <fmt/format.h>

namespace sluice::detection {
namespace {

constexpr LogSecond kMemorySeconds = 86'400;
constexpr double kKnowingly = 1.5;
constexpr double kPerDoublingOfPages = 0.5;

// By which factor a reader of robots.txt is faster than the crawl-delay allows: at least 2, or 0.
double hurry(const SourceProfile& profile) {
  constexpr std::uint32_t kGaps = 30;  // the mean of fewer says little
  const RobotsTrace& trace = *profile.robots();
  // Several clients behind one address have no pace of their own.
  if (trace.crawl_delay <= 0 || trace.reader != profile.agent || profile.agents > 0) return 0;
  if (profile.pace.measured() < kGaps) return 0;
  constexpr double kShortest = 0.01;  // logs count in seconds: many pages in one have a mean of 0
  const double ratio = trace.crawl_delay / std::max(profile.pace.mean(), kShortest);
  return ratio >= 2 ? ratio : 0;
}

std::string agent_text(const SourceView& view) {
  if (view.agent == nullptr || view.agent->text.empty()) return "a client without a user agent";
  return fmt::format("'{}'", view.agent->agent.name.empty() ? view.agent->text : view.agent->agent.name);
}

std::optional<Judgement> knowingly(const SourceView& view, const RobotsOptions& options) {
  const RobotsTrace& trace = *view.profile.robots();
  const bool recent = view.now - trace.disobeyed_at < kMemorySeconds;
  const bool disobeys = recent && trace.disobeyed >= options.disobeyed_pages;
  const double faster = hurry(view.profile);
  if (!disobeys && faster == 0) return std::nullopt;
  std::string text;
  if (disobeys) {
    text = fmt::format("read robots.txt and then asked {} times for what it disallows {}, last {}",
                       trace.disobeyed, agent_text(view), trace.disobeyed_path);
  }
  if (faster > 0) {
    text += fmt::format(
        "{} a page every {:.1f} s on average, where the robots.txt that it read asks for {:.0f} s",
        text.empty() ? "asks for" : "; asks for", view.profile.pace.mean(), trace.crawl_delay);
  }
  const double ratio =
      std::max(disobeys ? static_cast<double>(trace.disobeyed) / options.disobeyed_pages : 0, faster / 2);
  return Judgement{grown_weight(ratio, std::min(options.weight + kKnowingly, options.max_weight),
                                kPerDoublingOfPages, options.max_weight),
                   std::move(text),
                   {{"disobeyed_pages", static_cast<double>(trace.disobeyed)},
                    {"crawl_delay_seconds", trace.crawl_delay},
                    {"mean_gap_seconds", view.profile.pace.mean()},
                    {"limit_disobeyed_pages", static_cast<double>(options.disobeyed_pages)}}};
}

std::optional<Judgement> unread(const SourceView& view, const RobotsOptions& options) {
  const RobotsTrace* trace = view.profile.robots();
  const bool recent = trace != nullptr && view.now - trace->disobeyed_at < kMemorySeconds;
  const std::uint32_t trespassed = recent ? trace->trespassed : 0;
  const double disallowed = static_cast<double>(trespassed) / options.disobeyed_pages;
  const double pages = static_cast<double>(view.record.pages) / options.unread_pages;
  if (disallowed < 1 && pages < 1) return std::nullopt;
  std::string text =
      fmt::format("{} asked for {} pages and never for robots.txt", agent_text(view), view.record.pages);
  if (disallowed >= 1)
    text += fmt::format("; {} of them it disallows, last {}", trespassed, trace->disobeyed_path);
  // Disallowed pages weigh more than not having read the file.
  const double base = disallowed >= 1 ? 2 * options.weight : options.weight;
  return Judgement{grown_weight(disallowed, std::min(base, options.max_weight), kPerDoublingOfPages,
                                std::min(base + 0.5, options.max_weight)),
                   std::move(text),
                   {{"pages", static_cast<double>(view.record.pages)},
                    {"disallowed_pages", static_cast<double>(trespassed)},
                    {"limit_unread_pages", static_cast<double>(options.unread_pages)}}};
}

}  // namespace

std::optional<Judgement> Robots::judge(const SourceView& view, const Options& options) {
  const RobotsTrace* trace = view.profile.robots();
  if (trace != nullptr && trace->reads > 0) return knowingly(view, options);
  if (view.agent == nullptr || !says_robot(view.agent->agent) || view.profile.agents > 0) return std::nullopt;
  return unread(view, options);
}

}  // namespace sluice::detection
