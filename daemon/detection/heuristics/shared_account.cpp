// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/shared_account.h"

#include <fmt/format.h>

#include "daemon/detection/heuristics/weight.h"

namespace sluice::detection {
namespace {

std::optional<Signal> judge(const Account* account, std::string_view what, const SourceView& view,
                            const SharedAccountOptions& options) {
  constexpr double kPerDoubling = 1.0;
  if (account == nullptr) return std::nullopt;
  const std::size_t networks = account->networks.last_hour(view.now);
  const std::uint32_t subjects = account->subjects.last_hour(view.now).subjects;
  if (networks < options.networks || subjects < options.min_subjects) return std::nullopt;
  return Signal{
      "shared_account",
      grown_weight(static_cast<double>(networks) / options.networks, options.weight, kPerDoubling,
                   options.max_weight),
      fmt::format(
          "acts with {} that came from {}{} networks within an hour and looked at {} different people "
          "from there; one person has {} at most",
          what, networks >= RecentNetworks::kMost ? "at least " : "", networks, subjects,
          options.networks - 1),
      {{"networks_last_hour", static_cast<double>(networks)},
       {"subjects_last_hour", static_cast<double>(subjects)},
       {"limit_networks", static_cast<double>(options.networks)},
       {"limit_subjects", static_cast<double>(options.min_subjects)}}};
}

}  // namespace

std::optional<Signal> shared_account(const SourceView& view, const AccountEvidence& accounts,
                                     const SharedAccountOptions& options) {
  if (!options.enabled) return std::nullopt;
  auto by_account = judge(accounts.account, "an account", view, options);
  auto by_credential = judge(accounts.credential, "a credential", view, options);
  if (!by_account) return by_credential;
  return by_credential && by_credential->weight > by_account->weight ? by_credential : by_account;
}

}  // namespace sluice::detection
