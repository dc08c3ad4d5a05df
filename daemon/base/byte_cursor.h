// SPDX-License-Identifier: Apache-2.0
// Reads binary formats in network order from the front, without ever reading past the end. Used by the
// parsers of frames and of TLS; knows no format.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice {

// Bytes with the length that they were said to have; fewer may be at hand. Reading past the length is a fault
// of whoever wrote it (malformed); reading past what is at hand is the end of what we were given (cut). After
// either nothing more is read.
class ByteCursor {
 public:
  using Bytes = std::span<const std::uint8_t>;

  explicit ByteCursor(Bytes bytes) : ByteCursor(bytes, bytes.size()) {}
  ByteCursor(Bytes bytes, std::size_t declared)
      : bytes_(bytes.first(std::min(bytes.size(), declared))), declared_(declared) {}

  // Neither at its end, nor cut off, nor malformed.
  [[nodiscard]] bool more() const { return declared_ > 0 && !cut_ && !malformed_; }
  [[nodiscard]] bool cut() const { return cut_; }
  [[nodiscard]] bool malformed() const { return malformed_; }
  // How long the rest was said to be.
  [[nodiscard]] std::size_t declared() const { return declared_; }
  // What is at hand of the rest.
  [[nodiscard]] Bytes bytes() const { return bytes_; }

  // A number of `width` bytes, at most 8; 0 where there is none.
  std::uint64_t number(std::size_t width) {
    const Bytes digits = take(width);
    if (digits.size() < width) {
      cut_ = !malformed_;
      return 0;
    }
    std::uint64_t value = 0;
    for (const std::uint8_t digit : digits)
      value = value << 8U | digit;
    return value;
  }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }

  // The next `length` bytes.
  ByteCursor part(std::size_t length) {
    const Bytes bytes = take(length);
    return {bytes, malformed_ ? 0 : length};
  }
  // A vector: its length in `width` bytes, then so many.
  ByteCursor vector(std::size_t width) {
    const std::size_t length = number(width);
    return part(length);
  }

  // For headers of fixed layout: whether so many bytes are at hand, what stands at an offset of them (it must
  // be at hand), and past them. skip() reads nothing and gives false where there are fewer.
  [[nodiscard]] bool has(std::size_t size) const { return bytes_.size() >= size; }
  [[nodiscard]] std::uint8_t u8_at(std::size_t at) const { return bytes_[at]; }
  [[nodiscard]] std::uint16_t u16_at(std::size_t at) const {
    return static_cast<std::uint16_t>(bytes_[at] << 8 | bytes_[at + 1]);
  }
  [[nodiscard]] std::uint32_t u32_at(std::size_t at) const {
    return static_cast<std::uint32_t>(u16_at(at)) << 16 | u16_at(at + 2);
  }
  template <std::size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> bytes_at(std::size_t at) const {
    std::array<std::uint8_t, N> copy{};
    std::ranges::copy(bytes_.subspan(at, N), copy.begin());
    return copy;
  }
  [[nodiscard]] bool skip(std::size_t size) {
    if (!has(size)) return false;
    (void)take(size);
    return true;
  }

 private:
  Bytes take(std::size_t length) {
    if (length > declared_) malformed_ = true;
    if (malformed_ || cut_) return {};
    const Bytes taken = bytes_.first(std::min(length, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    declared_ -= length;
    return taken;
  }

  Bytes bytes_;
  std::size_t declared_;
  bool cut_ = false;
  bool malformed_ = false;
};

}  // namespace sluice
