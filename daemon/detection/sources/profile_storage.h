// SPDX-License-Identifier: Apache-2.0
// The habits of one source as its features keep them: short while one plain page is all that it asked for, in
// full from then on. Whoever reads them is shown the same either way.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "daemon/detection/sources/one_page_record.h"
#include "daemon/detection/sources/source_profile.h"

namespace sluice::detection {

// SourceProfile to be read: those kept in full, or made of a first page as long as the view lives.
class ProfileView {
 public:
  explicit ProfileView(const SourceProfile& profile) : habits_(&profile) {}
  explicit ProfileView(const OnePageRecord& first)
      : made_(std::move(unfold(first, true).profile)), habits_(&*made_) {}
  ProfileView(const ProfileView&) = delete;
  ProfileView& operator=(const ProfileView&) = delete;

  [[nodiscard]] const SourceProfile& operator*() const { return *habits_; }
  [[nodiscard]] const SourceProfile* operator->() const { return habits_; }

 private:
  std::optional<SourceProfile> made_;
  const SourceProfile* habits_;
};

class ProfileStorage {
 public:
  // Whether there are any.
  [[nodiscard]] explicit operator bool() const { return first_ != nullptr || full_ != nullptr; }

  // There must be some. A view is valid until they change.
  [[nodiscard]] ProfileView view() const { return full_ ? ProfileView(*full_) : ProfileView(*first_); }
  [[nodiscard]] ProfileView operator->() const { return view(); }

  // Null: there are none, or they are kept in full.
  [[nodiscard]] OnePageRecord* one_page() { return first_.get(); }
  [[nodiscard]] const OnePageRecord* one_page() const { return first_.get(); }
  // Null: there are none, or they are kept short.
  [[nodiscard]] SourceProfile* full() { return full_.get(); }
  [[nodiscard]] const SourceProfile* full() const { return full_.get(); }

  // There must be none.
  void begin(const OnePageRecord& first) { first_ = std::make_unique<OnePageRecord>(first); }
  void replace(std::unique_ptr<SourceProfile> profile) {
    first_.reset();
    full_ = std::move(profile);
  }
  // Keeps them in full from here on. False: the subject of the first page was not kept, as it may not grow.
  bool unfold(bool may_grow) {
    if (!first_) return true;
    const OnePageRecord first = *first_;
    first_.reset();  // first: its block may serve again
    auto unfolded = detection::unfold(first, may_grow);
    full_ = std::make_unique<SourceProfile>(std::move(unfolded.profile));
    return unfolded.kept;
  }

 private:
  std::unique_ptr<OnePageRecord> first_;
  std::unique_ptr<SourceProfile> full_;
};

}  // namespace sluice::detection
