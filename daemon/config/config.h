// SPDX-License-Identifier: Apache-2.0
// Everything that the configuration file says, as validated plain values: the options of the layers below,
// side by side. load.h makes one; app/ builds the daemon from it. A default-constructed Config is
// config/sluice.toml.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/time.h"
#include "daemon/config/preset.h"
#include "daemon/decisions/decision.h"
#include "daemon/decisions/policy.h"
#include "daemon/detection/detector.h"
#include "daemon/intake/log_options.h"
#include "daemon/intake/proxies.h"
#include "daemon/kernel/attach/filter_options.h"
#include "daemon/lists/options.h"

namespace sluice::config {

struct ControlOptions {
  std::string socket = "/run/sluice/control.sock";
  // Whose members may use the socket, beside root, and as what: control/peer.h. Empty: nobody.
  std::string group = "sluice";  // policy owners
  std::string operators;
  std::string viewers;
  Seconds default_for = Seconds(4 * 3600);
  Seconds max_for = Seconds(365 * 86400);  // at least default_for
  // What an operator who owns no policy may decide about: prefix lengths, and all together as so many
  // networks of that width.
  unsigned widest_ipv4 = 16;
  unsigned widest_ipv6 = 32;
  unsigned widest_together = 256;
};

struct StoreOptions {
  std::string path = "/var/lib/sluice/state.db";
};

// How long stored data is kept. For block histories that is policy.memory.
struct RetentionOptions {
  Seconds accounts = Seconds(365 * 86400);   // that are not used
  Seconds reach = Seconds(28 * 86400);       // what sources read in a week: one to four weeks
  Seconds audit = Seconds(2 * 365 * 86400);  // rows of the audit log
  Seconds history = Seconds(30 * 86400);     // decisions that ended; zero: none
};

// Metrics for programs on this host, over HTTP.
struct MetricsOptions {
  std::string listen;  // as gate::parse_listen_address takes it; empty: nowhere
};

// Files that the detector reads.
struct KnowledgeOptions {
  std::vector<std::string> agent_lists;    // user agents of robots, libraries, scanners
  std::vector<std::string> crawler_lists;  // crawlers whose addresses can be verified
  std::string robots_path;                 // the site's robots.txt; empty: none
  std::string asn_database;                // of autonomous systems, in MaxMind's format; empty: none

  bool operator==(const KnowledgeOptions&) const = default;
};

// The web site, beside what detection is told of it.
struct SiteOptions {
  std::vector<std::string> software;  // names of ready-made sites: files of `folder`
  std::string folder = "/usr/share/sluice/sites";
};

struct Config {
  decisions::Mode mode = decisions::Mode::observe;
  Preset preset = Preset::careful;
  std::vector<std::string> includes;  // as written: relative ones to the folder of the file
  kernel::FilterOptions filter;  // its ipv6_source_length is the detector's; its group is app's to look up
  std::vector<Prefix> management;
  std::vector<lists::ListOptions> lists;
  std::vector<intake::LogOptions> logs = {{.path = "/var/log/nginx/access.log"}};
  intake::ProxyOptions proxies;
  detection::DetectorOptions detector;
  SiteOptions site;
  KnowledgeOptions knowledge;
  decisions::PolicyOptions policy;
  ControlOptions control;
  StoreOptions store;
  RetentionOptions retention;
  MetricsOptions metrics;
  std::string log_level = "info";  // as set_up_log takes it
};

}  // namespace sluice::config
