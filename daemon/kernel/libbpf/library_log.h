// SPDX-License-Identifier: Apache-2.0
// Keeps what libbpf and libxdp print while they work (the verifier's log too), for the error that may follow.
// Without it they would print to standard error. Used by the rest of kernel/ around calls of these libraries.
#pragma once

#include <string>
#include <string_view>

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "daemon/base/error.h"

namespace sluice::kernel {

// Collects from its construction to its destruction, on this thread. Only one at a time.
class LibraryLog {
 public:
  LibraryLog();
  LibraryLog(const LibraryLog&) = delete;
  LibraryLog& operator=(const LibraryLog&) = delete;
  ~LibraryLog();

  // "what: No such device; the library's last lines". `code` is an errno value of either sign.
  [[nodiscard]] Error error(std::string_view what, int code) const;
  // The last lines, joined by "; ".
  [[nodiscard]] std::string last_lines() const;

  void append(std::string_view text);  // for the libraries' callbacks

 private:
  std::string text_;
  libbpf_print_fn_t libbpf_before_;
  libxdp_print_fn_t libxdp_before_;
};

}  // namespace sluice::kernel
