// SPDX-License-Identifier: Apache-2.0
// The profile of one source: how it behaves, as the heuristics read it. Bounded, and updated in constant time
// a request. Kept by SourceRecord; filled by source_record.cpp, the detector and its trackers. A late line
// counts in the bucket that it belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "daemon/detection/log_second.h"
#include "daemon/detection/observation.h"
#include "daemon/detection/sources/client_count.h"
#include "daemon/detection/sources/decayed.h"
#include "daemon/detection/sources/identifier_trail.h"
#include "daemon/detection/sources/list_walk.h"
#include "daemon/detection/sources/minute_count.h"
#include "daemon/detection/sources/name_order.h"
#include "daemon/detection/sources/pace.h"
#include "daemon/detection/sources/path_set.h"
#include "daemon/detection/sources/subject_set.h"

namespace sluice::detection {

// How a client asks for pages, as far as the log shows it. Counts of requests.
struct RequestStyle {
  LogFields logged;                 // fields that any of the logs with the source writes
  std::uint32_t pages = 0;          // all pages; the following counts are parts of it
  std::uint32_t assets = 0;         // what a page pulls in
  std::uint32_t icons = 0;          // of those, the icon of the site: browsers ask for it by themselves
  std::uint32_t referred = 0;       // pages with a referer
  std::uint32_t revalidated = 0;    // pages answered 304: the client keeps copies
  std::uint32_t compressed = 0;     // pages whose request took compressed answers
  std::uint32_t with_language = 0;  // pages whose request named a language
  std::uint32_t http2 = 0;          // pages over HTTP/2 or 3
  std::uint32_t http1_0 = 0;        // pages over HTTP/1.0 or older
};

// What the source did about robots.txt.
struct RobotsTrace {
  LogSecond read_at = 0;  // when it last read robots.txt; 0: never
  std::uint32_t reads = 0;
  std::uint64_t reader = 0;      // the user agent that read it last, as SourceProfile::agent
  float crawl_delay = 0;         // seconds that robots.txt asks the reader to wait between pages; 0: none
  std::uint32_t disobeyed = 0;   // disallowed pages asked for after the client had read it
  std::uint32_t trespassed = 0;  // disallowed pages asked for before that
  LogSecond disobeyed_at = 0;    // the last of both
  std::string disobeyed_path;    // last, cut
};

struct DecoyTrace {
  std::uint32_t requests = 0;
  std::uint32_t own = 0;        // of them, that a page of the site led to
  std::uint32_t elsewhere = 0;  // that a page elsewhere led to
  LogSecond last = 0;
  std::string path;  // the last one, cut
};

// Requests for pages that do not exist or are refused. Starts again a day after `since`.
struct ProbingTrace {
  LogSecond since = 0;
  LogSecond last = 0;
  std::uint32_t pages_before = 0;   // SourceRecord::pages at `since`
  std::uint32_t missing_pages = 0;  // answered 403, 404 or 410
  PathSet missing;                  // the different ones
  std::uint32_t probes = 0;         // requests for paths that only scanners ask for
  std::string missing_path;         // last, cut
  std::string probe_path;           // last, cut
};

// What the kernel counted of the source since its first page in a log.
struct KernelCounts {
  std::uint32_t attempts = 0;  // TCP connections
};

// The kernel's reports of a source that sends more than one reader does. Kept only for such sources: the
// kernel reports every source, and a million of these would take too much memory.
struct KernelTrace {
  // A report with at least this much is busy. It covers a second by default: a browser opens up to six
  // connections to a site, and acknowledges 1.5 MB with 500 packets.
  static constexpr std::uint64_t kBusyPackets = 500;
  static constexpr std::uint64_t kBusyAttempts = 12;

  LogSecond first = 0;  // the first busy report
  LogSecond last = 0;   // the last report, busy or not
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // of whole frames
  std::uint64_t attempts = 0;
  std::uint32_t busy_reports = 0;
};

// What TLS says about the client. Where several clients share the address it says nothing.
struct TlsTrace {
  std::string fingerprint;  // JA4 of the last whole hello
  bool several_clients = false;
  bool contradicts = false;        // the hello is not that of the browser that the user agent claims
  std::uint32_t pages_before = 0;  // RequestStyle::pages when `contradicts` was first true
  std::string text;                // why
};

// Whether a client that calls itself a crawler is that crawler.
struct CrawlerTrace {
  enum class State : std::uint8_t { unknown, pending, verified, contradicted };
  State state = State::unknown;
  std::uint64_t agent = 0;   // of the user agent that was checked
  std::uint32_t pages = 0;   // asked for under this name, or under another that was refuted
  LogSecond checked_at = 0;  // when the state was found
  LogSecond check_at = 0;    // when to look again
  std::string name;          // "googlebot"
  std::string text;          // what was compared
};

// The account (or the credential) that most of the latest pages of a source came with.
struct AccountShare {
  std::uint64_t account = 0;  // AccountNumber; 0: the log had none
  float share = 0;            // of the pages
  std::uint32_t pages = 0;    // the pages that the share is counted over
};

// What only few sources do or have. Allocated when it is first needed.
struct RareTraits {
  AccountShare account;
  AccountShare credential;
  std::uint32_t system = 0;  // autonomous system; 0: not known, or not looked up yet
  std::unique_ptr<ListWalks> lists;
  std::unique_ptr<ProbingTrace> probing;
  std::unique_ptr<DecoyTrace> decoy;
  std::unique_ptr<RobotsTrace> robots;
  std::unique_ptr<CrawlerTrace> crawler;
  std::unique_ptr<KernelTrace> kernel;
};

// How many requests of a source are taken for those of its pages. A page may load a list of a hundred by
// itself; a scraper that claims as much for each of its requests is counted from then on.
class BackgroundBudget {
 public:
  static constexpr LogSecond kSeconds = 300;
  static constexpr unsigned kMost = 250;  // in kSeconds

  // Whether one more is believed.
  [[nodiscard]] bool take(LogSecond second) {
    const auto period = static_cast<std::uint8_t>(second / kSeconds);
    if (period != period_) {
      period_ = period;
      taken_ = 0;
    }
    if (taken_ >= kMost) return false;
    ++taken_;
    return true;
  }

 private:
  std::uint8_t period_ = 0;
  std::uint8_t taken_ = 0;
};

// The profile of a source that asks for pages. There may be a million of them, so the order and the types of
// the members leave no gaps, and the struct fills a heap block.
struct SourceProfile {
  static constexpr std::size_t kMaxPath = 200;               // bytes of a path that are kept
  static constexpr std::uint64_t kMaxPageBytes = 1'000'000;  // a film or an archive is not a page

  MinuteCount pages_by_minute;
  SubjectSet subjects;
  TrailSet trails;                   // subjects with a number
  std::unique_ptr<NameOrder> names;  // subjects without one; null: none yet
  ClientCount clients;               // clients that share the source
  std::uint64_t agent = 0;           // hash of the last user agent; 0: the log has none
  std::unique_ptr<TlsTrace> tls;
  std::unique_ptr<RareTraits> rare;
  Pace pace;
  std::uint16_t agents = 0;         // how often `agent` changed, up to 65,535
  BackgroundBudget background;      // requests that pages made by themselves
  std::uint32_t subject_pages = 0;  // pages about a subject, also those that do not exist
  RequestStyle style;
  KernelCounts kernel_counts;
  // Pages that showed a subject, and their bodies of up to kMaxPageBytes each, halved every kHour.
  static constexpr std::size_t kPages = 0;
  static constexpr std::size_t kBytes = 1;
  Decayed<2> harvest_by_hour;

  [[nodiscard]] RareTraits& with_rare_traits() {
    if (!rare) rare = std::make_unique<RareTraits>();
    return *rare;
  }
  // Null: the source never did this.
  [[nodiscard]] const ListWalks* lists() const { return rare ? rare->lists.get() : nullptr; }
  [[nodiscard]] const ProbingTrace* probing() const { return rare ? rare->probing.get() : nullptr; }
  [[nodiscard]] const DecoyTrace* decoy() const { return rare ? rare->decoy.get() : nullptr; }
  [[nodiscard]] const RobotsTrace* robots() const { return rare ? rare->robots.get() : nullptr; }
  [[nodiscard]] const CrawlerTrace* crawler() const { return rare ? rare->crawler.get() : nullptr; }
  [[nodiscard]] const KernelTrace* kernel() const { return rare ? rare->kernel.get() : nullptr; }
  [[nodiscard]] std::uint32_t system() const { return rare ? rare->system : 0; }
};
// With the eight bytes that malloc adds it fills a block of 256.
static_assert(sizeof(SourceProfile) == 248);

// Whether several clients share the source, as far as user agents show. Then its rhythm and its order say
// nothing. A phone and a computer that take turns may be one person.
[[nodiscard]] inline bool is_shared(const SourceProfile& profile) {
  return profile.agents > 3;
}

}  // namespace sluice::detection
