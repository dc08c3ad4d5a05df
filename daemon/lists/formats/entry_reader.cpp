// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/formats/entry_reader.h"

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

void EntryReader::take(std::size_t number, std::string_view word) {
  const auto slash = word.find('/');
  const std::string_view address = word.substr(0, slash);
  const std::string_view length = slash == std::string_view::npos ? "" : word.substr(slash + 1);
  const bool alone = slash == std::string_view::npos;
  if (const auto v4 = parse_v4(address)) {
    take_v4(number, *v4, alone ? std::optional<unsigned>(32) : parse_length(length, 32), word);
    return;
  }
  const auto parsed = Address::parse(address);
  if (!parsed) {
    refuse(number, fmt::format("'{}' is not an IP address", shown(address)));
    return;
  }
  const unsigned longest = max_prefix_length(parsed->family());
  const auto bits = alone ? std::optional<unsigned>(longest) : parse_length(length, longest);
  if (parsed->family() == Family::ipv4) {
    take_v4(number, number_of(*parsed), bits, word);
  } else {
    take_v6(number, halves_of(*parsed), bits, word);
  }
}

bool EntryReader::has_room() {
  full_ = full_ || report_.entries() == most_;
  return !full_;
}

void EntryReader::take_v4(std::size_t number, std::uint32_t address, std::optional<unsigned> length,
                          std::string_view word) {
  if (!length) {
    refuse_length(number, word, 32);
    return;
  }
  if (!has_room()) return;
  const std::uint32_t network = address & mask_v4(*length);
  if (network != address) ++report_.host_bits_cleared;
  ++report_.entries_v4;
  entries_.v4.push_back(make_entry_v4(network, *length, list_));
}

void EntryReader::take_v6(std::size_t number, const Halves& address, std::optional<unsigned> length,
                          std::string_view word) {
  if (!length) {
    refuse_length(number, word, 128);
    return;
  }
  if (!has_room()) return;
  const Halves network = {address.high & mask_high(*length), address.low & mask_low(*length)};
  if (network.high != address.high || network.low != address.low) ++report_.host_bits_cleared;
  ++report_.entries_v6;
  entries_.v6.push_back({network.high, network.low, static_cast<std::uint8_t>(*length), list_});
}

void EntryReader::refuse_length(std::size_t number, std::string_view word, unsigned longest) {
  refuse(number, fmt::format("'{}': the prefix length must be a number from 0 to {}", shown(word), longest));
}

void EntryReader::refuse(std::size_t number, std::string_view why) {
  if (report_.bad_lines++ < ListReport::kMaxFaults)
    report_.faults.push_back(fmt::format("{} {}: {}", unit_, number, why));
}

Result<ListReport> EntryReader::finish() && {
  if (!full_ && report_.entries() > 0) return std::move(report_);
  entries_.v4.resize(before_v4_);
  entries_.v6.resize(before_v6_);
  if (full_) return Error(fmt::format("holds more than {} entries", most_));
  if (report_.faults.empty()) return Error("holds no address");
  return Error(fmt::format("holds no address: {}", fmt::join(report_.faults, "; ")));
}

}  // namespace sluice::lists
