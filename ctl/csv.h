// SPDX-License-Identifier: Apache-2.0
// Comma-separated values (RFC 4180): one record at a time, within bounds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"

namespace sluice::ctl {

class CsvReader {
 public:
  static constexpr std::size_t kMaxFields = 64;
  static constexpr std::size_t kMaxRecord = 65536;  // bytes

  explicit CsvReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  // Where the record that next() gave began, from 1.
  [[nodiscard]] std::size_t line() const { return line_; }
  // A faulty record is skipped to the end of its line.
  [[nodiscard]] Result<std::vector<std::string>> next();

 private:
  [[nodiscard]] Error skip(std::string_view why);

  std::string_view rest_;
  std::size_t line_ = 0;
  std::size_t next_line_ = 1;
};

// A field as it is to be written.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace sluice::ctl
