// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/memory_reserve.h"

#include <array>
#include <atomic>
#include <new>

#include <sys/mman.h>

namespace sluice {
namespace {

// Mapped, not allocated: what is given back is there for allocations of any size.
constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;
constexpr std::size_t kPieces = MemoryReserve::kBytes / kPieceBytes;

// operator new calls a function without arguments.
std::array<std::atomic<void*>, kPieces> reserve_pieces{};
std::atomic<bool> reserve_needed{false};

void take_of_reserve() {
  reserve_needed = true;
  for (std::atomic<void*>& piece : reserve_pieces) {
    void* const held = piece.exchange(nullptr);
    if (held == nullptr) continue;
    ::munmap(held, kPieceBytes);
    return;
  }
  throw std::bad_alloc();
}

}  // namespace

MemoryReserve::MemoryReserve() {
  refill();
  std::set_new_handler(&take_of_reserve);
}

MemoryReserve::~MemoryReserve() {
  std::set_new_handler(nullptr);
  for (std::atomic<void*>& piece : reserve_pieces) {
    if (void* const held = piece.exchange(nullptr)) ::munmap(held, kPieceBytes);
  }
}

bool MemoryReserve::was_needed() const {
  return reserve_needed;
}

void MemoryReserve::refill() {
  reserve_needed = false;
  for (std::atomic<void*>& piece : reserve_pieces) {
    if (piece.load() != nullptr) continue;
    void* const mapped =
        ::mmap(nullptr, kPieceBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return;
    piece = mapped;
  }
}

}  // namespace sluice
