// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/protocol/json_writer.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "daemon/base/utf8.h"

namespace sluice::control {

// Strangers' bytes (a path, a user agent) end up in texts: what is not UTF-8 becomes U+FFFD, or no parser
// would take the message.
void JsonWriter::write(std::string_view text) {
  out_ += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0) {
      out_ += "\xef\xbf\xbd";
    } else if (first == '"' || first == '\\') {
      out_ += '\\';
      out_ += text.front();
    } else if (first < 0x20 || first == 0x7f) {
      fmt::format_to(std::back_inserter(out_), "\\u{:04x}", first);
    } else {
      out_ += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out_ += '"';
}

// Boost.JSON 1.81 reads the last digits of a long number, and the smallest numbers, inexactly, and -0 as 0:
// what is written again would differ from what was read.
void JsonWriter::write(double value) {
  constexpr double kNothing = 1e-290;
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out_), "{:.12g}", std::abs(value) < kNothing ? 0.0 : value);
  } else {
    out_ += "null";
  }
}

void JsonWriter::write_number(std::int64_t value) {
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

void JsonWriter::write_number(std::uint64_t value) {
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

}  // namespace sluice::control
