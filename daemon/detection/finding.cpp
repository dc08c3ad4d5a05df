// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/finding.h"

#include <algorithm>
#include <array>

namespace sluice::detection {
namespace {

constexpr std::array<std::string_view, 9> kCauses = {"reach", "order",  "trap",   "probing", "disguise",
                                                     "pace",  "client", "wishes", "history"};

}  // namespace

std::string_view to_text(Cause cause) {
  return kCauses.at(static_cast<std::size_t>(cause));
}

std::optional<Cause> parse_cause(std::string_view text) {
  const auto at = std::ranges::find(kCauses, text);
  if (at == kCauses.end()) return std::nullopt;
  return static_cast<Cause>(at - kCauses.begin());
}

void sum_up(Finding& finding, double most_supporting) {
  std::array<Signal*, kCauses.size()> strongest{};
  for (Signal& signal : finding.signals) {
    signal.counted = 0;
    Signal*& best = strongest.at(static_cast<std::size_t>(signal.cause));
    if (best == nullptr || signal.weight > best->weight) best = &signal;
  }
  double supporting = 0;
  for (const Signal* signal : strongest) {
    if (signal != nullptr && is_supporting(signal->cause)) supporting += signal->weight;
  }
  const double share = supporting > most_supporting ? most_supporting / supporting : 1;
  finding.score = 0;
  for (Signal* signal : strongest) {
    if (signal == nullptr) continue;
    signal->counted = is_supporting(signal->cause) ? signal->weight * share : signal->weight;
    finding.score += signal->counted;
  }
}

}  // namespace sluice::detection
