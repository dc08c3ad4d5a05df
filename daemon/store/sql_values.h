// SPDX-License-Identifier: Apache-2.0
// How times are written in the database and in the names of its files. Private to store/.
#pragma once

#include <cstdint>
#include <string>

#include <fmt/format.h>
#include <sqlite3.h>

#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::store {

// Times are stored as nanoseconds since 1970.
[[nodiscard]] inline std::int64_t to_nanoseconds(WallTime time) {
  return time.time_since_epoch().count();
}
[[nodiscard]] inline WallTime to_wall_time(std::int64_t nanoseconds) {
  return WallTime(Nanoseconds(nanoseconds));
}

// A time as a part of a file's name: "20261130T074500Z".
[[nodiscard]] inline std::string file_stamp(WallTime time) {
  std::string text = format_time(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

// The last error of SQLite.
[[nodiscard]] inline Error sqlite_failure(sqlite3* handle) {
  return Error(fmt::format("SQLite: {}", sqlite3_errmsg(handle)));
}

}  // namespace sluice::store
