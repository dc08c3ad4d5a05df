// SPDX-License-Identifier: Apache-2.0
// Messages to JSON text. Used by codec.h and protocol.cpp. Every message comes out as one line: control
// characters are escaped, and what is not UTF-8 is replaced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/control/protocol/fields.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void write(std::string_view text);
  void write(const std::string& text) { write(std::string_view(text)); }
  void write(bool value) { out_ += value ? "true" : "false"; }
  // Twelve digits. What is next to nothing is 0; JSON has no word for what is not finite: null.
  void write(double value);
  void write(WallTime time) { write(std::string_view(format_time(time))); }

  template <std::integral T>
  void write(T value) {
    write_number(value);
  }
  template <Worded E>
  void write(E value) {
    write(to_text(value));
  }
  template <TextValue T>
  void write(const T& value) {
    write(std::string_view(value.to_string()));
  }
  template <class T>
  void write(const std::optional<T>& value) {
    if (value) {
      write(*value);
    } else {
      out_ += "null";
    }
  }
  template <class T>
  void write(const std::vector<T>& values) {
    out_ += '[';
    const char* separator = "";
    for (const T& value : values) {
      out_ += separator;
      write(value);
      separator = ",";
    }
    out_ += ']';
  }
  template <Described T>
  void write(const T& value) {
    out_ += '{';
    write_fields(value, "");
    out_ += '}';
  }

  // The fields without the braces, the first behind `separator`.
  template <Described T>
  void write_fields(const T& value, const char* separator) {
    for_each_field(value, [&](std::string_view name, const auto& member) {
      out_ += separator;
      write(name);
      out_ += ':';
      write(member);
      separator = ",";
    });
  }

 private:
  void write_number(std::int64_t value);
  void write_number(std::uint64_t value);
  void write_number(std::int32_t value) { write_number(std::int64_t{value}); }
  void write_number(std::uint32_t value) { write_number(std::uint64_t{value}); }

  std::string& out_;
};

}  // namespace sluice::control
