// SPDX-License-Identifier: Apache-2.0
// The last pages of the sources that came lately: which page a request follows, and how many people follow a
// list. Bounded: a new source takes the place of an old one. Used by RouteDiscovery; knows no URL, only the
// hashes and nodes that it is given.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/detection/site/discovery/url_tree.h"

namespace sluice::detection {

// Which values of one class followed a page, as bits of their hashes.
struct FollowerBits {
  std::uint64_t bits = 0;
  NodeRef of;

  void add(std::uint32_t value, const NodeRef& whose) {
    if (of == NodeRef{}) of = whose;
    if (of == whose) bits |= std::uint64_t{1} << (value >> 26U);
  }
  // How many different ones, as far as 64 bits tell ("linear counting": K. Whang and others, "A linear-time
  // probabilistic counting algorithm", 1990). Above 100 it is only "many".
  [[nodiscard]] std::size_t count() const;
};

struct PageVisit {
  std::uint32_t url = 0;  // hash of the target as it was sent; 0: none
  std::uint32_t first_value = 0;
  std::uint32_t last_value = 0;
  std::int64_t second = 0;
  NodeRef page;
  FollowerBits pages;
  FollowerBits images;
};

class RecentVisits {
 public:
  explicit RecentVisits(std::size_t sources) : sources_(sources) {}

  // The page of this source that a request follows: the one whose URL it names as its referer; where the log
  // has no referers, the last one within a minute. Null if there is none. A page that is named stays longer
  // than the others, so the whole of a list is counted. The pointer holds until the next call.
  [[nodiscard]] PageVisit* find(std::uint64_t source, std::uint32_t referer, bool log_has_referers,
                                std::int64_t second);
  // A page that the source asked for. Calls forget(visit) for each one that makes room.
  template <class Forget>
  void add(std::uint64_t source, const PageVisit& visit, Forget&& forget) {
    Source& slot = sources_[source % sources_.size()];
    if (slot.source != source) {
      for (const PageVisit& old : slot.pages) {
        if (old.url != 0) forget(old);
      }
      slot = Source();
      slot.source = source;
    }
    if (slot.pages.back().url != 0) forget(slot.pages.back());
    std::move_backward(slot.pages.begin(), slot.pages.end() - 1, slot.pages.end());
    slot.pages.front() = visit;
  }
  // Calls forget(visit) for each that is left.
  template <class Forget>
  void for_each(Forget&& forget) const {
    for (const Source& slot : sources_) {
      for (const PageVisit& old : slot.pages) {
        if (old.url != 0) forget(old);
      }
    }
  }
  [[nodiscard]] std::size_t memory_bytes() const { return sources_.capacity() * sizeof(Source); }

 private:
  static constexpr std::size_t kPages = 4;
  struct Source {
    std::uint64_t source = 0;
    std::array<PageVisit, kPages> pages;  // what was used last comes first
  };
  std::vector<Source> sources_;  // by hash
};

}  // namespace sluice::detection
