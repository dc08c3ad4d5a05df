// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/preset.h"

#include <array>

namespace sluice::config {
namespace {

constexpr std::array<PresetValue, 6> kBalanced = {{
    {"policy.throttle_score", "4.25",
     "an office in a hurry behind a proxy that opens TLS comes to 4.0 (page_rate 3.0, tls_claim 1.0)"},
    {"policy.block_score", "5.5", "identifiers in sequence (3.5) asked for by a library that says so (2.0)"},
    {"heuristics.breadth.subjects_per_hour", "100",
     "a power user reads about 80 in a day; these a quarter more, in an hour"},
    {"heuristics.breadth.subjects_per_day", "200", "two and a half power users of 80 a day"},
    {"heuristics.page_rate.pages_per_minute", "20",
     "twice the fastest person (10) and no faster than the slowest attacker (20) in two labelled logs"},
    {"heuristics.probing.missing_pages", "8", "twice the most of any person (4) in two labelled logs"},
}};

constexpr std::array<PresetValue, 8> kStrict = {{
    {"policy.throttle_score", "3.5", "identifiers in sequence (3.5) alone"},
    {"policy.block_score", "5.0",
     "above the 4.0 of a hurried office behind a proxy that "
     "opens TLS, and of a person who reads all of a list"},
    {"heuristics.most_supporting", "3.0", "still below the throttle: what only supports leads to nothing"},
    {"heuristics.breadth.subjects_per_hour", "80", "what a power user reads in a day, in an hour"},
    {"heuristics.breadth.subjects_per_day", "160", "two power users of 80 a day"},
    {"heuristics.enumeration.min_subjects", "12",
     "more than one page of a usual list; twelve random draws "
     "from a thousand fill four fifths of a block once in 1e18"},
    {"heuristics.page_rate.pages_per_minute", "15",
     "half as fast again as the fastest person (10) in two labelled logs"},
    {"heuristics.probing.missing_pages", "6", "half as many again as any person (4) in two labelled logs"},
}};

constexpr std::array<PresetValue, 6> kSmallSite = {{
    {"filter.max_decisions", "10000",
     "3.4 MB of the kernel's memory, at 170 bytes an entry and two families"},
    {"filter.max_sources", "8192", "0.8 MB of the kernel's memory, at 103 bytes a source"},
    {"filter.list_memory_mib", "16", "two images of 8 MiB: 170,000 IPv4 networks"},
    {"identity.max_sources", "20000",
     "3 MB, at 164 bytes a source that asks for a page; 11 MB where each asks for ten"},
    {"heuristics.breadth.subjects_per_hour", "90",
     "a power user reads about 80 in a day, be the site "
     "however small; of three hundred people these are a third"},
    {"heuristics.breadth.subjects_per_day", "120",
     "half as many again as a power user reads; of three hundred two fifths"},
}};

}  // namespace

std::string_view to_string(Preset preset) {
  switch (preset) {
    case Preset::careful:
      return "careful";
    case Preset::balanced:
      return "balanced";
    case Preset::strict:
      return "strict";
    case Preset::small_site:
      return "small_site";
  }
  return {};
}

std::span<const PresetValue> values_of(Preset preset) {
  switch (preset) {
    case Preset::careful:
      return {};
    case Preset::balanced:
      return kBalanced;
    case Preset::strict:
      return kStrict;
    case Preset::small_site:
      return kSmallSite;
  }
  return {};
}

}  // namespace sluice::config
