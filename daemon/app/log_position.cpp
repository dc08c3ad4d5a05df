// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/log_position.h"

#include <sstream>

#include <fmt/format.h>

namespace sluice::app {

std::string to_text(const intake::Position& position) {
  return fmt::format("{} {} {} {} {}", position.device, position.inode, position.offset, position.head_bytes,
                     position.head_hash);
}

std::optional<intake::Position> position_from(const std::string& text) {
  intake::Position position;
  std::istringstream in(text);
  in >> position.device >> position.inode >> position.offset >> position.head_bytes >> position.head_hash;
  if (!in || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return position;
}

}  // namespace sluice::app
