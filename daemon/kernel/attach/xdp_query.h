// SPDX-License-Identifier: Apache-2.0
// Which XDP program is at an interface, whoever put it there. Needs no privileges. Used by app/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::kernel {

// The id of the program at the hook; if a dispatcher is there, the dispatcher's. Nothing if there is no
// program, no interface, or no answer.
[[nodiscard]] std::optional<std::uint32_t> program_at(const std::string& interface);

}  // namespace sluice::kernel
