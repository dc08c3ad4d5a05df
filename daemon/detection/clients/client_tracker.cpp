// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/client_tracker.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "daemon/detection/clients/tls/claim.h"
#include "daemon/detection/log_second.h"

namespace sluice::detection {
namespace {

using CrawlerState = CrawlerTrace::State;

// A hello that is older than this belongs to another connection than the page.
constexpr auto kHelloAge = std::chrono::hours(1);

CrawlerState state_of(CrawlerVerdict verdict) {
  switch (verdict) {
    case CrawlerVerdict::pending:
      return CrawlerState::pending;
    case CrawlerVerdict::verified_by_range:
    case CrawlerVerdict::verified_by_name:
      return CrawlerState::verified;
    case CrawlerVerdict::contradicted:
      return CrawlerState::contradicted;
    case CrawlerVerdict::unknown:
      break;
  }
  return CrawlerState::unknown;
}

LogSecond wait_after(CrawlerState state) {
  switch (state) {
    case CrawlerState::pending:
      return ClientTracker::kWhilePending;
    case CrawlerState::unknown:
      return ClientTracker::kAfterUnknown;
    default:
      return ClientTracker::kAfterFound;
  }
}

// A hash that tells the client of this request from others behind the same address.
std::uint64_t client_of(const SourceProfile& profile, const Request& request) {
  std::uint64_t hash = profile.agent;
  for (const std::string_view text : {request.account, request.credential}) {
    if (!text.empty()) hash = hash * 31 + std::hash<std::string_view>()(text);
  }
  return hash;
}

// Counts a verified source for the list that has its address, any other result for all lists that were asked.
void count_use(const KnownAgent& known, const Address& address, CrawlerState state) {
  NoNames nobody;
  const auto has = [&](const CrawlerDirectory::Crawler* crawler) {
    return CrawlerDirectory::verify(*crawler, address, nobody).verdict == CrawlerVerdict::verified_by_range;
  };
  const auto owner = known.crawlers.size() > 1 && state == CrawlerState::verified
                         ? std::ranges::find_if(known.crawlers, has)
                         : known.crawlers.end();
  for (const CrawlerDirectory::Crawler* crawler : known.crawlers) {
    CrawlerUse* use = CrawlerDirectory::use_of(*crawler);
    if (use == nullptr || (owner != known.crawlers.end() && crawler != *owner)) continue;
    if (state == CrawlerState::verified) ++use->verified;
    if (state == CrawlerState::contradicted) ++use->contradicted;
  }
}

void note_fingerprint(SourceProfile& profile, std::string_view fingerprint) {
  if (!profile.tls) profile.tls = std::make_unique<TlsTrace>();
  TlsTrace& tls = *profile.tls;
  if (tls.fingerprint == fingerprint) return;
  if (!tls.fingerprint.empty() && !same_software(tls.fingerprint, fingerprint)) tls.several_clients = true;
  tls.fingerprint = fingerprint.substr(0, SourceProfile::kMaxPath);
}

}  // namespace

ClientTracker::Client ClientTracker::meet(const Request& request) {
  if (!request.fields.has(LogField::user_agent)) return {};
  site_.note_agent(!request.user_agent.empty());
  const std::uint64_t agent = agents_.number_of(request.user_agent);
  return {agent, &agents_.know(agent, request.user_agent)};
}

void ClientTracker::note(const Prefix& source, const Request& request, bool asset, const Client& client,
                         SourceRecord& record) {
  const KnownAgent* known = client.known;
  if (known != nullptr && request.purpose.empty() && claims_browser(known->agent))
    site_.note(request, asset, record.pages);
  if (record.profile.is_short()) return;  // the user agent is all that is known of the client
  SourceProfile& profile = *record.profile.full();
  if (!request.fingerprint.empty()) note_fingerprint(profile, request.fingerprint);
  if (known != nullptr) {
    note_agent(profile, client.agent);
    note_crawler(profile, *known, request, asset);
    if (!asset) profile.clients.add(client_of(profile, request), log_second(request.time));
  }
  if (!asset) join_hello(source, request, known, profile);
}

void ClientTracker::note_agent(SourceProfile& profile, std::uint64_t agent) {
  if (agent == 0 || agent == profile.agent) return;
  if (profile.agent != 0 && profile.agents < UINT16_MAX) ++profile.agents;
  profile.agent = agent;
}

void ClientTracker::note_crawler(SourceProfile& profile, const KnownAgent& known, const Request& request,
                                 bool asset) {
  const bool is_new = profile.crawler() == nullptr || profile.crawler()->agent != profile.agent;
  if (known.crawlers.empty()) {
    // A reload removed this crawler from the lists.
    if (!is_new) profile.rare->crawler.reset();
    return;
  }
  auto& trace = profile.with_rare_traits().crawler;
  if (!trace) trace = std::make_unique<CrawlerTrace>();
  if (is_new) {
    // A verified address stays one, whatever else its client calls itself.
    if (trace->state == CrawlerState::verified) return;
    if (trace->state != CrawlerState::contradicted) trace->pages = 0;
    trace->agent = profile.agent;
    trace->name = CrawlerDirectory::name_of(*known.crawlers.front());
    trace->state = CrawlerState::unknown;
    trace->check_at = 0;
  }
  if (!asset) ++trace->pages;
  const LogSecond now = log_second(request.time);
  if (now < trace->check_at) return count_use(known, request.client, trace->state);
  CrawlerCheck check = CrawlerDirectory::verify(known.crawlers, request.client, *names_);
  const CrawlerState state = state_of(check.verdict);
  trace->check_at = now + wait_after(state);
  // An earlier answer stands until the new one is here.
  const bool found = trace->state == CrawlerState::verified || trace->state == CrawlerState::contradicted;
  if (state != CrawlerState::pending || !found) {
    trace->state = state;
    trace->text = std::move(check.text);
    trace->checked_at = now;
  }
  count_use(known, request.client, trace->state);
}

void ClientTracker::note(const Prefix& source, const Hello& hello) {
  const auto parsed = parse_client_hello(hello.bytes);
  if (parsed) {
    hellos_.add(source, hello.time, *parsed);
  } else {
    ++hello_faults_.at(static_cast<std::size_t>(parsed.error().part));
  }
}

void ClientTracker::join_hello(const Prefix& source, const Request& request, const KnownAgent* known,
                               SourceProfile& profile) {
  const RecentHellos::Entry* entry = hellos_.take(source);
  if (entry == nullptr) return;
  if (entry->fingerprint.empty() || std::chrono::abs(request.time - entry->time) > kHelloAge) return;
  note_fingerprint(profile, entry->fingerprint);
  TlsTrace& tls = *profile.tls;
  tls.several_clients = tls.several_clients || entry->several_clients;
  if (known == nullptr) return;
  ClaimCheck check = check_claim(known->agent, entry->hello);
  if (check.verdict == ClaimVerdict::unknown) return;
  const bool contradicts = check.verdict == ClaimVerdict::contradicts;
  if (contradicts && !tls.contradicts) tls.pages_before = profile.style.pages - 1;
  tls.contradicts = contradicts;
  tls.text = std::move(check.text);
}

}  // namespace sluice::detection
