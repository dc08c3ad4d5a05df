// SPDX-License-Identifier: Apache-2.0
// The features of the sources seen lately: bounded, the one idle longest forgotten first, and that is
// counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include <boost/unordered/unordered_flat_map.hpp>

#include "daemon/base/address.h"
#include "daemon/pipeline/features.h"

namespace sluice::pipeline {

class SourceTable {
 public:
  explicit SourceTable(std::size_t capacity) : capacity_(capacity) {}

  // The features of a source, made when it is new; the source becomes the one used last. Valid until the next
  // call. When another source had to be forgotten for it, `forgotten_slots` is the number of subject slots
  // that it held.
  [[nodiscard]] Features& touch(const Prefix& source, std::size_t& forgotten_slots);
  [[nodiscard]] const Features* find(const Prefix& source) const;
  [[nodiscard]] Features* find(const Prefix& source);

  [[nodiscard]] std::size_t size() const { return index_.size(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  using Place = std::uint32_t;
  static constexpr Place kNone = UINT32_MAX;

  struct Node {
    Prefix source;
    Place older = kNone;
    Place newer = kNone;
    Features features;
  };

  void unlink(Place place);
  void link_newest(Place place);

  std::size_t capacity_;
  std::deque<Node> nodes_;  // never moves a node; at most capacity_ of them
  boost::unordered_flat_map<Prefix, Place, std::hash<Prefix>> index_;
  Place oldest_ = kNone;
  Place newest_ = kNone;
  std::uint64_t forgotten_ = 0;
};

}  // namespace sluice::pipeline
