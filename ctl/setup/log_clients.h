// SPDX-License-Identifier: Apache-2.0
// Whether nearly all lines of an access log come from a few addresses, as behind a proxy. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::ctl {

struct LogClients {
  std::uint64_t lines = 0;  // that name an address
  std::vector<std::string>
      few;  // at most three, if at least 95 % of at least 50 lines are theirs; most lines first
};

// The first address of each line counts. At most 10,000 addresses are told apart: with more they are not few.
[[nodiscard]] LogClients clients_in(std::string_view text);

// Of a private network (RFC 1918, RFC 4193, shared address space, loopback): no visitor comes from there.
[[nodiscard]] bool is_private(std::string_view address);

}  // namespace sluice::ctl
