// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/protocol/command.h"

namespace sluice::control {

std::vector<std::string> audit_rows(const std::vector<std::string>& words) {
  constexpr std::size_t kWordsARow = 100;
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i % kWordsARow == 0) rows.emplace_back();
    rows.back() += (rows.back().empty() ? "" : " ") + words[i];
  }
  return rows;
}

}  // namespace sluice::control
