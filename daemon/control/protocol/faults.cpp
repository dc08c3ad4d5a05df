// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/protocol/faults.h"

#include <fmt/format.h>

namespace sluice::control {
namespace {

constexpr std::size_t kMaxFaultsNamed = 20;  // of one message; a line of a thousand faults helps nobody

}  // namespace

void Faults::add(std::string_view place, std::string_view what) {
  if (++count_ <= kMaxFaultsNamed) text_ += fmt::format("{}{}: {}", text_.empty() ? "" : "; ", place, what);
}

std::optional<Error> Faults::error() const {
  if (count_ == 0) return std::nullopt;
  if (count_ <= kMaxFaultsNamed) return Error(text_);
  return Error(fmt::format("{}; and {} more", text_, count_ - kMaxFaultsNamed));
}

}  // namespace sluice::control
