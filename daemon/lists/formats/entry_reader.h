// SPDX-License-Identifier: Apache-2.0
// Takes addresses, networks and ranges as text, one after the other, into entries, and counts what is none:
// the part that all formats of lists share. The text is a stranger's: what is kept of bad ones is bounded,
// and so is the number of entries. Knows no lines and no columns: netset.h and csv.h.
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

// An address as a number. IPv4 is in the low half.
struct IpNumber {
  Family family = Family::ipv4;
  Halves value;

  auto operator<=>(const IpNumber&) const = default;
};

// An address without a length. Nothing where the word is none.
[[nodiscard]] std::optional<IpNumber> parse_ip(std::string_view word);

// The length of the networks that an IPv4 mask stands for, written as a mask (255.255.255.0) or as a wildcard
// (0.0.0.255). Nothing where the address is neither.
[[nodiscard]] std::optional<unsigned> length_of_mask(const IpNumber& mask);

// Whether all addresses from the first to the last are exactly one network.
[[nodiscard]] bool is_one_network(const IpNumber& first, const IpNumber& last);

// Whether a number beside an address may say how large a network is that begins there: by its prefix length,
// or by how many addresses it has. A count of reports, a port or a time beside the address of one host does
// not.
[[nodiscard]] bool may_be_size(const IpNumber& address, std::uint64_t number);

class EntryReader {
 public:
  // Faults say "UNIT NUMBER: ...". Past `most` entries nothing more is taken, and finish() fails.
  EntryReader(ListNumber list, Entries& entries, std::string_view unit, std::size_t most);

  // One word: an address, a network (ADDRESS/LENGTH, or ADDRESS/MASK of IPv4) or a range (FIRST-LAST).
  void take(std::size_t number, std::string_view word);
  // All addresses from the first to the last, as the fewest networks that are exactly those.
  void take_range(std::size_t number, const IpNumber& first, const IpNumber& last);
  void take_network(const IpNumber& address, unsigned length);
  // As registries write networks: an IPv4 address and how many addresses there are from it on, an IPv6
  // address and a prefix length.
  void take_delegated(std::size_t number, std::string_view address, std::string_view size);
  void refuse(std::size_t number, std::string_view why);
  [[nodiscard]] bool is_full() const { return full_; }

  // A text without any entry is an error, which says what is wrong with its first lines. It is none where the
  // text says by itself that it lists nobody (`says_nobody`) and has no bad line. After an error the entries
  // are what they were.
  [[nodiscard]] Result<ListReport> finish(bool says_nobody = false) &&;

 private:
  void refuse_length(std::size_t number, std::string_view word, unsigned longest);
  [[nodiscard]] bool has_room();
  void add_v4(std::uint32_t network, unsigned length);
  void add_v6(const Halves& network, unsigned length);

  ListNumber list_;
  Entries& entries_;
  std::string_view unit_;
  std::size_t most_;
  std::size_t before_v4_;
  std::size_t before_v6_;
  bool full_ = false;
  ListReport report_;
};

// Whether a word is an address, a network or a range.
[[nodiscard]] bool is_entry(std::string_view word);

// At most 64 bytes of what a stranger wrote, bad bytes as '?', so that a log line stays one line of text.
[[nodiscard]] std::string shown(std::string_view word);

}  // namespace sluice::lists
