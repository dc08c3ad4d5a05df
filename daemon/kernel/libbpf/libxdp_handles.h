// SPDX-License-Identifier: Apache-2.0
// Owners of what libxdp returns. Used by attach/. libxdp may return an error in the form of a pointer: ask
// libxdp_get_error() first.
#pragma once

#include <memory>

#include <xdp/libxdp.h>

namespace sluice::kernel {

struct LibxdpClose {
  void operator()(xdp_program* program) const {
    if (libxdp_get_error(program) == 0) xdp_program__close(program);
  }
};

using LibxdpProgram = std::unique_ptr<xdp_program, LibxdpClose>;

}  // namespace sluice::kernel
