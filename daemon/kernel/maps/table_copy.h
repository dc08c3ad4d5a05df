// SPDX-License-Identifier: Apache-2.0
// Copies what pinned maps hold into the maps that are to take their place. Used by attach/map_migration. Pins
// nothing, and changes nothing in the maps that it copies from.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::kernel {

// Makes the allows and decisions in the directory `to` equal to those in the directory `from`: adds, changes,
// removes. An entry that is the same in both keeps what the kernel counted in it. Entries past their end are
// left out. Afterwards `lengths` and the proximity filter of `to` know all entries. A table that is the same
// map in both directories is left alone. Returns how many entries the other tables have. Fails in words if a
// table is too small, and if its entries have another layout.
[[nodiscard]] Result<std::size_t> copy_tables(const std::string& from, const std::string& to, KernelTime now);

// Copies the image of the lists that is in force in `from` to `to`, and puts it in force there, unless `to`
// has one already. The map may have another size. Fails in words if the image has no room.
[[nodiscard]] Result<void> copy_lists(const std::string& from, const std::string& to);

}  // namespace sluice::kernel
