// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/client_watch.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "daemon/pipeline/log_second.h"
#include "daemon/pipeline/tls/claim.h"

namespace sluice::pipeline {
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
      return ClientWatch::kWhilePending;
    case State::unknown:
      return ClientWatch::kAfterUnknown;
    default:
      return ClientWatch::kAfterFound;
  }
}

// What tells this request's client from the others behind the same address.
std::uint64_t client_of(const Habits& habits, const Request& request) {
  std::uint64_t hash = habits.agent;
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

void note_fingerprint(Habits& habits, std::string_view fingerprint) {
  if (!habits.tls) habits.tls = std::make_unique<TlsTrace>();
  TlsTrace& tls = *habits.tls;
  if (tls.fingerprint == fingerprint) return;
  if (!tls.fingerprint.empty() && !same_software(tls.fingerprint, fingerprint)) tls.mixed = true;
  tls.fingerprint = fingerprint.substr(0, Habits::kMaxPath);
}

}  // namespace

ClientWatch::Client ClientWatch::meet(const Request& request) {
  if (!request.fields.has(LogField::user_agent)) return {};
  const std::uint64_t agent = agents_.number_of(request.user_agent);
  return {agent, &agents_.know(agent, request.user_agent)};
}

void ClientWatch::note(const Prefix& source, const Request& request, bool asset, const Client& client,
                       Features& features) {
  const KnownAgent* known = client.known;
  if (known != nullptr && request.purpose.empty() && claims_browser(known->agent))
    site_.note(request, asset, features.pages);
  if (FirstPage* first = features.habits.first_page()) {
    if (!asset) first->agent = client.agent;
    return;
  }
  Habits& habits = *features.habits.full();
  if (!request.fingerprint.empty()) note_fingerprint(habits, request.fingerprint);
  if (known != nullptr) {
    note_agent(habits, client.agent);
    note_crawler(habits, *known, request, asset);
    if (!asset) habits.clients.add(client_of(habits, request), log_second(request.time));
  }
  if (!asset) join_hello(source, request, known, habits);
}

void ClientWatch::note_agent(Habits& habits, std::uint64_t agent) {
  if (agent == 0 || agent == habits.agent) return;
  if (habits.agent != 0) ++habits.agents;
  habits.agent = agent;
}

void ClientWatch::note_crawler(Habits& habits, const KnownAgent& known, const Request& request, bool asset) {
  const bool is_new = habits.crawler() == nullptr || habits.crawler()->agent != habits.agent;
  if (known.crawler == nullptr) {
    // It was known when this was found, and a reload took it away.
    if (!is_new) habits.traces->crawler.reset();
    return;
  }
  auto& trace = habits.with_traces().crawler;
  if (!trace) trace = std::make_unique<CrawlerTrace>();
  if (is_new) {
    // The address is a crawler's, whatever else it calls itself.
    if (trace->state == State::verified) return;
    if (trace->state != State::contradicted) trace->pages = 0;
    trace->agent = habits.agent;
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

void ClientWatch::note(const Prefix& source, const Hello& hello) {
  const auto parsed = parse_client_hello(hello.bytes);
  if (parsed) {
    hellos_.add(source, hello.time, *parsed);
  } else {
    ++hello_faults_.at(static_cast<std::size_t>(parsed.error().part));
  }
}

void ClientWatch::join_hello(const Prefix& source, const Request& request, const KnownAgent* known,
                             Habits& habits) {
  const HelloBook::Entry* entry = hellos_.take(source);
  if (entry == nullptr) return;
  habits.connections.hellos += entry->hellos;
  if (entry->fingerprint.empty() || std::chrono::abs(request.time - entry->time) > kHelloAge) return;
  note_fingerprint(habits, entry->fingerprint);
  TlsTrace& tls = *habits.tls;
  tls.mixed = tls.mixed || entry->mixed;
  if (known == nullptr) return;
  ClaimCheck check = check_claim(known->agent, entry->hello);
  if (check.verdict == ClaimVerdict::unknown) return;
  const bool contradicts = check.verdict == ClaimVerdict::contradicts;
  if (contradicts && !tls.contradicts) tls.pages_before = habits.manners.pages - 1;
  tls.contradicts = contradicts;
  tls.text = std::move(check.text);
}

}  // namespace sluice::pipeline
