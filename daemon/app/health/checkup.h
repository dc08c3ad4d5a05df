// SPDX-License-Identifier: Apache-2.0
// Everything that could make protection absent without anybody noticing, looked at: one row each, with what
// to do about it, and one for each area where nothing is wrong. Pure: what is not in the status is a fact
// that the daemon found out. Shown by `sluicectl doctor`; whatever is not well is a warning of `status` too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/app/health/config_file_monitor.h"
#include "daemon/app/health/log_gap_monitor.h"
#include "daemon/app/health/undeclared_proxy_detector.h"
#include "daemon/app/lists/named_files.h"
#include "daemon/control/protocol.h"

namespace sluice::app {

// The kinds of losses that decisions rest on.
inline constexpr std::string_view kPacketsUncounted = "packets_uncounted";
inline constexpr std::string_view kEventsMalformed = "events_malformed";
inline constexpr std::string_view kSubjectsNotKept = "subjects_not_kept";
inline constexpr std::string_view kMemoryReliefs = "memory_reliefs";
inline constexpr std::string_view kLinesLost = "lines_lost";

struct CheckupFacts {
  WallTime now;
  std::string filter_unknown;              // why it cannot be told where the filter stands; empty: it can
  std::string counters_unknown;            // why the filter's counters cannot be read; empty: they can
  std::vector<std::string> on_other_maps;  // interfaces after an attach that did not come to its end
  struct Missing {
    std::string interface;
    std::optional<std::uint32_t> other_program;  // somebody else's that is there
    bool exists = true;
  };
  std::vector<Missing> missing;   // interfaces that the configuration names and the filter is not at
  bool no_default_route = false;  // and filter.interfaces names nothing but "auto"
  bool settings_differ = false;   // the filter was attached with others than the configuration's
  struct Table {
    std::string what;  // "IPv4 decisions"
    std::string key;   // of the setting that makes it larger
    std::uint64_t entries = 0;
    std::uint64_t capacity = 0;
  };
  std::vector<Table> tables;
  std::optional<bool> clock_is_synchronised;  // nothing: the kernel does not say
  std::optional<UndeclaredProxyDetector::Suspect> proxy;
  std::optional<LogGapMonitor::Since> silence;
  std::vector<NamedFile> files;
  ConfigFileMonitor::State config_file{};
  std::string
      state_lost{};  // where the damaged state was set aside, when the daemon started; empty: it was not
  // Blocks in effect whose sources the web server goes on to answer: the latest of so many.
  struct StillServed {
    std::string source;
    std::uint64_t requests = 0;
    WallTime last{};
    std::string cause;  // the end of a sentence
    std::string remedy;
  };
  std::vector<StillServed> still_served{};
  std::size_t still_served_sources = 0;
  std::size_t protected_without_allow = 0;  // networks, of trusted proxies and others
};

// `status` with all but its checks and warnings.
[[nodiscard]] std::vector<control::CheckRow> check_up(const control::StatusAnswer& status,
                                                      const control::ListsAnswer& lists,
                                                      const CheckupFacts& facts);

// What of it is to be said without being asked, in sentences.
[[nodiscard]] std::vector<std::string> warnings_of(const std::vector<control::CheckRow>& checks);

}  // namespace sluice::app
