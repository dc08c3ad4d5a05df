// SPDX-License-Identifier: Apache-2.0
// Counts the requests of blocked sources that the web server still answers. Their packets come another way
// than the one that is filtered. This file does not know the way: the caller finds it out. Used by Pipeline.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "daemon/base/address.h"
#include "daemon/base/bounded_map.h"
#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"

namespace sluice::decisions {

class StillServed {
 public:
  struct Source {
    WallTime since;              // when its block began
    Address client;              // of the last request
    std::uint64_t requests = 0;  // that were answered though it was blocked
    WallTime first;
    WallTime last;
    bool forwarded = false;  // the last one came through a trusted proxy

    // More than the late lines of requests that were under way when the block began.
    [[nodiscard]] bool is_certain() const {
      return requests >= kFewest && last - first >= std::chrono::seconds(5);
    }
  };

  // What is looked at of a request.
  struct Answered {
    Address client;
    WallTime time;
    std::uint16_t status = 0;
    bool forwarded = false;  // through a trusted proxy
  };
  // A request of a source that `block`, which is in effect, covers. One that the web server refused, or that
  // was served within half a minute after the block began, is not counted.
  void note(const Decision& block, const Answered& request);

  // What is known of the source of this block; null where nothing is certain.
  [[nodiscard]] const Source* find(const Decision& block) const;
  // Calls visit(source) for each that was served lately, the latest last.
  template <class Visit>
  void for_each(Visit&& visit) const {
    sources_.for_each([&](const Prefix& source, const Source&) { visit(source); });
  }

 private:
  static constexpr std::uint64_t kFewest = 3;
  static constexpr std::size_t kMaxSources = 10'000;  // then the one served longest ago is forgotten

  BoundedMap<Prefix, Source> sources_{kMaxSources};
};

}  // namespace sluice::decisions
