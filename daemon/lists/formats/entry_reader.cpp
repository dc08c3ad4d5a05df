// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/formats/entry_reader.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kShownBytes = 64;  // of a bad line

// A decimal number without leading zeros, at most `max`, at the front of `text`, which it is taken from.
std::optional<unsigned> take_short_number(std::string_view& text, unsigned max) {
  unsigned value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 4 && is_digit(text[digits]))
    value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
  if (digits == 0 || value > max || (digits > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

// Dotted quad, as Address::parse takes it, at a tenth of its time.
std::optional<std::uint32_t> parse_v4(std::string_view text) {
  std::uint32_t address = 0;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) {
      if (text.empty() || text[0] != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    const auto byte = take_short_number(text, 255);
    if (!byte) return std::nullopt;
    address = address << 8U | *byte;
  }
  if (!text.empty()) return std::nullopt;
  return address;
}

std::optional<unsigned> parse_length(std::string_view text, unsigned longest) {
  const auto length = take_short_number(text, longest);
  return text.empty() ? length : std::nullopt;
}

// Arithmetic of addresses as numbers of 128 bits.
Halves operator+(const Halves& a, const Halves& b) {
  const std::uint64_t low = a.low + b.low;
  return {a.high + b.high + (low < a.low ? 1 : 0), low};
}

// A number whose lowest `count` bits are set.
Halves low_ones(unsigned count) {
  return {~mask_high(128 - count), ~mask_low(128 - count)};
}

// How many of the lowest bits are zero.
unsigned free_bits_from(const Halves& value) {
  return static_cast<unsigned>(value.low != 0 ? std::countr_zero(value.low)
                                              : 64 + std::countr_zero(value.high));
}

}  // namespace

std::string shown(std::string_view word) {
  std::string text(word.substr(0, kShownBytes));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

bool is_entry(std::string_view word) {
  Entries entries;
  EntryReader reader(1, entries, "line", 1);
  reader.take(1, word);
  return entries.size() > 0;
}

EntryReader::EntryReader(ListNumber list, Entries& entries, std::string_view unit, std::size_t most)
    : list_(list),
      entries_(entries),
      unit_(unit),
      most_(most),
      before_v4_(entries.v4.size()),
      before_v6_(entries.v6.size()) {}

std::optional<IpNumber> parse_ip(std::string_view word) {
  if (const auto v4 = parse_v4(word)) return IpNumber{Family::ipv4, {0, *v4}};
  const auto parsed = Address::parse(word);
  if (!parsed) return std::nullopt;
  if (parsed->family() == Family::ipv4) return IpNumber{Family::ipv4, {0, number_of(*parsed)}};
  return IpNumber{Family::ipv6, halves_of(*parsed)};
}

std::optional<unsigned> length_of_mask(const IpNumber& mask) {
  if (mask.family != Family::ipv4) return std::nullopt;
  const auto bits = static_cast<std::uint32_t>(mask.value.low);
  for (const std::uint32_t ones : {bits, ~bits}) {
    const auto length = static_cast<unsigned>(std::countl_one(ones));
    if (length > 0 && ones == mask_v4(length)) return length;
  }
  return std::nullopt;
}

bool is_one_network(const IpNumber& first, const IpNumber& last) {
  if (first.family != last.family || last < first) return false;
  const Halves differ = {first.value.high ^ last.value.high, first.value.low ^ last.value.low};
  const unsigned free = std::min(free_bits_from(first.value), max_prefix_length(first.family));
  const auto ones = static_cast<unsigned>(std::popcount(differ.high) + std::popcount(differ.low));
  return ones <= free && differ == low_ones(ones);
}

bool may_be_size(const IpNumber& address, std::uint64_t number) {
  constexpr std::uint64_t kFewestCounted = 256;
  constexpr std::uint64_t kMostCounted = std::uint64_t{1} << 24U;
  const unsigned all = max_prefix_length(address.family);
  const unsigned free = free_bits_from(address.value);
  if (number > 0 && number < all && free >= all - number) return true;
  return number >= kFewestCounted && number <= kMostCounted && free >= 8;
}

void EntryReader::take(std::size_t number, std::string_view word) {
  const auto slash = word.find('/');
  const auto address = parse_ip(word.substr(0, slash));
  if (!address) {
    const auto dash = word.find('-');
    const auto first = dash == std::string_view::npos ? std::nullopt : parse_ip(word.substr(0, dash));
    const auto last = first ? parse_ip(word.substr(dash + 1)) : std::nullopt;
    if (last) {
      take_range(number, *first, *last);
    } else {
      refuse(number, fmt::format("'{}' is not an IP address", shown(word)));
    }
    return;
  }
  const unsigned longest = max_prefix_length(address->family);
  if (slash == std::string_view::npos) {
    take_network(*address, longest);
    return;
  }
  const std::string_view after = word.substr(slash + 1);
  auto length = parse_length(after, longest);
  if (!length && address->family == Family::ipv4) {
    const auto mask = parse_v4(after);
    if (mask) length = length_of_mask({Family::ipv4, {0, *mask}});
  }
  if (length) {
    take_network(*address, *length);
  } else {
    refuse_length(number, word, longest);
  }
}

void EntryReader::take_network(const IpNumber& address, unsigned length) {
  if (!has_room()) return;
  if (address.family == Family::ipv4) {
    const auto before = static_cast<std::uint32_t>(address.value.low);
    const std::uint32_t network = before & mask_v4(length);
    if (network != before) ++report_.host_bits_cleared;
    add_v4(network, length);
    return;
  }
  const Halves network = {address.value.high & mask_high(length), address.value.low & mask_low(length)};
  if (network != address.value) ++report_.host_bits_cleared;
  add_v6(network, length);
}

// Takes the largest network that begins at the first address and ends at the last one or before it, then goes
// on behind it: at most 62 networks of IPv4, 254 of IPv6.
void EntryReader::take_range(std::size_t number, const IpNumber& first, const IpNumber& last) {
  if (first.family != last.family || last < first) {
    refuse(number, "is no range: its end is before its beginning, or of another family");
    return;
  }
  const unsigned all = max_prefix_length(first.family);
  Halves at = first.value;
  while (has_room()) {
    unsigned free = std::min(free_bits_from(at), all);
    while (last.value < at + low_ones(free))
      --free;
    if (first.family == Family::ipv4) {
      add_v4(static_cast<std::uint32_t>(at.low), all - free);
    } else {
      add_v6(at, all - free);
    }
    const Halves end = at + low_ones(free);
    if (end == last.value) return;
    at = end + Halves{0, 1};
  }
}

void EntryReader::take_delegated(std::size_t number, std::string_view address, std::string_view size) {
  const auto first = parse_ip(address);
  const auto count = parse_number<std::uint64_t>(size);
  const bool is_v4 = first && first->family == Family::ipv4;
  const std::uint64_t most = is_v4 ? (std::uint64_t{1} << 32U) - first->value.low : 128;
  if (!first || !count || *count > most || (is_v4 && *count == 0)) {
    refuse(number, fmt::format("'{}' and '{}' are not an address and a size", shown(address), shown(size)));
  } else if (is_v4) {
    take_range(number, *first, {Family::ipv4, {0, first->value.low + *count - 1}});
  } else {
    take_network(*first, static_cast<unsigned>(*count));
  }
}

bool EntryReader::has_room() {
  full_ = full_ || report_.entries() == most_;
  return !full_;
}

void EntryReader::add_v4(std::uint32_t network, unsigned length) {
  ++report_.entries_v4;
  entries_.v4.push_back(make_entry_v4(network, length, list_));
}

void EntryReader::add_v6(const Halves& network, unsigned length) {
  ++report_.entries_v6;
  entries_.v6.push_back({network.high, network.low, static_cast<std::uint8_t>(length), list_});
}

void EntryReader::refuse_length(std::size_t number, std::string_view word, unsigned longest) {
  refuse(number, fmt::format("'{}': the prefix length must be a number from 0 to {}", shown(word), longest));
}

void EntryReader::refuse(std::size_t number, std::string_view why) {
  if (report_.bad_lines++ < ListReport::kMaxFaults)
    report_.faults.push_back(fmt::format("{} {}: {}", unit_, number, why));
}

Result<ListReport> EntryReader::finish(bool says_nobody) && {
  if (!full_ && (report_.entries() > 0 || (says_nobody && report_.bad_lines == 0))) return std::move(report_);
  entries_.v4.resize(before_v4_);
  entries_.v6.resize(before_v6_);
  if (full_) return Error(fmt::format("holds more than {} entries", most_));
  if (report_.faults.empty()) return Error("holds no address");
  return Error(fmt::format("holds no address: {}", fmt::join(report_.faults, "; ")));
}

}  // namespace sluice::lists
