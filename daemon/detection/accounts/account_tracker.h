// SPDX-License-Identifier: Apache-2.0
// Which account or credential a source acts with. The kernel can only block addresses, so what an account
// does counts for the address that it uses, and only if hardly anybody else uses that address. Kept by the
// detector, read by heuristics/new_account.h and shared_account.h; judges nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "daemon/base/keyed_hash.h"
#include "daemon/detection/accounts/account_table.h"
#include "daemon/detection/sources/source_record.h"

namespace sluice::detection {

// The account and the credential of a source, as the heuristics see them. Null: there is none, or it asks for
// too few of the pages of the source.
struct AccountView {
  const Account* account = nullptr;
  const Account* credential = nullptr;
  LogSecond begun = 0;  // when the very first account was seen
};

class AccountTracker {
 public:
  // `capacity` accounts and as many credentials. `seed` is the knowledge's.
  AccountTracker(std::size_t capacity, std::uint64_t seed);

  void set_capacity(std::size_t capacity);

  // Counts a page of the source. `subject` is the hash of the subject that it showed, 0 for none; `others`
  // are those whom the answer showed beside it.
  void note(const Prefix& source, const Request& request, SourceProfile& profile, std::uint32_t subject,
            Sensitivity sensitivity, std::span<const ShownSubject> others = {});
  [[nodiscard]] AccountView view(const SourceProfile& profile) const;
  // Forgets what the account and the credential of a source did.
  void reset_after_block(const SourceProfile& profile);

  [[nodiscard]] const AccountTable& accounts() const { return accounts_; }
  [[nodiscard]] AccountTable& accounts() { return accounts_; }
  [[nodiscard]] const AccountTable& credentials() const { return credentials_; }
  [[nodiscard]] AccountTable& credentials() { return credentials_; }

 private:
  [[nodiscard]] AccountNumber number_of(std::string_view text) const;

  HashKey key_;
  AccountTable accounts_;
  AccountTable credentials_;
};

}  // namespace sluice::detection
