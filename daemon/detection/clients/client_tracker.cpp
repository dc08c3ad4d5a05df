// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/clients/client_tracker.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "daemon/detection/log_second.h"
#include "daemon/detection/clients/tls/claim.h"

namespace sluice::detection {
namespace {

using State = CrawlerTrace::State;

// A hello older than this is another connection's than the page's.
constexpr auto kHelloAge = std::chrono::hours(1);

State state_of(CrawlerVerdict verdict) {
  switch (verdict) {
    case CrawlerVerdict::pending:
      return State::pending;
    case CrawlerVerdict::verified_by_range:
    case CrawlerVerdict::verified_by_name:
      return State::verified;
    case CrawlerVerdict::contradicted:
      return State::contradicted;
    case CrawlerVerdict::unknown:
      break;
  }
  return State::unknown;
}

LogSecond wait_after(State state) {
  switch (state) {
    case State::pending:
      return ClientTracker::kWhilePending;
    case State::unknown:
      return ClientTracker::kAfterUnknown;
    default:
      return ClientTracker::kAfterFound;
  }
}

// What tells this request's client from the others behind the same address.
std::uint64_t client_of(const SourceProfile& profile, const Request& request) {
  std::uint64_t hash = profile.agent;
  for (const std::string_view text : {request.account, request.credential}) {
    if (!text.empty()) hash = hash * 31 + std::hash<std::string_view>()(text);
  }
  return hash;
}

void count_use(const CrawlerDirectory::Crawler& crawler, State state) {
  CrawlerUse* use = CrawlerDirectory::use_of(crawler);
  if (use == nullptr) return;
  if (state == State::verified) ++use->verified;
  if (state == State::contradicted) ++use->contradicted;
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
  const std::uint64_t agent = agents_.number_of(request.user_agent);
  return {agent, &agents_.know(agent, request.user_agent)};
}

void ClientTracker::note(const Prefix& source, const Request& request, bool asset, const Client& client,
                       SourceRecord& record) {
  const KnownAgent* known = client.known;
  if (known != nullptr && request.purpose.empty() && claims_browser(known->agent))
    site_.note(request, asset, record.pages);
  if (OnePageRecord* first = record.profile.one_page()) {
    if (!asset) first->agent = client.agent;
    return;
  }
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
  if (profile.agent != 0) ++profile.agents;
  profile.agent = agent;
}

void ClientTracker::note_crawler(SourceProfile& profile, const KnownAgent& known, const Request& request, bool asset) {
  const bool is_new = profile.crawler() == nullptr || profile.crawler()->agent != profile.agent;
  if (known.crawler == nullptr) {
    // It was known when this was found, and a reload took it away.
    if (!is_new) profile.rare->crawler.reset();
    return;
  }
  auto& trace = profile.with_rare_traits().crawler;
  if (!trace) trace = std::make_unique<CrawlerTrace>();
  if (is_new) {
    // The address is a crawler's, whatever else it calls itself.
    if (trace->state == State::verified) return;
    if (trace->state != State::contradicted) trace->pages = 0;
    trace->agent = profile.agent;
    trace->name = CrawlerDirectory::name_of(*known.crawler);
    trace->state = State::unknown;
    trace->check_at = 0;
  }
  if (!asset) ++trace->pages;
  const LogSecond now = log_second(request.time);
  if (now < trace->check_at) return count_use(*known.crawler, trace->state);
  CrawlerCheck check = CrawlerDirectory::verify(*known.crawler, request.client, *names_);
  const State state = state_of(check.verdict);
  trace->check_at = now + wait_after(state);
  // What was found stands until the answer is here.
  const bool found = trace->state == State::verified || trace->state == State::contradicted;
  if (state != State::pending || !found) {
    trace->state = state;
    trace->text = std::move(check.text);
    trace->checked_at = now;
  }
  count_use(*known.crawler, trace->state);
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
  profile.connections.hellos += entry->hellos;
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
