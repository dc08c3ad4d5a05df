// SPDX-License-Identifier: Apache-2.0
// How many people share an address, for the heuristics that must not hold an office to one person's limits.
// It excuses and does not accuse: where loading.h says "hardly" from a tenth of what browsers load downwards,
// here half of it is asked for, and what is not known speaks for one client.
#pragma once

#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

// How many clients stand behind the source, 1 where it does not load what a page pulls in as the browsers of
// this site do: who turns user agents over to look like many does not go to the trouble. A client opens four
// pages at least. A phone and a computer that take turns are one.
[[nodiscard]] double clients_behind(const SourceView& view);

}  // namespace sluice::detection
