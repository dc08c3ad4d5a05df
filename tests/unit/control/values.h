// SPDX-License-Identifier: Apache-2.0
// Short ways to write the protocol's values in tests. What cannot be read ends the test.
#pragma once

#include <string_view>

#include "daemon/control/protocol.h"

namespace sluice::control {

inline Prefix prefix(std::string_view text) {
  return Prefix::parse(text).value();
}
inline Address address(std::string_view text) {
  return Address::parse(text).value();
}
inline WrittenPrefix written(std::string_view text) {
  return WrittenPrefix::parse(text).value();
}
inline Actor actor(std::string_view text) {
  return Actor::parse(text).value();
}

inline Actor detector() {
  return {ActorKind::detector, {}};
}

}  // namespace sluice::control
