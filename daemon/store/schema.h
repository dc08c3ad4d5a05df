// SPDX-License-Identifier: Apache-2.0
// What tables the database has, and the steps that bring an older one there.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/error.h"
#include "daemon/store/database.h"

namespace sluice::store {

inline constexpr std::int64_t kApplicationId = 0x534c4349;  // "SLCI", also for file(1)

// The version that bring_up_to_date() leaves.
[[nodiscard]] std::int64_t newest_schema();

// Fails on a database of another program or of a later version; then nothing in it was changed. Where only
// its header says that it is another's or a later one's, and its tables are these, the header is damaged.
[[nodiscard]] Result<void> bring_up_to_date(Database& database);

// "12 decisions, 3 earlier blocks": as far as it can be counted in a database that may be damaged; empty
// where nothing can.
[[nodiscard]] std::string contents_in_words(Database& database);

}  // namespace sluice::store
