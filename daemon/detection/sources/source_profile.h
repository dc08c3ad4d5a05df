// SPDX-License-Identifier: Apache-2.0
// How one source behaves, as the heuristics read it: bounded, updated in constant time a request. Kept by
// SourceRecord; filled by features.cpp, the detector and its watches. Late lines count in the bucket they belong
// to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "daemon/detection/sources/client_count.h"
#include "daemon/detection/sources/decayed.h"
#include "daemon/detection/sources/identifier_trail.h"
#include "daemon/detection/sources/list_walk.h"
#include "daemon/detection/log_second.h"
#include "daemon/detection/sources/minute_count.h"
#include "daemon/detection/sources/name_order.h"
#include "daemon/detection/observation.h"
#include "daemon/detection/sources/pace.h"
#include "daemon/detection/sources/path_set.h"
#include "daemon/detection/sources/subject_set.h"

namespace sluice::detection {

// How a client asks, as far as the log tells. Counts of requests.
struct RequestStyle {
  LogFields told;                   // what any of the logs that it stands in writes
  std::uint32_t pages = 0;          // that the following are counted of
  std::uint32_t assets = 0;         // what a page pulls in
  std::uint32_t icons = 0;          // of those, the site's own icon: browsers ask for it unbidden
  std::uint32_t referred = 0;       // pages with a referer
  std::uint32_t revalidated = 0;    // pages answered 304: the client keeps copies
  std::uint32_t compressed = 0;     // pages whose request took compressed answers
  std::uint32_t with_language = 0;  // pages whose request named a language
  std::uint32_t http2 = 0;          // pages over HTTP/2 or 3
  std::uint32_t http1_0 = 0;        // pages over HTTP/1.0 or older
};

// What became of the site's wishes to robots.
struct RobotsTrace {
  LogSecond read_at = 0;  // robots.txt, last; 0: never
  std::uint32_t reads = 0;
  std::uint64_t reader = 0;      // the user agent that read it last, as SourceProfile::agent
  float crawl_delay = 0;         // seconds that it asks the reader to leave between pages; 0: nothing asked
  std::uint32_t disobeyed = 0;   // pages that it disallows this client, who had read it
  std::uint32_t trespassed = 0;  // likewise, who had not
  LogSecond disobeyed_at = 0;    // last of either
  std::string disobeyed_path;    // last, cut
};

struct DecoyTrace {
  std::uint32_t requests = 0;
  LogSecond last = 0;
  std::string path;  // the last one, cut
};

// What it asked for in vain, within about a day: a later one begins anew.
struct ProbingTrace {
  LogSecond since = 0;
  LogSecond last = 0;
  std::uint32_t pages_before = 0;   // SourceRecord::pages at `since`
  std::uint32_t missing_pages = 0;  // answered 403, 404 or 410
  PathSet missing;                  // the different ones
  std::uint32_t probes = 0;         // requests for what only somebody who looks for weaknesses asks for
  std::string missing_path;         // last, cut
  std::string probe_path;           // last, cut
};

// From the kernel, since the source was first seen there.
struct Connections {
  std::uint32_t attempts = 0;  // TCP connections
  std::uint32_t hellos = 0;    // TLS
};

// What TLS says of the client. Several clients behind one address are `mixed`, and then nothing is said.
struct TlsTrace {
  std::string fingerprint;  // JA4 of the last whole hello
  bool several_clients = false;
  bool contradicts = false;        // the hello is not that of the browser that the user agent claims
  std::uint32_t pages_before = 0;  // RequestStyle::pages when it first did
  std::string text;                // why
};

// Whether a crawler is who it says.
struct CrawlerTrace {
  enum class State : std::uint8_t { unknown, pending, verified, contradicted };
  State state = State::unknown;
  std::uint64_t agent = 0;   // of the user agent that was checked
  std::uint32_t pages = 0;   // asked for under this name, and others that were refuted
  LogSecond checked_at = 0;  // when the state was found
  LogSecond check_at = 0;    // when to look again
  std::string name;          // "googlebot"
  std::string text;          // what was compared
};

// Which account (or credential) most pages of a source are asked for with, lately.
struct AccountShare {
  std::uint64_t account = 0;  // AccountNumber; 0: none was told
  float share = 0;            // of the pages
  std::uint32_t pages = 0;    // that the share is of
};

// What most sources never do or have.
struct RareTraits {
  AccountShare account;
  AccountShare credential;
  std::uint32_t system = 0;  // autonomous, where it is known; looked up when the source may be one of a group
  std::unique_ptr<ListWalks> lists;
  std::unique_ptr<ProbingTrace> probing;
  std::unique_ptr<DecoyTrace> decoy;
  std::unique_ptr<RobotsTrace> robots;
  std::unique_ptr<CrawlerTrace> crawler;
};

// How a source that asks for pages behaves. A million sources have as many of it: order and types of the
// members leave no gaps, and it fills a heap block.
struct SourceProfile {
  static constexpr std::size_t kMaxPath = 200;  // bytes kept of a path
  static constexpr LogSecond kHour = 3600;
  static constexpr std::uint64_t kMaxPageBytes = 1'000'000;  // a film or an archive is no page

  MinuteCount pages_by_minute;
  SubjectSet subjects;
  TrailSet trails;                   // subjects with a number
  std::unique_ptr<NameOrder> names;  // subjects without one; null: none yet
  ClientCount clients;               // clients that share the source
  std::uint64_t agent = 0;           // hash of the last user agent; 0: none told
  std::unique_ptr<TlsTrace> tls;
  std::unique_ptr<RareTraits> rare;
  Pace pace;
  std::uint32_t agents = 0;         // how often `agent` changed
  std::uint32_t subject_pages = 0;  // pages about a subject, whether there is one or not
  RequestStyle style;
  Connections connections;
  // Pages that showed a subject, and their bodies of up to kMaxPageBytes each, halved every kHour.
  static constexpr std::size_t kPages = 0;
  static constexpr std::size_t kBytes = 1;
  Decayed<2> harvest_by_hour;

  [[nodiscard]] RareTraits& with_rare_traits() {
    if (!rare) rare = std::make_unique<RareTraits>();
    return *rare;
  }
  // Null: it never did.
  [[nodiscard]] const ListWalks* lists() const { return rare ? rare->lists.get() : nullptr; }
  [[nodiscard]] const ProbingTrace* probing() const { return rare ? rare->probing.get() : nullptr; }
  [[nodiscard]] const DecoyTrace* decoy() const { return rare ? rare->decoy.get() : nullptr; }
  [[nodiscard]] const RobotsTrace* robots() const { return rare ? rare->robots.get() : nullptr; }
  [[nodiscard]] const CrawlerTrace* crawler() const { return rare ? rare->crawler.get() : nullptr; }
  [[nodiscard]] std::uint32_t system() const { return rare ? rare->system : 0; }
};
// With the eight bytes that malloc adds it fills a block of 256.
static_assert(sizeof(SourceProfile) == 248);

// Whether several clients stand behind the source, as far as user agents tell: what they do together has no
// rhythm and no order of its own. A phone and a computer that take turns are one person.
[[nodiscard]] inline bool is_shared(const SourceProfile& profile) {
  return profile.agents > 3;
}

}  // namespace sluice::detection
