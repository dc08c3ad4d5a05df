// SPDX-License-Identifier: Apache-2.0
// What is wrong with a message, all of it, each with the place where it stands. Filled by the reader of JSON
// and by the checks of the commands.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/error.h"

namespace sluice::control {

class Faults {
 public:
  // "addresses[1]: is not an address"
  void add(std::string_view place, std::string_view what);

  // All of them in one line, the first twenty by name; nothing where there is none.
  [[nodiscard]] std::optional<Error> error() const;

 private:
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace sluice::control
