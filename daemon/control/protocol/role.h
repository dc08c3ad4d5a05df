// SPDX-License-Identifier: Apache-2.0
// What a peer of the control socket may do. Each command names the least role that may ask for it; peer.h
// says which role a peer has.
#pragma once

#include <cstdint>

#include "daemon/control/protocol/words.h"

namespace sluice::control {

// From the least; each may what those before it may.
enum class Role : std::uint8_t {
  none,          // nothing
  viewer,        // look: status, list, explain, lists, watch, audit
  operator_,     // decide for a time: block, throttle, allow with an end, unblock, import
  policy_owner,  // what lasts or reveals: an allow without end, reload, captured frames
};
constexpr Words<4> words(Role /*type*/) {
  return {"nobody", "viewer", "operator", "policy owner"};
}

}  // namespace sluice::control
