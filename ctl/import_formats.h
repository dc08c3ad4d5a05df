// SPDX-License-Identifier: Apache-2.0
// Decisions as others write them down: Sluice's own exports (JSON, CSV), plain addresses, and what
// fail2ban-client and cscli print. The text may be anybody's: it is read within bounds, and every line that
// cannot be is named.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

enum class ImportFormat : std::uint8_t { automatic, json, csv, plain, fail2ban, crowdsec };

// "auto", "json", "csv", "plain", "fail2ban", "crowdsec".
[[nodiscard]] Result<ImportFormat> parse_import_format(std::string_view text);

// What the text says of one decision; what it does not say is empty.
struct ImportEntry {
  std::size_t line = 0;  // from 1; in a JSON array the number of the element
  control::WrittenPrefix source;
  control::Action action = control::Action::unset;  // block, throttle or allow
  std::optional<WallTime> until;                    // kForever where it says that there is no end
  std::string reason;                               // without control characters
  std::string actor;                                // who decided, as the text says: "detector", "CrowdSec"
  std::optional<std::int64_t> rate;
  std::optional<std::int64_t> burst;
};

struct ImportRemark {
  std::size_t line = 0;
  std::string text;
};

struct ImportText {
  std::vector<ImportEntry> entries;
  std::vector<ImportRemark> faults;    // what cannot be read; the first kMaxRemarks of each
  std::vector<ImportRemark> left_out;  // what can be read and is nothing to import
  std::size_t fault_count = 0;
  std::size_t left_out_count = 0;
  bool by_element = false;  // `line` counts elements of a JSON array
};

inline constexpr std::size_t kMaxImportBytes = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t kMaxImportEntries = 1'000'000;
inline constexpr std::size_t kMaxRemarks = 1000;

// `now`: for what the text gives as time left, and to leave out what has ended. `local`: the point in time of
// a local date and time ("2026-11-26 21:01:47"), or nothing; fail2ban writes those.
using LocalTime = std::function<std::optional<WallTime>(std::string_view)>;
[[nodiscard]] ImportText read_import(std::string_view text, ImportFormat format, WallTime now,
                                     const LocalTime& local);

// In the time zone of this process; kForever for what is centuries away.
[[nodiscard]] std::optional<WallTime> local_time_point(std::string_view text);

}  // namespace sluice::ctl
