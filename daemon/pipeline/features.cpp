// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/features.h"

#include <algorithm>
#include <memory>
#include <string_view>

namespace sluice::pipeline {
namespace {

void note_list(Habits& habits, const Request& request, LogSecond second) {
  const auto page = list_page_of(request.target);
  if (!page) return;
  auto& lists = habits.with_traces().lists;
  if (!lists) lists = std::make_unique<ListWalks>();
  lists->add(*page, second);
}

void note_decoy(Habits& habits, std::string_view path, LogSecond second) {
  auto& decoy = habits.with_traces().decoy;
  if (!decoy) decoy = std::make_unique<DecoyTrace>();
  ++decoy->requests;
  decoy->last = std::max(decoy->last, second);
  decoy->path = path.substr(0, Habits::kMaxPath);
}

void note_probing(Habits& habits, std::uint32_t pages, const Visit& visit, LogSecond second, bool missing) {
  constexpr LogSecond kDay = 86'400;
  auto& kept = habits.with_traces().probing;
  if (!kept || second - kept->since >= kDay) {
    kept = std::make_unique<ProbingTrace>();
    kept->since = second;
    kept->pages_before = pages;
  }
  kept->last = std::max(kept->last, second);
  if (missing) {
    ++kept->missing_pages;
    kept->missing.add(visit.match.path);
    kept->missing_path = visit.match.path.substr(0, Habits::kMaxPath);
  }
  if (visit.probe) {
    ++kept->probes;
    kept->probe_path = visit.match.path.substr(0, Habits::kMaxPath);
  }
}

void note_robots(Habits& habits, const Visit& visit, LogSecond second) {
  auto& kept = habits.with_traces().robots;
  if (!kept) kept = std::make_unique<RobotsTrace>();
  RobotsTrace& robots = *kept;
  if (visit.match.robots_txt) {
    ++robots.reads;
    robots.read_at = std::max(robots.read_at, second);
  }
  if (!visit.disallowed) return;
  ++(robots.reads > 0 ? robots.disobeyed : robots.trespassed);
  robots.disobeyed_at = std::max(robots.disobeyed_at, second);
  robots.disobeyed_path = visit.match.path.substr(0, Habits::kMaxPath);
}

// Of what is_plain() found to be.
Noted note_plain(Features& features, const Visit& visit) {
  const Request& request = visit.request;
  if (visit.match.asset) {
    FirstPage& first = *features.habits.first_page();
    first.told.add(request.fields);
    first.note(facts_of_asset(visit));
    return {};
  }
  ++features.pages;
  FirstPage first;
  first.page = facts_of(visit);
  first.second = static_cast<std::uint32_t>(log_second(request.time));
  first.told = request.fields;
  features.habits.begin(first);
  return {first.page.served ? first.page.subject : 0};
}

}  // namespace

Features::Features() = default;
Features::Features(Features&&) noexcept = default;
Features& Features::operator=(Features&&) noexcept = default;
Features::~Features() = default;

Habits& Features::with_habits() {
  (void)habits.unfold(true);
  if (habits.full() == nullptr) habits.replace(std::make_unique<Habits>());
  return *habits.full();
}

std::uint32_t Features::subjects_ever() const {
  if (const FirstPage* first = habits.first_page()) return first->page.served ? 1 : 0;
  return habits.full() != nullptr ? habits.full()->subjects.ever() : 0;
}

bool is_plain(const KeptHabits& habits, const Visit& visit, std::uint64_t agent) {
  if (habits.full() != nullptr || visit.is_mark() || !visit.request.fingerprint.empty()) return false;
  const FirstPage* first = habits.first_page();
  if (!visit.match.asset) return first == nullptr && is_plain_page(visit);
  return first != nullptr && (agent == 0 || agent == first->agent) &&
         first->takes(facts_of_asset(visit), log_second(visit.request.time));
}

Noted note(Features& features, const Visit& visit, bool may_grow) {
  const Request& request = visit.request;
  const RouteMatch& match = visit.match;
  const LogSecond second = log_second(request.time);
  if (features.requests == 0) features.first_seen = request.time;
  // Logs go backwards in places: the latest time counts.
  features.last_seen = std::max(features.last_seen, request.time);
  ++features.requests;
  features.forwarded = request.forwarded;
  // Whoever only pulls in assets (a page that another address asked for) has no habits worth their memory.
  if (match.asset && !visit.is_mark() && !features.habits) return {};
  if (visit.plain) return note_plain(features, visit);

  Habits& habits = features.with_habits();
  habits.manners.told.add(request.fields);
  if (match.decoy) note_decoy(habits, match.path, second);
  if (match.robots_txt || visit.disallowed) note_robots(habits, visit, second);
  const bool missing =
      !match.asset && (request.status == 403 || request.status == 404 || request.status == 410);
  if (missing || visit.probe) note_probing(habits, features.pages, visit, second, missing);
  if (match.asset) {
    note_asset(habits, facts_of_asset(visit), second);
    return {};
  }

  const PageFacts page = facts_of(visit);
  if (!page.prefetched) {
    ++features.pages;
    if (!page.about_subject) note_list(habits, request, second);
  }
  const bool kept = note_page(habits, page, second, may_grow);
  return {page.served ? page.subject : 0, kept};
}

}  // namespace sluice::pipeline
