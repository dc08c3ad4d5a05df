// SPDX-License-Identifier: Apache-2.0
// A BPF map mapped into this process for as long as this lives. Used by filter.h.
#pragma once

#include <cstddef>
#include <span>
#include <system_error>
#include <utility>

#include <sys/mman.h>

namespace sluice::test {

class Mapping {
 public:
  Mapping() = default;
  Mapping(int fd, std::size_t bytes) : bytes_(bytes) {
    memory_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mapping a map");
  }
  Mapping(Mapping&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Mapping() {
    if (memory_ != nullptr) munmap(memory_, bytes_);
  }

  template <class Value>
  [[nodiscard]] std::span<Value> values() const {
    return {static_cast<Value*>(memory_), bytes_ / sizeof(Value)};
  }

 private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace sluice::test
