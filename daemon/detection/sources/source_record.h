// SPDX-License-Identifier: Apache-2.0
// What is kept of one source: small, bounded, updated in constant time a request. Every source has a few
// numbers; one that asks for pages has habits too. Late lines count in the bucket they belong to.
#pragma once

#include <cstdint>

#include "daemon/base/time.h"
#include "daemon/detection/sources/one_page_record.h"
#include "daemon/detection/sources/source_profile.h"
#include "daemon/detection/sources/profile_storage.h"

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
  // The score that was last told to the witness; the next telling needs a whole point more.
  float reported_score = 0;
  // The score that a throttle was served for, or the lowest since: another throttle needs more than that.
  float paid_score = 0;
  bool forwarded = false;  // its last request came through a trusted proxy

  // In full from here on.
  [[nodiscard]] SourceProfile& with_profile();
  [[nodiscard]] std::size_t subject_slots() const {
    return profile.full() != nullptr ? profile.full()->subjects.slots() : 0;
  }
  [[nodiscard]] std::uint32_t subjects_ever() const;
};

// Whether OnePageRecord has room for all that a visit says of its source, whose habits are these. `agent` is the
// number of its user agent; 0: none told.
[[nodiscard]] bool is_plain(const ProfileStorage& profile, const Visit& visit, std::uint64_t agent);

// Updates what the heuristics read. `may_grow` is false when the memory set aside for subjects is used up.
Noted note(SourceRecord& record, const Visit& visit, bool may_grow);

}  // namespace sluice::detection
