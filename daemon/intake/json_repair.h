// SPDX-License-Identifier: Apache-2.0
// Makes JSON of what servers write as JSON and what is none. Used by the formats and envelopes of JSON;
// parses nothing itself.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::intake {

// How many bytes repair_json() may write for a line of so many: it makes six bytes of four.
[[nodiscard]] constexpr std::size_t repaired_bytes(std::size_t line_bytes) {
  return line_bytes / 4 * 6 + line_bytes % 4;
}

// Servers write what visitors send, and not all of them as JSON wants it: nginx passes bytes that are not
// UTF-8 through, and without escape=json writes \xHH. A visitor must not become invisible by sending such a
// byte. Writes a copy that JSON can read to `out`, which has room for repaired_bytes(), and gives its size;
// nothing if there was nothing to repair.
[[nodiscard]] std::optional<std::size_t> repair_json(std::string_view line, char* out);

// Makes JSON of an object that ends too soon: writes what is whole of it to `out`, and of the last value the
// beginning if that is a text. Says whether it does so; nothing where the line is no such object.
[[nodiscard]] std::optional<bool> close_json(std::string_view line, std::string& out);

}  // namespace sluice::intake
