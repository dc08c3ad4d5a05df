// SPDX-License-Identifier: Apache-2.0
// What tables the database has, and the steps that bring an older one there.
#pragma once

#include "daemon/base/error.h"
#include "daemon/store/database.h"

namespace sluice::store {

// Fails on a database of another program or of a later version; then nothing in it was changed.
[[nodiscard]] Result<void> bring_up_to_date(Database& database);

}  // namespace sluice::store
