// SPDX-License-Identifier: Apache-2.0
// What the kernel refuses ends a measurement. Used by everything in tests/bench.
#pragma once

#include <system_error>

namespace sluice::bench {

// Passes libbpf's result on; a negative one, an error code, is thrown as std::system_error.
inline int check(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
  return result;
}

}  // namespace sluice::bench
