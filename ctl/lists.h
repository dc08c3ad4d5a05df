// SPDX-License-Identifier: Apache-2.0
// lists: the lists of the configuration and what they were hit with; which of them hold an address; asking
// their sources now.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "ctl/context.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

[[nodiscard]] int lists(const Context& context);
// kFailed where the source of one failed, or one keeps what it had.
[[nodiscard]] int refresh_lists(const Context& context, const control::RefreshRequest& request);
// kFailed where one of the addresses is in no list.
[[nodiscard]] int test_lists(const Context& context, const std::vector<std::string>& arguments,
                             std::istream& input);

[[nodiscard]] std::string lists_text(const control::ListsAnswer& answer, const Style& style, WallTime now);
[[nodiscard]] std::string refresh_text(const control::RefreshAnswer& answer, const Style& style);
[[nodiscard]] std::string test_text(const control::TestListsAnswer& answer, const Style& style);

}  // namespace sluice::ctl
