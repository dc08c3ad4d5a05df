// SPDX-License-Identifier: Apache-2.0
// What the kernel says to anybody of the XDP program at an interface, whosever it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::kernel {

// The id of the program at the interface's hook, a dispatcher's where there is one; nothing where there is no
// program, no interface, or no answer.
[[nodiscard]] std::optional<std::uint32_t> program_at(const std::string& interface);

}  // namespace sluice::kernel
