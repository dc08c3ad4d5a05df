// SPDX-License-Identifier: Apache-2.0
// Takes addresses and networks as text, one after the other, into entries, and counts what is none: the part
// that all formats of lists share. The text is a stranger's: what is kept of bad ones is bounded, and so is
// the number of entries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/report.h"

namespace sluice::lists {

inline constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

class EntryReader {
 public:
  // Faults say "UNIT NUMBER: ...". Past `most` entries nothing more is taken, and finish() fails.
  EntryReader(ListNumber list, Entries& entries, std::string_view unit, std::size_t most);

  // One word: an address or a network.
  void take(std::size_t number, std::string_view word);
  void refuse(std::size_t number, std::string_view why);
  [[nodiscard]] bool is_full() const { return full_; }

  // A text without any entry is an error, which says what is wrong with its first lines. After an error the
  // entries are what they were.
  [[nodiscard]] Result<ListReport> finish() &&;

 private:
  void take_v4(std::size_t number, std::uint32_t address, std::optional<unsigned> length,
               std::string_view word);
  void take_v6(std::size_t number, const Halves& address, std::optional<unsigned> length,
               std::string_view word);
  void refuse_length(std::size_t number, std::string_view word, unsigned longest);
  [[nodiscard]] bool has_room();

  ListNumber list_;
  Entries& entries_;
  std::string_view unit_;
  std::size_t most_;
  std::size_t before_v4_;
  std::size_t before_v6_;
  bool full_ = false;
  ListReport report_;
};

// Whether a word is an address or a network.
[[nodiscard]] bool is_entry(std::string_view word);

// At most 64 bytes of what a stranger wrote, bad bytes as '?', so that a log line stays one line of text.
[[nodiscard]] std::string shown(std::string_view word);

}  // namespace sluice::lists
