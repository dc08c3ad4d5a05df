// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/retention_keys.h"

#include "daemon/config/row.h"
#include "daemon/config/value.h"

namespace sluice::config {
namespace {

constexpr Seconds kDay{86'400};

const auto retention = [](auto& c) -> auto& {
  return c.retention;
};

}  // namespace

std::vector<Key<Config>> retention_keys() {
  const Duration<Seconds> years{kDay, 10 * 366 * kDay};
  const Duration<Seconds> none_or_years{Seconds(0), 10 * 366 * kDay};
  const Duration<Seconds> weeks{7 * kDay, 28 * kDay};  // the detector asks for no more than four
  return {
      key<Config>("retention.accounts", years, retention, &RetentionOptions::accounts),
      key<Config>("retention.reach", weeks, retention, &RetentionOptions::reach),
      key<Config>("retention.audit", years, retention, &RetentionOptions::audit),
      key<Config>("retention.history", none_or_years, retention, &RetentionOptions::history),
  };
}

}  // namespace sluice::config
