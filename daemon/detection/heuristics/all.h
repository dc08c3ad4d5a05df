// SPDX-License-Identifier: Apache-2.0
// THE list of heuristics. Options, configuration keys, evaluation, scales and what `sluiced learn` fits come
// from it; a heuristic is added by its pair of files, its line here and its line in CMakeLists.txt.
#pragma once

#include "daemon/detection/heuristics/breadth.h"
#include "daemon/detection/heuristics/client_habits.h"
#include "daemon/detection/heuristics/connections.h"
#include "daemon/detection/heuristics/coverage.h"
#include "daemon/detection/heuristics/crawler.h"
#include "daemon/detection/heuristics/decoy.h"
#include "daemon/detection/heuristics/enumeration.h"
#include "daemon/detection/heuristics/group.h"
#include "daemon/detection/heuristics/heuristic_list.h"
#include "daemon/detection/heuristics/new_account.h"
#include "daemon/detection/heuristics/page_rate.h"
#include "daemon/detection/heuristics/probing.h"
#include "daemon/detection/heuristics/returning.h"
#include "daemon/detection/heuristics/robots.h"
#include "daemon/detection/heuristics/rotation.h"
#include "daemon/detection/heuristics/shared_account.h"
#include "daemon/detection/heuristics/timing.h"
#include "daemon/detection/heuristics/tls_claim.h"
#include "daemon/detection/heuristics/user_agent.h"
#include "daemon/detection/heuristics/volume.h"

namespace sluice::detection {

// In the order of the signals in a finding.
using Heuristics = HeuristicList<  //
    Breadth, Enumeration, Decoy, Probing, Robots, Timing, Volume, Coverage, Connections, PageRate, UserAgent,
    ClientHabits, Crawler, TlsClaim, Group, Rotation, NewAccount, SharedAccount, Returning>;

using HeuristicOptions = Heuristics::Options;

}  // namespace sluice::detection
