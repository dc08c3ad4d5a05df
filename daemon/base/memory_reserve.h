// SPDX-License-Identifier: Apache-2.0
// Memory that the process holds for the moment when there is no more: an allocation that fails takes of it
// and goes on. Whoever owns it sees that it was needed, and makes room before the next failure. Used by
// app/health/memory_guard.h. Frees nothing but itself.
#pragma once

#include <cstddef>

namespace sluice {

// One in the process at a time.
class MemoryReserve {
 public:
  static constexpr std::size_t kBytes = std::size_t{4} * 1024 * 1024;

  // Holds kBytes, or what it gets of it. From here on an allocation by `new` that fails takes a piece of the
  // reserve and is tried again; without a reserve it throws std::bad_alloc as ever.
  MemoryReserve();
  MemoryReserve(const MemoryReserve&) = delete;
  MemoryReserve& operator=(const MemoryReserve&) = delete;
  ~MemoryReserve();

  // Whether an allocation failed since the last refill().
  [[nodiscard]] bool was_needed() const;
  // Takes back what there is memory for.
  void refill();
};

}  // namespace sluice
