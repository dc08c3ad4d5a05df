// SPDX-License-Identifier: Apache-2.0
// Carries what pinned maps hold over into the maps that are to take their place. Used by map_update. Pins
// nothing, and changes nothing in the maps that it copies from.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::kernel {

// Makes the allows and decisions in the directory `to` those in the directory `from`: adds, changes, removes;
// where an entry stands unchanged what the kernel counted in it stays. Entries past their end are left out.
// `lengths` of `to` then names all their lengths. A table that is the same map in both is left alone. Returns
// the entries in force in the tables that are not. Fails in words where a table is too small, and where its
// entries have another layout.
[[nodiscard]] Result<std::size_t> copy_tables(const std::string& from, const std::string& to, KernelTime now);

// Puts the image of the lists in force in `from` in force in `to`, where that has none; the map may have
// another size. Fails in words where the image has no room.
[[nodiscard]] Result<void> copy_lists(const std::string& from, const std::string& to);

}  // namespace sluice::kernel
