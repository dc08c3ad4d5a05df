// SPDX-License-Identifier: Apache-2.0
// The accounts (or the credentials) seen lately: when first, which subjects they were shown, from how many
// networks. An account is known by a keyed hash; no name is kept. Bounded: the account that is idle longest
// is forgotten first, and that is counted. A Bloom filter remembers the forgotten ones, so that an account
// that comes back is not taken for a new one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "daemon/base/bounded_map.h"
#include "daemon/detection/accounts/recent_networks.h"
#include "daemon/detection/log_second.h"
#include "daemon/detection/site/routes.h"
#include "daemon/detection/site/shown.h"
#include "daemon/detection/sources/subject_set.h"

namespace sluice::detection {

// A keyed hash, never 0.
using AccountNumber = std::uint64_t;

struct Account {
  LogSecond first_seen = 0;
  LogSecond last_seen = 0;
  bool returned = false;  // it was forgotten in between: it may be older than first_seen
  std::uint32_t pages = 0;
  SubjectSet subjects;  // that it was shown; up to AccountTable::kMaxSlots
  RecentNetworks networks;
};

// What is kept of an account beyond this process.
struct AccountAge {
  AccountNumber number = 0;
  LogSecond first_seen = 0;
  LogSecond last_seen = 0;
};

class AccountTable {
 public:
  static constexpr std::size_t kLeast = 1000;  // that there is always room for
  // Slots of one account: 384 subjects, four times what a power user reads in a day.
  static constexpr std::size_t kMaxSlots = 512;
  // Slots of all accounts together: 16 MB. When they are used up a new subject is not kept, and that is
  // counted.
  static constexpr std::size_t kMaxAllSlots = 2U << 20U;
  static constexpr std::size_t kMaxNews = 100'000;  // the rest is left for the next take_news()

  // With a number in it an account takes about 250 bytes, with some subjects 400.
  explicit AccountTable(std::size_t capacity) : accounts_(capacity) {}
  // Forgets what is beyond it.
  void set_capacity(std::size_t capacity);
  // Forgets the half that is idle longest, for want of memory. There is room for no more than the other half
  // from here on, until set_capacity().
  void shrink();

  struct Visit {
    AccountNumber account = 0;
    LogSecond second = 0;
    std::uint32_t network = 0;  // hash of the network that the request came from
    std::uint32_t subject = 0;  // hash of the subject that was served; 0: none
    Sensitivity sensitivity = Sensitivity::normal;
    std::span<const ShownSubject> others = {};  // that the answer showed beside it
  };
  void note(const Visit& visit);
  [[nodiscard]] const Account* find(AccountNumber number) const;
  // Forgets what the account did, but not when it was first seen.
  void reset_after_block(AccountNumber number);

  // When the very first account was seen; 0: none yet.
  [[nodiscard]] LogSecond begun() const { return begun_; }
  void set_begun(LogSecond second) { begun_ = second; }

  // Takes over what an earlier process knew, the one seen longest ago first.
  void recall(const AccountAge& age);
  // Keeps a list of what is new, for take_news().
  void keep_news() { keeps_news_ = true; }
  // Accounts that are new since the last call, or that were in the last list more than a day ago.
  [[nodiscard]] std::vector<AccountAge> take_news();
  // All accounts, for a store that was begun anew.
  [[nodiscard]] std::vector<AccountAge> ages() const;

  [[nodiscard]] std::size_t size() const { return accounts_.size(); }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }
  [[nodiscard]] std::uint64_t subjects_not_kept() const { return subjects_not_kept_; }

 private:
  struct Entry {
    Account account;
    LogSecond reported = 0;  // last_seen when take_news() last had it
  };

  [[nodiscard]] Entry& touch(AccountNumber number, LogSecond second);
  // What is left of one that is forgotten.
  void forget(AccountNumber number, const Entry& entry);
  void add_subject(Account& account, std::uint32_t subject, Sensitivity sensitivity, LogSecond second);
  void report(AccountNumber number, Entry& entry);
  // A Bloom filter of the forgotten ones: wrong in 0.2 % of cases after a million, in 14 % after four; then
  // an account that is new is taken for one that returns.
  void mark(AccountNumber number);
  [[nodiscard]] bool is_marked(AccountNumber number) const;

  BoundedMap<AccountNumber, Entry> accounts_;  // the one idle longest is forgotten first
  std::vector<std::uint64_t> marks_;           // 2 MB, from the first that is forgotten on
  bool all_are_marked_ = false;                // there was no memory for the filter
  LogSecond begun_ = 0;
  std::size_t slots_ = 0;
  bool keeps_news_ = false;
  std::vector<AccountAge> news_;
  std::uint64_t forgotten_ = 0;
  std::uint64_t subjects_not_kept_ = 0;
};

}  // namespace sluice::detection
