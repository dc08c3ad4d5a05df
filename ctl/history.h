// SPDX-License-Identifier: Apache-2.0
// history: the decisions that ended, beside those in force. `decisions --ended` asks the same.
#pragma once

#include <string>
#include <vector>

#include "ctl/context.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

struct HistoryArguments {
  std::string address;  // as typed; empty: all
  std::string since;    // --since, --until, --at: see parse_moment(); empty: none
  std::string until;
  std::string at;
  control::HistoryRequest filter;  // the rest
};

[[nodiscard]] int history(const Context& context, const HistoryArguments& arguments);

[[nodiscard]] std::string history_text(const std::vector<control::HistoryRow>& rows, const Style& style);

}  // namespace sluice::ctl
