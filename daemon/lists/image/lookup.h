// SPDX-License-Identifier: Apache-2.0
// Reads an image as the kernel program does (bpf/list.bpf.h): for `explain` and for tests. Slow where the
// program is quick: it checks that the image stays within its lines.
#pragma once

#include <optional>
#include <span>

#include "bpf/wire.h"
#include "daemon/base/address.h"
#include "daemon/lists/entries.h"

namespace sluice::lists {

// The list that counts for an address; nothing where none holds it. An image that is damaged holds nothing.
[[nodiscard]] std::optional<ListNumber> find_list(std::span<const sluice_list_line> image,
                                                  const Address& address);

}  // namespace sluice::lists
