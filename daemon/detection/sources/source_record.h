// SPDX-License-Identifier: Apache-2.0
// What is kept of one source: small, bounded, and updated in constant time a request. Every source has a few
// numbers; a source that asks for pages has a profile too. A late line counts in the bucket that it belongs
// to.
#pragma once

#include <cstdint>

#include "daemon/base/time.h"
#include "daemon/detection/sources/one_page_record.h"
#include "daemon/detection/sources/profile_storage.h"
#include "daemon/detection/sources/source_profile.h"

namespace sluice::detection {

struct SourceRecord {
  SourceRecord();
  SourceRecord(SourceRecord&&) noexcept;
  SourceRecord& operator=(SourceRecord&&) noexcept;
  ~SourceRecord();

  WallTime first_seen;
  WallTime last_seen;
  ProfileStorage profile;  // from the first page on
  std::uint32_t requests = 0;
  std::uint32_t pages = 0;  // neither assets nor prefetched
  // The score that the observer of the pipeline last heard of. It hears of the source again at a whole point
  // more.
  float reported_score = 0;
  // The score of the last throttle that ended, or the lowest score since then. Another throttle needs more.
  float paid_score = 0;
  bool forwarded = false;  // its last request came through a trusted proxy
};

// Counts a visit. `may_grow` is false when the memory for subjects is used up.
Noted note(SourceRecord& record, const Visit& visit, bool may_grow);

}  // namespace sluice::detection
