// SPDX-License-Identifier: Apache-2.0
// Counts different values in a few hundred bytes, and says how many of them two sketches share: the k
// smallest hashes of the values ("k minimum values": Z. Bar-Yossef and others, "Counting distinct elements in
// a data stream", 2002; the overlap: K. Beyer and others, "On synopses for distinct-value estimation", 2007).
// The values kept are a uniform sample of the different ones. Used by route discovery; knows no text and no
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::detection {

class ValueSketch {
 public:
  // Up to `most` different values are counted exactly, more of them with a standard error of
  // 1/sqrt(most - 2): 9 % with 128, 13 % with 64. At least 3. Four bytes a value, taken as they come.
  explicit ValueSketch(std::uint16_t most) : most_(most) {}

  // `hash`: 32 bits, all of them well mixed. Whether the value is new among those kept.
  bool add(std::uint32_t hash);
  // Counts the union of both.
  void merge(const ValueSketch& other);
  // Every value becomes another one: its hash plus `number`.
  void shift(std::uint32_t number);

  [[nodiscard]] double estimate() const;
  // Whether the estimate is exact.
  [[nodiscard]] bool is_exact() const { return hashes_.size() < most_; }
  [[nodiscard]] bool empty() const { return hashes_.empty(); }
  // Above it no hash is kept.
  [[nodiscard]] std::uint32_t limit() const { return is_exact() ? ~std::uint32_t{0} : hashes_.back(); }
  [[nodiscard]] std::size_t memory_bytes() const { return hashes_.capacity() * sizeof(std::uint32_t); }

  // The share of the values of the smaller one that the larger one has too, 0 to 1; 0 where one is empty.
  friend double overlap(const ValueSketch& a, const ValueSketch& b);

 private:
  std::vector<std::uint32_t> hashes_;  // the smallest, in rising order
  std::uint16_t most_;
};

[[nodiscard]] double overlap(const ValueSketch& a, const ValueSketch& b);

}  // namespace sluice::detection
