// SPDX-License-Identifier: Apache-2.0
// What must hold of the entries that any text was read into. For the fuzz targets of this folder.
#pragma once

#include <cstdlib>

#include "daemon/base/error.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/report.h"

namespace sluice::lists {

inline void check_entries(const Result<ListReport>& report, const Entries& entries) {
  if (!report) {
    if (entries.size() != 0 || report.error().message().size() > 4000) std::abort();
    return;
  }
  if (report->entries_v4 != entries.v4.size() || report->entries_v6 != entries.v6.size()) std::abort();
  if (report->entries() == 0 && report->bad_lines > 0) std::abort();  // a list of nobody has no bad line
  if (report->faults.size() > ListReport::kMaxFaults) std::abort();
  for (const EntryV4 entry : entries.v4) {
    if (length_of(entry) > 32 || (network_of(entry) & ~mask_v4(length_of(entry))) != 0) std::abort();
  }
  for (const EntryV6& entry : entries.v6) {
    if (entry.length > 128 || (entry.high & ~mask_high(entry.length)) != 0 ||
        (entry.low & ~mask_low(entry.length)) != 0) {
      std::abort();
    }
  }
}

}  // namespace sluice::lists
