// SPDX-License-Identifier: Apache-2.0
// The features of the sources seen lately: bounded, the one idle longest forgotten first, and that is
// counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <boost/container/deque.hpp>

#include "daemon/base/address.h"
#include "daemon/detection/sources/source_record.h"

namespace sluice::detection {

class SourceTable {
 public:
  // `seed`: with a random one nobody can choose sources that fall into one bucket.
  explicit SourceTable(std::size_t capacity, std::uint64_t seed = 0) : capacity_(capacity), seed_(seed) {}

  // The features of a source, made when it is new; the source becomes the one used last. Valid until the next
  // call. When another source had to be forgotten for it, `forgotten_slots` is the number of subject slots
  // that it held.
  [[nodiscard]] SourceRecord& touch(const Prefix& source, std::size_t& forgotten_slots);
  [[nodiscard]] const SourceRecord* find(const Prefix& source) const;
  [[nodiscard]] SourceRecord* find(const Prefix& source);

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  using Place = std::uint32_t;
  static constexpr Place kNone = UINT32_MAX;

  // The prefix begins in what the features leave free at their end.
  struct Node {
    [[no_unique_address]] SourceRecord record;
    Prefix source;
    Place older = kNone;
    Place newer = kNone;
    Place next = kNone;  // of those whose hash falls into the same bucket
  };
  static_assert(sizeof(Node) == 80);
  // In few large blocks, of which only what is used takes memory.
  using Nodes =
      boost::container::deque<Node, void,
                              boost::container::deque_options_t<boost::container::block_size<1024>>>;

  [[nodiscard]] std::size_t bucket_of(const Prefix& source) const;
  [[nodiscard]] Place place_of(const Prefix& source) const;
  void enter(Place place);
  void leave(Place place);
  void widen();
  void unlink(Place place);
  void link_newest(Place place);

  std::size_t capacity_;
  std::uint64_t seed_;
  Nodes nodes_;  // never moves one; at most capacity_ of them, and none leaves
  // The first node of each bucket, a power of two of them and as many as nodes at least: with Node::next 8 to
  // 12 bytes a source, where a table that keeps the sources once more takes five times as many.
  std::vector<Place> buckets_;
  Place oldest_ = kNone;
  Place newest_ = kNone;
  std::uint64_t forgotten_ = 0;
};

}  // namespace sluice::detection
