// SPDX-License-Identifier: Apache-2.0
// The records of the sources seen lately. Bounded: the source that is idle longest is forgotten first, and
// that is counted. Used by Detector.
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
  static constexpr std::size_t kLeast = 1000;

  // With a random `seed` nobody can choose sources that fall into one bucket.
  explicit SourceTable(std::size_t capacity, std::uint64_t seed = 0) : capacity_(capacity), seed_(seed) {}

  // The record of a source, made if it is new; the source becomes the one used last. Valid until the next
  // call. If another source was forgotten to make room, `forgotten_slots` is the number of subject slots that
  // it held.
  [[nodiscard]] SourceRecord& touch(const Prefix& source, std::size_t& forgotten_slots);
  // Forgets the half that is idle longest, for want of memory, and has room for no more than the other half
  // from here on, but for kLeast. Returns the number of subject slots that they held.
  std::size_t shrink();
  [[nodiscard]] const SourceRecord* find(const Prefix& source) const;
  [[nodiscard]] SourceRecord* find(const Prefix& source);

  // Sources that were seen since then and asked for a page, at most so many, the latest first.
  [[nodiscard]] std::vector<Prefix> seen_since(WallTime since, std::size_t most) const;

  // Whether `is` holds for a source within the network and its record. Looks at all sources: some
  // milliseconds for 200,000.
  template <class Is>
  [[nodiscard]] bool any_within(const Prefix& network, Is&& is) const {
    for (Place place = newest_; place != kNone; place = nodes_[place].older) {
      const Node& node = nodes_[place];
      if (network.contains(node.source) && is(node.source, node.record)) return true;
    }
    return false;
  }

  [[nodiscard]] std::size_t size() const { return nodes_.size() - free_count_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  using Place = std::uint32_t;
  static constexpr Place kNone = UINT32_MAX;

  // The prefix begins in the padding at the end of the record.
  struct Node {
    [[no_unique_address]] SourceRecord record;
    Prefix source;
    Place older = kNone;
    Place newer = kNone;
    Place next = kNone;  // the next node of the same bucket
  };
  static_assert(sizeof(Node) == 80);
  // A few large blocks. Pages of a block that were never used take no memory.
  using Nodes =
      boost::container::deque<Node, void,
                              boost::container::deque_options_t<boost::container::block_size<1024>>>;

  [[nodiscard]] std::size_t bucket_of(const Prefix& source) const;
  [[nodiscard]] Place place_of(const Prefix& source) const;
  void enter(Place place);
  void leave(Place place);
  void widen();
  // Returns the subject slots of the source.
  std::size_t forget(Place place);
  void unlink(Place place);
  void link_newest(Place place);

  std::size_t capacity_;
  std::uint64_t seed_;
  Nodes nodes_;  // at most as many as the capacity was; nodes do not move and are not removed
  // The first node of each bucket. Their number is a power of two and at least the number of nodes. With
  // Node::next that is 8 to 12 bytes a source; a hash map beside the nodes would take five times as much.
  std::vector<Place> buckets_;
  Place free_ = kNone;  // the first node of a forgotten source; Node::next leads to the others
  std::size_t free_count_ = 0;
  Place oldest_ = kNone;
  Place newest_ = kNone;
  std::uint64_t forgotten_ = 0;
};

}  // namespace sluice::detection
