// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/accounts/account_table.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace sluice::detection {
namespace {

constexpr std::size_t kMarkBits = 1U << 24U;

std::array<std::size_t, 4> mark_places(AccountNumber number) {
  // The number is a hash, so its parts serve as separate hashes.
  constexpr std::size_t kMask = kMarkBits - 1;
  return {number & kMask, (number >> 13U) & kMask, (number >> 27U) & kMask, (number >> 40U) & kMask};
}

}  // namespace

void AccountTable::set_capacity(std::size_t capacity) {
  accounts_.set_capacity(capacity, [this](AccountNumber number, const Entry& gone) { forget(number, gone); });
}

void AccountTable::shrink() {
  accounts_.shrink(kLeast, [this](AccountNumber number, const Entry& gone) { forget(number, gone); });
}

AccountTable::Entry& AccountTable::touch(AccountNumber number, LogSecond second) {
  auto [entry, is_new] = accounts_.touch_or_add(
      number, [this](AccountNumber oldest, const Entry& gone) { forget(oldest, gone); });
  Account& account = entry.account;
  if (is_new) {
    account.first_seen = account.last_seen = second;
    account.returned = is_marked(number);
  } else {
    // Logs go backwards in places.
    account.first_seen = std::min(account.first_seen, second);
    account.last_seen = std::max(account.last_seen, second);
  }
  return entry;
}

void AccountTable::note(const Visit& visit) {
  if (begun_ == 0 || visit.second < begun_) begun_ = visit.second;
  Entry& entry = touch(visit.account, visit.second);
  Account& account = entry.account;
  ++account.pages;
  account.networks.add(visit.network, visit.second);
  if (visit.subject != 0) add_subject(account, visit.subject, visit.sensitivity, visit.second);
  for (const ShownSubject& each : visit.others)
    add_subject(account, short_hash(each.hash), each.sensitivity, visit.second);
  if (keeps_news_ && news_.size() < kMaxNews && account.last_seen - entry.reported >= kDay)
    report(visit.account, entry);
}

void AccountTable::add_subject(Account& account, std::uint32_t subject, Sensitivity sensitivity,
                               LogSecond second) {
  const std::size_t before = account.subjects.slots();
  const bool may_grow = before < kMaxSlots && slots_ < kMaxAllSlots;
  if (!account.subjects.add(subject, sensitivity, second, may_grow)) ++subjects_not_kept_;
  slots_ += account.subjects.slots() - before;
}

void AccountTable::report(AccountNumber number, Entry& entry) {
  entry.reported = entry.account.last_seen;
  news_.push_back({number, entry.account.first_seen, entry.account.last_seen});
}

const Account* AccountTable::find(AccountNumber number) const {
  const Entry* entry = accounts_.find(number);
  return entry == nullptr ? nullptr : &entry->account;
}

void AccountTable::reset_after_block(AccountNumber number) {
  Entry* entry = accounts_.find(number);
  if (entry == nullptr) return;
  Account& account = entry->account;
  slots_ -= account.subjects.slots();
  account.subjects = SubjectSet();
  account.networks = RecentNetworks();
}

void AccountTable::recall(const AccountAge& age) {
  Entry& entry = touch(age.number, age.last_seen);
  entry.account.first_seen = std::min(entry.account.first_seen, age.first_seen);
  entry.reported = age.last_seen;
}

std::vector<AccountAge> AccountTable::take_news() {
  return std::exchange(news_, {});
}

std::vector<AccountAge> AccountTable::ages() const {
  std::vector<AccountAge> ages;
  accounts_.for_each([&](AccountNumber number, const Entry& entry) {
    ages.push_back({number, entry.account.first_seen, entry.account.last_seen});
  });
  return ages;
}

void AccountTable::forget(AccountNumber number, const Entry& entry) {
  mark(number);
  slots_ -= entry.account.subjects.slots();
  ++forgotten_;
}

void AccountTable::mark(AccountNumber number) {
  if (all_are_marked_) return;
  if (marks_.empty()) {
    try {
      marks_.resize(kMarkBits / 64);
    } catch (const std::bad_alloc&) {
      // Accounts are forgotten where memory is short. Nobody is taken for new then.
      all_are_marked_ = true;
      return;
    }
  }
  for (const std::size_t place : mark_places(number))
    marks_[place / 64] |= std::uint64_t{1} << (place % 64);
}

bool AccountTable::is_marked(AccountNumber number) const {
  if (all_are_marked_) return true;
  if (marks_.empty()) return false;
  return std::ranges::all_of(
      mark_places(number), [&](std::size_t place) { return (marks_[place / 64] >> (place % 64) & 1U) != 0; });
}

}  // namespace sluice::detection
