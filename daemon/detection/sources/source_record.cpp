// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/source_record.h"

#include <algorithm>
#include <memory>
#include <string_view>

namespace sluice::detection {
namespace {

void note_list(SourceProfile& profile, const Request& request, LogSecond second) {
  const auto page = list_page_of(request.target);
  if (!page) return;
  auto& lists = profile.with_rare_traits().lists;
  if (!lists) lists = std::make_unique<ListWalks>();
  lists->add(*page, second);
}

void note_decoy(SourceProfile& profile, const Visit& visit, LogSecond second) {
  auto& decoy = profile.with_rare_traits().decoy;
  if (!decoy) decoy = std::make_unique<DecoyTrace>();
  ++decoy->requests;
  decoy->own += visit.provenance == Provenance::own ? 1 : 0;
  decoy->elsewhere += visit.provenance == Provenance::elsewhere ? 1 : 0;
  decoy->last = std::max(decoy->last, second);
  decoy->path = visit.match.path.substr(0, SourceProfile::kMaxPath);
}

void note_probing(SourceProfile& profile, std::uint32_t pages, const Visit& visit, LogSecond second,
                  bool missing) {
  auto& kept = profile.with_rare_traits().probing;
  if (!kept || second - kept->since >= kDay) {
    kept = std::make_unique<ProbingTrace>();
    kept->since = second;
    kept->pages_before = pages;
  }
  kept->last = std::max(kept->last, second);
  if (missing) {
    ++kept->missing_pages;
    kept->missing.add(visit.match.path);
    kept->missing_path = visit.match.path.substr(0, SourceProfile::kMaxPath);
  }
  if (visit.probe) {
    ++kept->probes;
    kept->probe_path = visit.match.path.substr(0, SourceProfile::kMaxPath);
  }
}

void note_robots(SourceProfile& profile, const Visit& visit, LogSecond second) {
  auto& kept = profile.with_rare_traits().robots;
  if (!kept) kept = std::make_unique<RobotsTrace>();
  RobotsTrace& robots = *kept;
  if (visit.match.robots_txt) {
    ++robots.reads;
    robots.read_at = std::max(robots.read_at, second);
  }
  if (!visit.disallowed) return;
  ++(robots.reads > 0 ? robots.disobeyed : robots.trespassed);
  robots.disobeyed_at = std::max(robots.disobeyed_at, second);
  robots.disobeyed_path = visit.match.path.substr(0, SourceProfile::kMaxPath);
}

// The people whom the answer showed beside the subject of its page. Returns whether all were kept.
bool note_others(SourceProfile& profile, const Visit& visit, const PageFacts& page, LogSecond second,
                 bool may_grow) {
  if (visit.shown.empty() || visit.match.every_page) return true;
  if (!page.about_subject) {
    const double bytes = static_cast<double>(std::min(visit.request.bytes, SourceProfile::kMaxPageBytes));
    profile.harvest_by_hour.add({page.prefetched ? 0.0 : 1.0, bytes}, second, kHour);
  }
  bool kept = true;
  for (const ShownSubject& each : visit.shown.subspan(page.about_subject ? 1 : 0))
    kept = profile.subjects.add(short_hash(each.hash), each.sensitivity, second, may_grow) && kept;
  return kept;
}

}  // namespace

SourceRecord::SourceRecord() = default;
SourceRecord::SourceRecord(SourceRecord&&) noexcept = default;
SourceRecord& SourceRecord::operator=(SourceRecord&&) noexcept = default;
SourceRecord::~SourceRecord() = default;

Noted note(SourceRecord& record, const Visit& visit, bool may_grow) {
  const Request& request = visit.request;
  const RouteMatch& match = visit.match;
  const LogSecond second = log_second(request.time);
  if (record.requests == 0) record.first_seen = request.time;
  // Logs go backwards in places, so the latest time counts.
  record.last_seen = std::max(record.last_seen, request.time);
  ++record.requests;
  record.forwarded = request.forwarded;
  // A source that only asks for assets (of a page that another address asked for) gets no profile, to save
  // memory.
  if (match.asset && !visit.is_mark() && !record.profile) return {};
  if (visit.in_short) {
    if (!match.asset) ++record.pages;
    return record.profile.note_short(visit);
  }

  SourceProfile& profile = record.profile.with_full();
  profile.style.logged.add(request.fields);
  if (match.decoy) note_decoy(profile, visit, second);
  if (match.robots_txt || visit.disallowed) note_robots(profile, visit, second);
  const bool missing = !match.asset && !visit.background &&
                       (request.status == 403 || request.status == 404 || request.status == 410);
  if (missing || visit.probe) note_probing(profile, record.pages, visit, second, missing);
  if (match.asset) {
    note_asset(profile, facts_of_asset(visit), second);
    return {};
  }

  const PageFacts page = facts_of(visit);
  if (!page.prefetched) {
    ++record.pages;
    if (!page.about_people) note_list(profile, request, second);
  }
  bool kept = note_page(profile, page, second, may_grow);
  kept = note_others(profile, visit, page, second, may_grow) && kept;
  return {page.served ? page.subject : 0, kept};
}

}  // namespace sluice::detection
