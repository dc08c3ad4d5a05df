// SPDX-License-Identifier: Apache-2.0
// When the source of a list is asked again. Used by app/. Pure: `random` is from 0 to 1.
#pragma once

#include "daemon/base/time.h"

namespace sluice::lists {

// After a success: `every`, up to a tenth more, so that the hosts that were started together do not ask
// together.
[[nodiscard]] Seconds pause_after_success(Seconds every, double random);

// After so many failures on end, 1 and more: a minute, or `every` where that is less, doubled with each, at
// most six hours or `every`, whichever is less (but a minute); between half of that and all of it. At least
// `retry_after`, what the server asked for, which counts up to a day.
[[nodiscard]] Seconds pause_after_failure(unsigned failures, Seconds every, Seconds retry_after,
                                          double random);

}  // namespace sluice::lists
