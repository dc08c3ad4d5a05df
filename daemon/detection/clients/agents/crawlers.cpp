// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/agents/crawlers.h"

#include <algorithm>
#include <bitset>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>
#include <re2/set.h>

namespace sluice::detection {
namespace {

// Names of one address that are looked up forward; who has more is not a crawler's machine.
constexpr std::size_t kMaxNames = 4;
constexpr std::size_t kMaxUserAgent = 1024;  // bytes that are looked at

re2::RE2::Options pattern_options() {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  return options;
}

// Prefixes, asked by address: one look-up for each length that there is.
class Ranges {
 public:
  explicit Ranges(const std::vector<Prefix>& prefixes) : prefixes_(prefixes.begin(), prefixes.end()) {
    for (const Prefix& prefix : prefixes)
      lengths(prefix.family()).set(prefix.length());
  }
  [[nodiscard]] std::optional<Prefix> find(const Address& address) const {
    const auto& present = address.family() == Family::ipv4 ? v4_ : v6_;
    for (unsigned length = 0; length <= max_prefix_length(address.family()); ++length) {
      if (!present.test(length)) continue;
      const auto found = prefixes_.find(Prefix(address, length));
      if (found != prefixes_.end()) return *found;
    }
    return std::nullopt;
  }
  [[nodiscard]] bool has(Family family) const { return (family == Family::ipv4 ? v4_ : v6_).any(); }
  [[nodiscard]] std::size_t size() const { return prefixes_.size(); }

 private:
  std::bitset<129>& lengths(Family family) { return family == Family::ipv4 ? v4_ : v6_; }

  std::unordered_set<Prefix> prefixes_;
  std::bitset<129> v4_;
  std::bitset<129> v6_;
};

}  // namespace

struct CrawlerDirectory::Crawler {
  explicit Crawler(const CrawlerOptions& options)
      : name(options.name), ranges(options.ranges), complete(options.ranges_complete), use(options.use) {
    for (const std::string& domain : options.domains)
      domains.push_back(std::make_unique<re2::RE2>(domain, pattern_options()));
  }
  [[nodiscard]] bool owns(std::string_view host) const {
    return std::ranges::any_of(domains, [&](const auto& domain) {
      return re2::RE2::PartialMatch(re2::StringPiece(host.data(), host.size()), *domain);
    });
  }

  std::string name;
  Ranges ranges;
  bool complete;
  std::shared_ptr<CrawlerUse> use;
  std::vector<std::unique_ptr<re2::RE2>> domains;
};

class CrawlerDirectory::Patterns {
 public:
  re2::RE2::Set set{pattern_options(), re2::RE2::UNANCHORED};
};

CrawlerDirectory::CrawlerDirectory(const std::vector<CrawlerOptions>& crawlers)
    : patterns_(std::make_unique<Patterns>()) {
  for (const CrawlerOptions& options : crawlers) {
    auto crawler = std::make_unique<Crawler>(options);
    const auto bad = std::ranges::find_if(crawler->domains, [](const auto& domain) { return !domain->ok(); });
    if (bad != crawler->domains.end()) {
      refused_.push_back(fmt::format("{}: '{}': {}", options.name, (*bad)->pattern(), (*bad)->error()));
      continue;
    }
    std::string fault;
    if (patterns_->set.Add(options.user_agent, &fault) < 0) {
      refused_.push_back(fmt::format("{}: '{}': {}", options.name, options.user_agent, fault));
      continue;
    }
    crawlers_.push_back(std::move(crawler));
  }
  if (!patterns_->set.Compile()) {
    refused_.emplace_back("the patterns of user agents together are too many: no crawler is known");
    crawlers_.clear();
  }
}

CrawlerDirectory::CrawlerDirectory(CrawlerDirectory&&) noexcept = default;
CrawlerDirectory& CrawlerDirectory::operator=(CrawlerDirectory&&) noexcept = default;
CrawlerDirectory::~CrawlerDirectory() = default;

std::string_view CrawlerDirectory::name_of(const Crawler& crawler) {
  return crawler.name;
}

CrawlerUse* CrawlerDirectory::use_of(const Crawler& crawler) {
  return crawler.use.get();
}

const CrawlerDirectory::Crawler* CrawlerDirectory::find(std::string_view user_agent) const {
  const auto all = find_all(user_agent);
  return all.empty() ? nullptr : all.front();
}

std::vector<const CrawlerDirectory::Crawler*> CrawlerDirectory::find_all(std::string_view user_agent) const {
  std::vector<const Crawler*> found;
  if (crawlers_.empty()) return found;
  user_agent = user_agent.substr(0, kMaxUserAgent);
  std::vector<int> matched;
  if (!patterns_->set.Match(re2::StringPiece(user_agent.data(), user_agent.size()), &matched)) return found;
  std::ranges::sort(matched);
  if (matched.size() > kMostClaimed) matched.resize(kMostClaimed);
  for (const int number : matched)
    found.push_back(crawlers_[static_cast<std::size_t>(number)].get());
  return found;
}

namespace {

using NameState = NameOracle::State;

// Whether one of the names leads back to the address.
CrawlerCheck confirm(std::string_view crawler, const Address& address, const std::vector<std::string>& names,
                     NameOracle& oracle) {
  bool failed = false;
  for (const std::string& name : names) {
    const auto forward = oracle.addresses_of(name, address.family());
    if (forward.state == NameState::pending) return {CrawlerVerdict::pending, {}};
    if (forward.state == NameState::failed) {
      failed = true;
    } else if (std::ranges::find(forward.addresses, address) != forward.addresses.end()) {
      return {CrawlerVerdict::verified_by_name,
              fmt::format("is {}: {} is {} and that name leads back", crawler, address.to_string(), name)};
    }
  }
  if (failed) {
    return {CrawlerVerdict::unknown,
            fmt::format("says it is {}; {} could not be looked up", crawler, fmt::join(names, ", ")), true};
  }
  return {CrawlerVerdict::contradicted,
          fmt::format("says it is {}, and {} is named {}, but that name does not lead back to it", crawler,
                      address.to_string(), fmt::join(names, ", "))};
}

CrawlerCheck verify_by_name(const CrawlerDirectory::Crawler& crawler, const Address& address,
                            NameOracle& oracle) {
  auto reverse = oracle.names_of(address);
  if (reverse.state == NameState::pending) return {CrawlerVerdict::pending, {}};
  if (reverse.state == NameState::failed || reverse.names.empty()) {
    const bool failed = reverse.state == NameState::failed;
    return {CrawlerVerdict::unknown,
            fmt::format("says it is {}; {} {}", crawler.name, address.to_string(),
                        failed ? "could not be looked up" : "has no name in DNS"),
            failed};
  }
  if (reverse.names.size() > kMaxNames) reverse.names.resize(kMaxNames);
  std::vector<std::string> owned;
  std::ranges::copy_if(reverse.names, std::back_inserter(owned),
                       [&](const std::string& name) { return crawler.owns(name); });
  if (owned.empty()) {
    return {CrawlerVerdict::contradicted,
            fmt::format("says it is {}, but {} is named {} in DNS, which is not one of its operator's names",
                        crawler.name, address.to_string(), fmt::join(reverse.names, ", "))};
  }
  return confirm(crawler.name, address, owned, oracle);
}

}  // namespace

CrawlerCheck CrawlerDirectory::verify(const Crawler& crawler, const Address& address, NameOracle& oracle) {
  if (const auto range = crawler.ranges.find(address)) {
    return {CrawlerVerdict::verified_by_range,
            fmt::format("is {}: {} is in {}, which its operator publishes", crawler.name, address.to_string(),
                        range->to_string())};
  }
  if (!crawler.domains.empty()) return verify_by_name(crawler, address, oracle);
  // A list without a single IPv6 range says nothing of IPv6.
  if (!crawler.complete || !crawler.ranges.has(address.family())) {
    return {CrawlerVerdict::unknown,
            fmt::format("says it is {}; nothing is known to verify that by", crawler.name),
            !crawler.complete};
  }
  return {CrawlerVerdict::contradicted,
          fmt::format("says it is {}, but {} is in none of the {} ranges that its operator publishes",
                      crawler.name, address.to_string(), crawler.ranges.size())};
}

CrawlerCheck CrawlerDirectory::verify(const std::vector<const Crawler*>& crawlers, const Address& address,
                                      NameOracle& oracle) {
  // A check of a greater rank counts before those of a lesser one.
  const auto rank = [](const CrawlerCheck& check) {
    switch (check.verdict) {
      case CrawlerVerdict::verified_by_range:
      case CrawlerVerdict::verified_by_name:
        return 4;
      case CrawlerVerdict::pending:
        return 3;
      case CrawlerVerdict::contradicted:
        return 1;
      case CrawlerVerdict::unknown:
        break;
    }
    return check.may_be ? 2 : 0;
  };
  CrawlerCheck best;
  for (const Crawler* crawler : crawlers) {
    CrawlerCheck check = verify(*crawler, address, oracle);
    if (best.text.empty() || rank(check) > rank(best)) best = std::move(check);
    if (rank(best) == 4) break;
  }
  return best;
}

}  // namespace sluice::detection
