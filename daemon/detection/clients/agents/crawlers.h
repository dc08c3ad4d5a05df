// SPDX-License-Identifier: Apache-2.0
// Whether a crawler is who its user agent says: by the ranges its operator publishes, or by reverse DNS that
// is confirmed forward (¶2, ¶20-26: verified crawlers are out of scope; a name alone earns nothing). Reads no
// file and asks no server: text comes in as an argument, DNS through NameOracle.
//
// To join it: for a request whose class is a robot's, find_all(user_agent); where it gives crawlers, verify()
// all of them once a source. `pending` is asked again with a later request of the source, never waited for.
// `verified` exempts the source; `contradicted` counts against it; `unknown` does neither.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"

namespace sluice::detection {

// How much a list of crawlers was used: requests that claimed one of its crawlers, by the result of the
// check. Written on the event loop only.
struct CrawlerUse {
  std::uint64_t verified = 0;
  std::uint64_t contradicted = 0;
};

struct CrawlerOptions {
  std::string name;                  // "googlebot"
  std::string user_agent;            // RE2 syntax, without regard to case
  std::vector<std::string> domains;  // RE2 syntax, each for a whole name: "(^|\.)googlebot\.com$"
  std::vector<Prefix> ranges;
  // Whether the crawler has no other addresses. If false, an address outside the ranges says nothing.
  bool ranges_complete = false;
  std::shared_ptr<CrawlerUse> use = nullptr;  // counts the use; null: it is not counted
};

struct CrawlerList {
  std::vector<CrawlerOptions> crawlers;
  std::vector<std::string> faults;  // "line 3: ...": what was left out
};

// Lines of {"name": TEXT, "user_agent": PATTERN, "rdns": [PATTERN, ...], "ranges": [PREFIX, ...]}, with #
// before comments (the format of github.com/crowdsecurity's list of benign robots). Ranges without rdns are
// taken to be complete, unless "complete" is false. Lines that cannot be read are left out and named.
[[nodiscard]] CrawlerList parse_crawlers(std::string_view text);

// A published list of ranges: a prefix a line with # before comments, or {"prefixes": [{"ipv4Prefix":
// PREFIX},
// {"ipv6Prefix": PREFIX}, ...]} as Google, Microsoft and OpenAI publish theirs. Fails at the first line that
// is neither, for half a list would accuse the other half.
[[nodiscard]] Result<std::vector<Prefix>> parse_crawler_ranges(std::string_view text);

// The answers of DNS, as far as they are known. Never waits: a question without an answer yet returns
// `pending` and starts the look-up.
class NameOracle {
 public:
  enum class State : std::uint8_t {
    pending,  // being asked; ask again later
    failed,   // no answer, or not one to rely on
    known,    // what the answer holds, which may be nothing
  };
  struct Names {
    State state = State::pending;
    std::vector<std::string> names;  // lower case, without a dot at the end
  };
  struct Addresses {
    State state = State::pending;
    std::vector<Address> addresses;
  };

  NameOracle() = default;
  NameOracle(const NameOracle&) = delete;
  NameOracle& operator=(const NameOracle&) = delete;
  virtual ~NameOracle() = default;

  [[nodiscard]] virtual Names names_of(const Address& address) = 0;  // PTR
  // A for an IPv4 family, AAAA for an IPv6 one.
  [[nodiscard]] virtual Addresses addresses_of(std::string_view name, Family family) = 0;
};

enum class CrawlerVerdict : std::uint8_t {
  unknown,            // nothing can be said: no answer, no name, ranges that are not complete
  pending,            // DNS is being asked
  verified_by_range,  //
  verified_by_name,   // forward-confirmed
  contradicted,       // the data of its operator says otherwise
};

// For use without DNS: every look-up fails, so that only published ranges count.
class NoNames final : public NameOracle {
 public:
  [[nodiscard]] Names names_of(const Address&) override { return {State::failed, {}}; }
  [[nodiscard]] Addresses addresses_of(std::string_view, Family) override { return {State::failed, {}}; }
};

struct CrawlerCheck {
  CrawlerVerdict verdict = CrawlerVerdict::unknown;
  std::string text;  // for people, with what was compared
  // `unknown` although the address could still be the crawler's: DNS gave no answer, or the ranges are not
  // all.
  bool may_be = false;
};

class CrawlerDirectory {
 public:
  struct Crawler;

  // Patterns that RE2 refuses take their crawler out; refused() names them.
  explicit CrawlerDirectory(const std::vector<CrawlerOptions>& crawlers);
  CrawlerDirectory(CrawlerDirectory&&) noexcept;
  CrawlerDirectory& operator=(CrawlerDirectory&&) noexcept;
  ~CrawlerDirectory();

  // The first crawler that the user agent claims; null when none does. About a microsecond: for robots, not
  // for all.
  [[nodiscard]] const Crawler* find(std::string_view user_agent) const;
  // All of them: several lists may hold parts of what one crawler's operator publishes.
  static constexpr std::size_t kMostClaimed = 32;
  [[nodiscard]] std::vector<const Crawler*> find_all(std::string_view user_agent) const;

  [[nodiscard]] static CrawlerCheck verify(const Crawler& crawler, const Address& address,
                                           NameOracle& oracle);
  // Asks all. Genuine is who is any of them; nobody is contradicted as long as one of them may be true.
  [[nodiscard]] static CrawlerCheck verify(const std::vector<const Crawler*>& crawlers,
                                           const Address& address, NameOracle& oracle);
  [[nodiscard]] static std::string_view name_of(const Crawler& crawler);
  // Counts the use of a crawler; null: it is not counted.
  [[nodiscard]] static CrawlerUse* use_of(const Crawler& crawler);

  [[nodiscard]] std::size_t size() const { return crawlers_.size(); }
  [[nodiscard]] const std::vector<std::string>& refused() const { return refused_; }

 private:
  class Patterns;

  std::unique_ptr<Patterns> patterns_;
  std::vector<std::unique_ptr<Crawler>> crawlers_;  // by the numbers of the patterns
  std::vector<std::string> refused_;
};

}  // namespace sluice::detection
