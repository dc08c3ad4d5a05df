// SPDX-License-Identifier: Apache-2.0
// Whether a page seems to have asked for something by itself: with a script, a heartbeat, a picture. People
// did not decide on such a request, so it has no place in their rhythm and order. Used by the detector, which
// believes it only for so many requests at a time: a scraper can claim it too.
#pragma once

#include <cstdint>

#include "daemon/detection/observation.h"
#include "daemon/detection/site/routes.h"

namespace sluice::detection {

enum class Initiator : std::uint8_t {
  visitor,
  page,        // what the request says of itself
  maybe_page,  // the log does not say; true if the source has asked for a page before
  no_reading,  // the method sends something or asks what may be sent: no page, whoever asked
};

[[nodiscard]] Initiator initiator_of(const Request& request, const RouteMatch& match);

}  // namespace sluice::detection
