// SPDX-License-Identifier: Apache-2.0
// The profile of one source in either of two forms: short (OnePageRecord) while one plain page and what it
// pulled in are all that the source asked for, in full (SourceProfile) from then on. Most sources never ask
// for a second page, and the short form takes a fifth of the memory. A reader sees a SourceProfile either
// way; nothing outside of sources/ knows the short form. Used by SourceRecord.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/detection/sources/one_page_record.h"
#include "daemon/detection/sources/source_profile.h"

namespace sluice::detection {

// A profile for reading: the full one, or one that is made from the short form and lives as long as the view.
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
  // Whether the short form can hold all that a visit says about its source: the first page of a source, or an
  // asset of that page. This is the only test for it; Visit::client_is_plain is the part about the client.
  [[nodiscard]] bool fits_short(const Visit& visit) const;
  // How many different subjects the source was shown.
  [[nodiscard]] std::uint32_t subjects_ever() const;
  // How much of the memory for subjects the profile takes.
  [[nodiscard]] std::size_t subject_slots() const { return full_ ? full_->subjects.slots() : 0; }
  // Adds a report of the kernel. Does nothing where there is no profile.
  void add(const Activity& activity);

  // ---- the full form ----

  // Null: there is no profile, or it is short.
  [[nodiscard]] SourceProfile* full() { return full_.get(); }
  [[nodiscard]] const SourceProfile* full() const { return full_.get(); }
  // Turns the profile into the full form, or makes a new one.
  [[nodiscard]] SourceProfile& with_full();
  // Turns the short form into the full one. Returns false if the subject of its page was not kept, because
  // the profile may not grow.
  bool unfold(bool may_grow);
  void replace(std::unique_ptr<SourceProfile> profile);

  // ---- the short form: only for a visit that fits_short() ----

  // Counts the visit. Returns the subject that a page showed.
  [[nodiscard]] Noted note_short(const Visit& visit);

 private:
  std::unique_ptr<OnePageRecord> page_;
  std::unique_ptr<SourceProfile> full_;
};

}  // namespace sluice::detection
