// SPDX-License-Identifier: Apache-2.0
// How times are written in the database and in the names of its files, and what SQLite's errors become.
// Private to store/.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

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

// SQLite's integers are signed; through these two an unsigned one comes back as it was.
[[nodiscard]] inline std::int64_t as_signed(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
[[nodiscard]] inline std::uint64_t as_unsigned(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

// A time as a part of a file's name: "20261130T074500Z".
[[nodiscard]] inline std::string file_stamp(WallTime time) {
  std::string text = format_time(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

// The code of an error that is about what the file holds. Any other error is about the disk, or about
// somebody who has the file locked: then the file is left as it is.
inline constexpr int kDamaged = EUCLEAN;

[[nodiscard]] inline bool is_damage(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_OK:
    case SQLITE_PERM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
      return false;
    default:
      return true;
  }
}

// The last error of SQLite.
[[nodiscard]] inline Error sqlite_failure(sqlite3* handle) {
  const Error error(fmt::format("SQLite: {}", sqlite3_errmsg(handle)));
  return is_damage(sqlite3_errcode(handle)) ? error.with_code(kDamaged) : error;
}

// For sqlite3_open_v2 with SQLITE_OPEN_URI: the file as it lies there, without locks, without its write-ahead
// log, and with nothing made beside it.
[[nodiscard]] inline std::string immutable_uri(std::string_view path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace sluice::store
