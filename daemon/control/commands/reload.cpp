// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/commands/reload.h"

#include <fmt/format.h>

namespace sluice::control::commands {

std::string Reload::outcome(const ReloadAnswer& answer) {
  return answer.ok ? "in force" : fmt::format("refused: {} faults", answer.faults.size());
}

void Reload::shorten(ReloadAnswer& answer) {
  constexpr std::size_t kMaxFaults = 200;  // more of them are one mistake
  if (answer.faults.size() <= kMaxFaults) return;
  const std::size_t more = answer.faults.size() - kMaxFaults;
  answer.faults.resize(kMaxFaults);
  answer.faults.push_back(fmt::format("and {} more", more));
}

}  // namespace sluice::control::commands
