// SPDX-License-Identifier: Apache-2.0
// What a heuristic is shown of one source, as it stands at one moment.
#pragma once

#include <optional>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/detection/accounts/account_tracker.h"
#include "daemon/detection/clients/known_agent.h"
#include "daemon/detection/clients/site_profile.h"
#include "daemon/detection/groups/group_tracker.h"
#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/history/block_history.h"
#include "daemon/detection/history/reach_history.h"
#include "daemon/detection/log_second.h"
#include "daemon/detection/site/routes.h"
#include "daemon/detection/sources/source_record.h"

namespace sluice::detection {

struct SourceView {
  const Prefix& source;
  const SourceRecord& record;
  const SourceProfile& profile;
  const std::vector<RouteOptions>& routes;
  const SiteProfile& site;
  const GroupTracker& groups;
  LogSecond now = 0;
  const KnownAgent* agent = nullptr;  // the last user agent; null: the log has none, or it is no longer known
  AccountView accounts = {};          // the account and the credential that it acts with
  ReachHistory::Reach reach = {};     // over the last weeks
  BlockHistory earlier = {};          // earlier blocks
  // The order that judge_order() found; none where there is none, or where enumeration is switched off.
  std::optional<Judgement> order = {};
  bool one_order = false;  // so long an order that nobody else's pages lie between; see judge_order()
};

}  // namespace sluice::detection
