// SPDX-License-Identifier: Apache-2.0
// Whose account or credential a source acts with: the NIC knows addresses, so what an account does is held
// against the address that it acts through, and only where hardly anybody else does. Kept by the detector,
// read by heuristics/new_account.h and shared_account.h; judges nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "daemon/base/keyed_hash.h"
#include "daemon/detection/accounts/account_table.h"
#include "daemon/detection/sources/source_record.h"

namespace sluice::detection {

// The account behind a source, as the heuristics are shown it. Null: none, or it does not dominate.
struct AccountEvidence {
  const Account* account = nullptr;
  const Account* credential = nullptr;
  LogSecond begun = 0;  // when the first account of all was seen
};

class AccountTracker {
 public:
  // `capacity` accounts and as many credentials. `seed` is the knowledge's.
  AccountTracker(std::size_t capacity, std::uint64_t seed);

  void set_capacity(std::size_t capacity);

  // A page that the source asked for; `subject` is a hash of whom it showed, 0 for nobody.
  void note(const Prefix& source, const Request& request, SourceProfile& profile, std::uint32_t subject,
            Sensitivity sensitivity);
  [[nodiscard]] AccountEvidence view(const SourceProfile& profile) const;
  // Forgets what the accounts did that dominate a source.
  void forgive(const SourceProfile& profile);

  [[nodiscard]] const AccountTable& accounts() const { return accounts_; }
  [[nodiscard]] AccountTable& accounts() { return accounts_; }
  [[nodiscard]] const AccountTable& credentials() const { return credentials_; }

 private:
  [[nodiscard]] AccountNumber number_of(std::string_view text) const;

  HashKey key_;
  AccountTable accounts_;
  AccountTable credentials_;
};

}  // namespace sluice::detection
