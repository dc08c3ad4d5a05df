// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/finding.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::detection {
namespace {

constexpr std::array<std::string_view, kCauses> kCauseNames = {
    "breadth", "order", "decoy", "probing", "disguise", "pace", "client", "robots_txt", "history"};

// Stored by versions before 0.2.
constexpr std::array<std::pair<std::string_view, Cause>, 3> kFormerNames = {
    {{"reach", Cause::breadth}, {"trap", Cause::decoy}, {"wishes", Cause::robots_txt}}};

}  // namespace

std::string_view to_text(Cause cause) {
  return kCauseNames.at(static_cast<std::size_t>(cause));
}

std::optional<Cause> parse_cause(std::string_view text) {
  if (const auto at = std::ranges::find(kCauseNames, text); at != kCauseNames.end())
    return static_cast<Cause>(at - kCauseNames.begin());
  const auto former = std::ranges::find(kFormerNames, text, &std::pair<std::string_view, Cause>::first);
  if (former == kFormerNames.end()) return std::nullopt;
  return former->second;
}

}  // namespace sluice::detection
