// SPDX-License-Identifier: Apache-2.0
// The accounts (or the credentials) seen lately: since when, whom they looked at, from how many networks.
// Known by a keyed hash; no name is kept. Bounded: the one idle longest is forgotten first, and counted; that
// it had been there is remembered, so that who comes back is not taken for new.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/base/bounded_map.h"
#include "daemon/detection/accounts/recent_networks.h"
#include "daemon/detection/log_second.h"
#include "daemon/detection/site/routes.h"
#include "daemon/detection/sources/subject_set.h"

namespace sluice::detection {

// A keyed hash, never 0.
using AccountNumber = std::uint64_t;

struct Account {
  LogSecond first_seen = 0;
  LogSecond last_seen = 0;
  bool returned = false;  // it may have been there before first_seen
  std::uint32_t pages = 0;
  SubjectSet subjects;  // served; up to AccountTable::kMaxSlots of slots
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
  // Of one account: 384 subjects, four times what a power user reads in a day.
  static constexpr std::size_t kMaxSlots = 512;
  // Of all accounts together: 16 MB. Beyond it new subjects are not kept, and counted.
  static constexpr std::size_t kMaxAllSlots = 2U << 20U;
  static constexpr std::size_t kMaxNews = 100'000;  // what is beyond it is told with the next

  // With a number in it an account takes about 250 bytes, with some subjects 400.
  explicit AccountTable(std::size_t capacity) : accounts_(capacity) {}
  // Forgets what is beyond it.
  void set_capacity(std::size_t capacity);

  struct Visit {
    AccountNumber account = 0;
    LogSecond second = 0;
    std::uint32_t network = 0;  // hash of where it came from
    std::uint32_t subject = 0;  // hash of who was served to it; 0: nobody
    Sensitivity sensitivity = Sensitivity::normal;
  };
  void note(const Visit& visit);
  [[nodiscard]] const Account* find(AccountNumber number) const;
  // Forgets what it did, and not since when it is there.
  void reset_after_block(AccountNumber number);

  // When the first account of all was seen; 0: none yet.
  [[nodiscard]] LogSecond begun() const { return begun_; }
  void set_begun(LogSecond second) { begun_ = second; }

  // Takes over what an earlier process knew, the one seen longest ago first.
  void recall(const AccountAge& age);
  // Keeps a list of what is new, for take_news().
  void keep_news() { keeps_news_ = true; }
  // Accounts that are new since the last call, or that had not been told of for a day.
  [[nodiscard]] std::vector<AccountAge> take_news();

  [[nodiscard]] std::size_t size() const { return accounts_.size(); }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }
  [[nodiscard]] std::uint64_t subjects_not_kept() const { return subjects_not_kept_; }

 private:
  struct Entry {
    Account account;
    LogSecond told = 0;  // last_seen as last told of
  };

  [[nodiscard]] Entry& touch(AccountNumber number, LogSecond second);
  // What is left of one that is forgotten.
  void forget(AccountNumber number, const Entry& entry);
  void tell(AccountNumber number, Entry& entry);
  // A Bloom filter of the forgotten ones: wrong in 0.2 % of cases after a million, in 14 % after four; then
  // an account that is new is taken for one that returns.
  void mark(AccountNumber number);
  [[nodiscard]] bool is_marked(AccountNumber number) const;

  BoundedMap<AccountNumber, Entry> accounts_;  // the one idle longest is forgotten first
  std::vector<std::uint64_t> marks_;           // 2 MB, from the first that is forgotten on
  LogSecond begun_ = 0;
  std::size_t slots_ = 0;
  bool keeps_news_ = false;
  std::vector<AccountAge> news_;
  std::uint64_t forgotten_ = 0;
  std::uint64_t subjects_not_kept_ = 0;
};

}  // namespace sluice::detection
