// SPDX-License-Identifier: Apache-2.0
// How many people share an address, for the heuristics that must not hold an office to one person's limits.
// It only raises limits, so it is strict: loading.h says "hardly" below a tenth of what browsers load, while
// a client counts here only if it loads half of that. Where nothing is known it says one client.
#pragma once

#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

// How many clients share the source. 1 if it does not load assets as the browsers of this site do: a scraper
// that rotates user agents to look like many clients seldom loads them. A client opens at least four pages. A
// phone and a computer that take turns are one.
[[nodiscard]] double clients_behind(const SourceView& view);

}  // namespace sluice::detection
