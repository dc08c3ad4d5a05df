// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/features.h"

#include <algorithm>

namespace sluice::pipeline {
namespace {

bool is_icon(std::string_view path) {
  return path == "/favicon.ico" || path.starts_with("/apple-touch-icon");
}

void note_manners(Manners& manners, const Visit& visit) {
  const Request& request = visit.request;
  const auto count = [](std::uint32_t& number, bool is_so) { number += is_so ? 1 : 0; };
  ++manners.pages;
  count(manners.referred, !request.referer.empty());
  count(manners.compressed, !request.accept_encoding.empty());
  count(manners.with_language, !request.accept_language.empty());
  count(manners.http2, request.protocol.starts_with("HTTP/2") || request.protocol.starts_with("HTTP/3"));
  count(manners.http1_0, request.protocol == "HTTP/1.0" || request.protocol == "HTTP/0.9");
  count(manners.heads, request.method == "HEAD");
}

void note_identifier(Habits& habits, const Visit& visit, LogSecond second) {
  const bool found = visit.request.status != 404 && visit.request.status != 410;
  std::uint64_t identifier = 0;
  if (!identifier_of(visit.match.subject, identifier)) {
    habits.names.add(visit.match.route, visit.match.subject, second);
    return;
  }
  auto trail = std::ranges::find(habits.trails, visit.match.route, &IdentifierTrail::route);
  if (trail == habits.trails.end() && habits.trails.size() < Habits::kMaxTrails) {
    habits.trails.emplace_back(visit.match.route);
    trail = habits.trails.end() - 1;
  }
  if (trail != habits.trails.end()) trail->add(identifier, second, found);
}

void note_list(Habits& habits, const Request& request, LogSecond second) {
  const auto page = list_page_of(request.target);
  if (!page) return;
  if (!habits.lists) habits.lists = std::make_unique<ListWalks>();
  habits.lists->add(*page, second);
}

void note_harvest(Habits& habits, const Request& request, LogSecond second) {
  habits.subject_pages_by_hour.add(1, second, Habits::kHour);
  const auto bytes = static_cast<double>(std::min(request.bytes, Habits::kMaxPageBytes));
  habits.subject_bytes_by_hour.add(bytes, second, Habits::kHour);
}

void note_decoy(Habits& habits, std::string_view path, LogSecond second) {
  if (!habits.decoy) habits.decoy = std::make_unique<DecoyTrace>();
  ++habits.decoy->requests;
  habits.decoy->last = std::max(habits.decoy->last, second);
  habits.decoy->path = path.substr(0, Habits::kMaxPath);
}

void note_probing(Features& features, const Visit& visit, LogSecond second, bool missing) {
  constexpr LogSecond kDay = 86'400;
  auto& kept = features.habits->probing;
  if (!kept || second - kept->since >= kDay) {
    kept = std::make_unique<ProbingTrace>();
    kept->since = second;
    kept->pages_before = features.pages;
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
  if (!habits.robots) habits.robots = std::make_unique<RobotsTrace>();
  RobotsTrace& robots = *habits.robots;
  if (visit.match.robots_txt) {
    ++robots.reads;
    robots.read_at = std::max(robots.read_at, second);
  }
  if (!visit.disallowed) return;
  ++(robots.reads > 0 ? robots.disobeyed : robots.trespassed);
  robots.disobeyed_at = std::max(robots.disobeyed_at, second);
  robots.disobeyed_path = visit.match.path.substr(0, Habits::kMaxPath);
}

}  // namespace

Features::Features() = default;
Features::Features(Features&&) noexcept = default;
Features& Features::operator=(Features&&) noexcept = default;
Features::~Features() = default;

Habits& Features::with_habits() {
  if (!habits) habits = std::make_unique<Habits>();
  return *habits;
}

std::uint64_t hash_subject(int route, std::string_view subject) {
  // FNV-1a. Only distinctness counts here; a scraper that finds collisions undercounts itself by those.
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ static_cast<std::uint64_t>(route);
  for (const char c : subject)
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return hash;
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
  features.bytes += request.bytes;
  const bool is_mark = match.decoy || match.robots_txt || visit.probe || visit.disallowed;
  // Whoever only pulls in assets (a page that another address asked for) has no habits worth their memory.
  if (match.asset && !is_mark && !features.habits) return {};

  Habits& habits = features.with_habits();
  habits.manners.told.add(request.fields);
  if (match.decoy) note_decoy(habits, match.path, second);
  if (match.robots_txt || visit.disallowed) note_robots(habits, visit, second);
  const bool missing =
      !match.asset && (request.status == 403 || request.status == 404 || request.status == 410);
  if (missing || visit.probe) note_probing(features, visit, second, missing);
  if (match.asset) {
    ++habits.manners.assets;
    if (is_icon(match.path)) ++habits.manners.icons;
    if (request.status == 200 && (match.path.ends_with(".css") || match.path.ends_with(".js")))
      habits.clients.load(static_cast<std::uint32_t>(hash_subject(0, match.path)) | 1U, second);
    return {};
  }

  const bool prefetched = request.purpose.find("prefetch") != std::string_view::npos;
  if (prefetched) {
    // Nobody asked for it, and nobody may have read it; but it was delivered.
    ++habits.manners.prefetched;
  } else {
    ++features.pages;
    note_manners(habits.manners, visit);
    habits.pace.add(second);
    if (request.status == 304) {
      ++habits.manners.revalidated;
    } else {
      habits.pages_by_minute.add(second);
    }
  }
  if (match.subject.empty()) {
    if (!prefetched) note_list(habits, request, second);
    return {};
  }
  ++habits.subject_pages;
  if (!prefetched) note_identifier(habits, visit, second);
  if (!is_served(request.status)) return {};
  note_harvest(habits, request, second);
  const std::uint64_t hash = hash_subject(match.route, match.subject);
  const auto folded = static_cast<std::uint32_t>(hash ^ (hash >> 32U));
  const std::uint32_t subject = folded == 0 ? 1 : folded;
  return {subject, habits.subjects.add(subject, visit.sensitivity, second, may_grow)};
}

}  // namespace sluice::pipeline
