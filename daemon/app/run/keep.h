// SPDX-License-Identifier: Apache-2.0
// A step of the start that can fail, in one line: `if (auto done = keep(where, T::create(...)); !done)`. Used
// by daemon.cpp alone.
#pragma once

#include <memory>
#include <utility>

#include "daemon/base/error.h"

namespace sluice::app {

// Keeps what was made, or hands on the error of who could not make it.
template <class T>
[[nodiscard]] Result<void> keep(std::unique_ptr<T>& where, Result<std::unique_ptr<T>> made) {
  if (!made) return made.error();
  where = *std::move(made);
  return {};
}

}  // namespace sluice::app
