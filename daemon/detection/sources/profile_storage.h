// SPDX-License-Identifier: Apache-2.0
// The profile of one source in either of two forms: short (OnePageRecord) while one plain page and what it
// pulled in are all that the source asked for, in full (SourceProfile) from then on. Most sources never ask
// for a second page, and the short form takes a fifth of the memory. Whoever reads a profile is shown the
// same either way; nothing outside of sources/ knows the short form. Used by SourceRecord.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/detection/sources/one_page_record.h"
#include "daemon/detection/sources/source_profile.h"

namespace sluice::detection {

// A profile to be read: the one that is kept in full, or one made of the short form for as long as the view
// lives.
class ProfileView {
 public:
  explicit ProfileView(const SourceProfile& profile) : profile_(&profile) {}
  explicit ProfileView(const OnePageRecord& page)
      : made_(std::move(unfold(page, true).profile)), profile_(&*made_) {}
  ProfileView(const ProfileView&) = delete;
  ProfileView& operator=(const ProfileView&) = delete;

  [[nodiscard]] const SourceProfile& operator*() const { return *profile_; }
  [[nodiscard]] const SourceProfile* operator->() const { return profile_; }

 private:
  std::optional<SourceProfile> made_;
  const SourceProfile* profile_;
};

class ProfileStorage {
 public:
  // Whether there is a profile.
  [[nodiscard]] explicit operator bool() const { return page_ != nullptr || full_ != nullptr; }

  // ---- reading: there must be a profile ----

  // Valid until the profile changes.
  [[nodiscard]] ProfileView view() const { return full_ ? ProfileView(*full_) : ProfileView(*page_); }
  [[nodiscard]] ProfileView operator->() const { return view(); }

  // ---- either form, or none ----

  [[nodiscard]] bool is_short() const { return page_ != nullptr; }
  // Whether the short form has room for all that a visit says of its source: the first page of a source, or
  // what such a page pulled in. THE test for it; the client's part is Visit::client_is_plain.
  [[nodiscard]] bool fits_short(const Visit& visit) const;
  // Different subjects that were shown.
  [[nodiscard]] std::uint32_t subjects_ever() const;
  // Of the memory set aside for subjects.
  [[nodiscard]] std::size_t subject_slots() const { return full_ ? full_->subjects.slots() : 0; }
  // What the kernel counted since its last report. Nothing where there is no profile.
  void add(const Activity& activity);

  // ---- the full form ----

  // Null: there is no profile, or it is short.
  [[nodiscard]] SourceProfile* full() { return full_.get(); }
  [[nodiscard]] const SourceProfile* full() const { return full_.get(); }
  // In full from here on; made where there is none.
  [[nodiscard]] SourceProfile& with_full();
  // Ends the short form. False: the subject of its page was not kept, as the profile may not grow.
  bool unfold(bool may_grow);
  void replace(std::unique_ptr<SourceProfile> profile);

  // ---- the short form, of a visit that fits ----

  // Counts the visit; for a page, the subject that it showed.
  [[nodiscard]] Noted note_short(const Visit& visit);

 private:
  std::unique_ptr<OnePageRecord> page_;
  std::unique_ptr<SourceProfile> full_;
};

}  // namespace sluice::detection
