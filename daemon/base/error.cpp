// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/error.h"

#include <system_error>

#include <fmt/format.h>

namespace sluice {

Error Error::system(std::string_view what, int errno_value) {
  Error error(fmt::format("{}: {}", what, std::generic_category().message(errno_value)));
  error.code_ = errno_value;
  return error;
}

Error Error::with_code(int errno_value) const {
  Error error(message_);
  error.code_ = errno_value;
  return error;
}

Error Error::in(std::string_view context) const {
  Error error(fmt::format("{}: {}", context, message_));
  error.code_ = code_;
  return error;
}

}  // namespace sluice
