// SPDX-License-Identifier: Apache-2.0
// Comma-separated values (RFC 4180), read one record at a time within bounds, and written one field at a
// time. The text may be a stranger's: the work is linear in it. Used by the lists and by sluicectl import and
// export; what the columns mean is their business.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"

namespace sluice {

// How strictly a text is read.
struct CsvDialect {
  char separator = ',';  // not '"' and not a newline
  // A strict reader refuses what RFC 4180 does not allow. A lenient one makes a field of anything: a quoted
  // field ends with its line at the latest, a quote within a field is a character, blanks around a field are
  // cut off, and a separator at the end of a line is followed by no field.
  bool strict = true;
  // A strict reader refuses what is beyond these bounds; a lenient one leaves it out.
  std::size_t max_fields = 64;
  std::size_t max_field_bytes = std::numeric_limits<std::size_t>::max();
  std::size_t max_record_bytes =
      65536;  // for a strict reader alone: a quote left open must not take all the rest
};

class CsvReader {
 public:
  explicit CsvReader(std::string_view text, const CsvDialect& dialect = {})
      : dialect_(dialect), rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  // Where the record that next() gave began, from 1.
  [[nodiscard]] std::size_t line() const { return line_; }
  // What next() will begin with: a line as it is written, without its newline.
  [[nodiscard]] std::string_view peek_line() const { return rest_.substr(0, rest_.find('\n')); }
  void skip_line();
  // From the next record on.
  void set_max_fields(std::size_t most) { dialect_.max_fields = most; }

  // A strict reader that finds a fault goes on behind the end of its line; a lenient one finds none.
  [[nodiscard]] Result<std::vector<std::string>> next();
  // As next(), into a vector whose memory is used again.
  [[nodiscard]] Result<> next(std::vector<std::string>& fields);

 private:
  [[nodiscard]] Error fault(std::string_view why);

  CsvDialect dialect_;
  std::string_view rest_;
  std::size_t line_ = 0;
  std::size_t next_line_ = 1;
};

// A field as it is to be written. Where a spreadsheet would take it for a formula an apostrophe stands before
// it, which shows it as text: strangers write reasons.
[[nodiscard]] std::string csv_field(std::string_view text);
// The text of a field that csv_field() wrote.
[[nodiscard]] std::string_view csv_text(std::string_view field);

}  // namespace sluice
