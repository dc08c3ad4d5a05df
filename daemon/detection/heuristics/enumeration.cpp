// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/enumeration.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace sluice::detection {
namespace {

using Steps = std::vector<IdentifierTrail::Step>;

struct Regularity {
  double share = 0;         // 0 to 1
  std::int64_t stride = 0;  // in order: may be negative; of a block: positive
  bool in_order = false;
};

// The most frequent value and how often it occurs. `values` is sorted by the call.
std::pair<std::int64_t, std::size_t> most_frequent(std::vector<std::int64_t>& values) {
  std::ranges::sort(values);
  std::int64_t best = 0;
  std::size_t best_count = 0;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i;
    while (end < values.size() && values[end] == values[i])
      ++end;
    if (end - i > best_count) {
      best = values[i];
      best_count = end - i;
    }
    i = end;
  }
  return {best, best_count};
}

// The share of steps from one identifier to the next that go the same distance.
Regularity in_order(const Steps& steps) {
  std::vector<std::int64_t> strides;
  strides.reserve(steps.size());
  for (std::size_t i = 1; i < steps.size(); ++i) {
    strides.push_back(static_cast<std::int64_t>(steps[i].identifier - steps[i - 1].identifier));
  }
  const auto [stride, count] = most_frequent(strides);
  return {static_cast<double>(count) / static_cast<double>(strides.size()), stride, true};
}

// The share of a block of identifiers, a constant distance apart, that was asked for. Finds blocks that were
// shuffled or fetched over several connections, where the order says nothing.
Regularity as_block(const Steps& steps) {
  std::vector<std::uint64_t> identifiers;
  identifiers.reserve(steps.size());
  for (const auto& step : steps)
    identifiers.push_back(step.identifier);
  std::ranges::sort(identifiers);
  std::vector<std::int64_t> gaps;
  gaps.reserve(identifiers.size());
  for (std::size_t i = 1; i < identifiers.size(); ++i) {
    gaps.push_back(static_cast<std::int64_t>(identifiers[i] - identifiers[i - 1]));
  }
  const auto [gap, count] = most_frequent(gaps);
  if (gap <= 0) return {};
  const auto extent = static_cast<double>(identifiers.back() - identifiers.front());
  const double places = extent / static_cast<double>(gap) + 1;
  // The identifiers of a block with a stride must lie on the stride. Otherwise a dense set of odd numbers
  // would pass.
  const double on_stride = static_cast<double>(count) / static_cast<double>(gaps.size());
  const double covered = std::min(1.0, static_cast<double>(identifiers.size()) / places);
  return {gap == 1 ? covered : std::min(covered, on_stride), gap, false};
}

std::string describe(const Regularity& how, const Steps& steps, std::string_view pattern,
                     std::size_t missing) {
  const auto [lowest, highest] = std::ranges::minmax(steps, {}, &IdentifierTrail::Step::identifier);
  const auto [earliest, latest] = std::ranges::minmax(steps, {}, &IdentifierTrail::Step::second);
  std::string text =
      fmt::format("asked {} for {} identifiers from {} to {} {} (stride {}, regularity {:.2f}) within {}",
                  pattern, steps.size(), lowest.identifier, highest.identifier,
                  how.in_order ? "one after the other" : "as a block in mixed order", how.stride, how.share,
                  format_duration(Seconds(std::max(1U, latest.second - earliest.second))));
  if (missing > 0) text += fmt::format("; {} of them do not exist", missing);
  text += ": whoever knows one identifier can guess the next";
  return text;
}

// Names in the order of the alphabet, or against it.
std::optional<Judgement> alphabetical(const SourceView& view, const EnumerationOptions& options) {
  constexpr LogSecond kMemorySeconds = 86'400;
  constexpr double kLeastShare = 0.9;
  constexpr double kPerDoubling = 1.0;
  if (!view.profile.names) return std::nullopt;
  const NameOrder& names = *view.profile.names;
  if (names.steps() < options.min_names || view.now - names.last() >= kMemorySeconds) return std::nullopt;
  const double rising = static_cast<double>(names.rising()) / names.steps();
  const double share = std::max(rising, 1 - rising);
  if (share < std::max(options.min_regularity, kLeastShare)) return std::nullopt;
  const std::string& pattern = view.routes.at(static_cast<std::size_t>(names.route())).pattern;
  return Judgement{
      grown_weight(static_cast<double>(names.steps()) / options.min_names, options.names_weight, kPerDoubling,
                   options.max_weight),
      fmt::format("asked {} for names in the order of the alphabet{} ({:.0f} % of the last {} steps): a list "
                  "shows all of them in this order",
                  pattern, rising < share ? ", backwards" : "", 100 * share, names.steps()),
      {{"names", static_cast<double>(names.steps())},
       {"regularity", share},
       {"min_names", static_cast<double>(options.min_names)}}};
}

// The strongest order that is found.
std::optional<Judgement> strongest_order(const SourceView& view, const EnumerationOptions& options) {
  std::optional<Judgement> strongest = alphabetical(view, options);
  const TrailSet& trails = view.profile.trails;
  for (std::size_t i = 0; i < trails.size(); ++i) {
    const IdentifierTrail& trail = trails[i];
    if (trail.size() < options.min_subjects) continue;  // most people, without a copy of the steps
    const Steps steps = trail.steps(view.now);
    if (steps.size() < options.min_subjects) continue;
    const Regularity ordered = in_order(steps);
    const Regularity block = ordered.share < 1 ? as_block(steps) : Regularity{};  // 1 cannot be exceeded
    const Regularity& how = ordered.share >= block.share ? ordered : block;
    if (how.share < options.min_regularity) continue;

    constexpr double kPerDoubling = 1.0;
    const double ratio = static_cast<double>(steps.size()) / options.min_subjects;
    const auto route = static_cast<std::size_t>(trail.route());
    const double weight = grown_weight(ratio, options.weight, kPerDoubling, options.max_weight);
    if (strongest && strongest->weight >= weight) continue;
    const auto missing =
        static_cast<std::size_t>(std::ranges::count(steps, false, &IdentifierTrail::Step::found));
    strongest = Judgement{weight,
                          describe(how, steps, view.routes.at(route).pattern, missing),
                          {{"identifiers", static_cast<double>(steps.size())},
                           {"stride", static_cast<double>(how.stride)},
                           {"regularity", how.share},
                           {"in_order", how.in_order ? 1.0 : 0.0},
                           {"not_found", static_cast<double>(missing)},
                           {"min_identifiers", static_cast<double>(options.min_subjects)}}};
  }
  return strongest;
}

}  // namespace

std::optional<Judgement> Enumeration::judge(const SourceView& view, const Options& /*options*/) {
  return view.order;
}

void judge_order(SourceView& view, const EnumerationOptions& options) {
  constexpr double kBeyondTheLimit = 1.0;
  if (!options.enabled) return;
  view.order = strongest_order(view, options);
  view.one_order = view.order && view.order->weight >= options.weight + kBeyondTheLimit;
}

}  // namespace sluice::detection
