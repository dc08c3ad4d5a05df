// SPDX-License-Identifier: Apache-2.0
// Where the site of this host shows people, as far as its logs tell: what `sluiced routes` finds in them.
// Used by setup. It is evidence for an operator to read, no fact; nothing is changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>

#include "daemon/base/error.h"

namespace sluice::ctl {

// As `sluiced routes --json` has them.
struct FoundRoute {
  std::string pattern;
  std::string role;
  std::string guessed;  // "by counting"; empty for a list
  double values = 0;    // different ones, about
  double visitors = 0;  // the share of them that asked for one, 0 to 1
  bool looks_like_people = false;
};
BOOST_DESCRIBE_STRUCT(FoundRoute, (), (pattern, role, guessed, values, visitors, looks_like_people))

struct FoundSoftware {
  std::string name;    // of a ready-made site
  bool clear = false;  // else little speaks for it
  bool in_force = false;
  double share = 0;  // of the served requests, 0 to 1
  std::vector<std::string> markers;
};
BOOST_DESCRIBE_STRUCT(FoundSoftware, (), (name, clear, in_force, share, markers))

struct SiteRoutes {
  std::uint64_t requests = 0;
  std::uint64_t noted = 0;              // pages and images that the site served
  std::vector<FoundRoute> routes;       // those that look like people first
  std::string toml;                     // for the configuration, with the evidence as comments
  std::vector<FoundSoftware> software;  // common software whose URLs the site serves, the clear ones first
};
BOOST_DESCRIBE_STRUCT(SiteRoutes, (), (requests, noted, routes, toml, software))

// What was read, and what came of it.
struct LookAtSite {
  std::vector<std::string> files;
  SiteRoutes found;
  std::string failure;  // why nothing was found out; empty: something was, or there is no file
};

// As much of each log is read, from its end.
inline constexpr unsigned kNewestMib = 32;

// Reads the logs with these paths, and of each file the one before it (PATH.1), in the formats that the
// configuration names; at most 16 files. A path may be a pattern of files or "journal:UNIT".
[[nodiscard]] LookAtSite look_at_site(const std::string& config, const std::vector<std::string>& logs);

// The object that `sluiced routes --json` prints.
[[nodiscard]] Result<SiteRoutes> read_site_routes(std::string_view json);

}  // namespace sluice::ctl
