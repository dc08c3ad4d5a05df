// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/accounts/account_tracker.h"

#include <algorithm>

#include "daemon/base/hash.h"
#include "daemon/detection/identify.h"

namespace sluice::detection {
namespace {

// If one account asks for this share of the last dozens of pages, the address counts as its own.
constexpr float kDominates = 0.8F;
constexpr std::uint32_t kLeastPages = 3;
constexpr std::uint32_t kRemembered = 32;  // pages; older ones count less and less

void note_share(AccountShare& share, AccountNumber number) {
  // Nothing is counted before the first page with an account.
  if (share.account == 0 && number == 0) return;
  share.pages = std::min(share.pages + 1, kRemembered);
  if (share.account == 0) share.account = number;
  const float part = 1.0F / static_cast<float>(share.pages);
  share.share += part * ((share.account == number ? 1.0F : 0.0F) - share.share);
  // The share is now less than that of a single page: this account takes over, with this page.
  if (share.share < part && number != 0) {
    share.account = number;
    share.share = part;
  }
}

AccountNumber dominant(const AccountShare& share) {
  return share.pages >= kLeastPages && share.share >= kDominates ? share.account : 0;
}

}  // namespace

AccountTracker::AccountTracker(std::size_t capacity, std::uint64_t seed)
    : key_{seed, mix_bits(seed)}, accounts_(capacity), credentials_(capacity) {}

void AccountTracker::set_capacity(std::size_t capacity) {
  accounts_.set_capacity(capacity);
  credentials_.set_capacity(capacity);
}

AccountNumber AccountTracker::number_of(std::string_view text) const {
  if (text.empty()) return 0;
  const std::uint64_t hash = keyed_hash(key_, text);
  return hash == 0 ? 1 : hash;
}

void AccountTracker::note(const Prefix& source, const Request& request, SourceProfile& profile,
                          std::uint32_t subject, Sensitivity sensitivity,
                          std::span<const ShownSubject> others) {
  // Anybody can send a name that the server refuses, so only served requests count.
  const bool is_let_in = is_served(request.status);
  const AccountNumber account =
      is_let_in ? number_of(request.account.empty() ? request.user : request.account) : 0;
  const AccountNumber credential = is_let_in ? number_of(request.credential) : 0;
  if (account != 0 || credential != 0 || profile.rare) {
    RareTraits& rare = profile.with_rare_traits();
    note_share(rare.account, account);
    note_share(rare.credential, credential);
  }
  if (account == 0 && credential == 0) return;
  AccountTable::Visit visit{account,
                            log_second(request.time),
                            static_cast<std::uint32_t>(hash_value(group_network(source))),
                            subject,
                            sensitivity,
                            others};
  if (account != 0) accounts_.note(visit);
  if (credential == 0) return;
  visit.account = credential;
  credentials_.note(visit);
}

AccountView AccountTracker::view(const SourceProfile& profile) const {
  AccountView view;
  view.begun = accounts_.begun();
  if (!profile.rare) return view;
  if (const AccountNumber number = dominant(profile.rare->account)) view.account = accounts_.find(number);
  if (const AccountNumber number = dominant(profile.rare->credential))
    view.credential = credentials_.find(number);
  return view;
}

void AccountTracker::reset_after_block(const SourceProfile& profile) {
  if (!profile.rare) return;
  if (const AccountNumber number = dominant(profile.rare->account)) accounts_.reset_after_block(number);
  if (const AccountNumber number = dominant(profile.rare->credential)) credentials_.reset_after_block(number);
}

}  // namespace sluice::detection
