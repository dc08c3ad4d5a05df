// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/history/reach_history.h"

#include <algorithm>
#include <utility>

#include "daemon/base/hash.h"

namespace sluice::detection {
namespace {

std::uint32_t week_of(LogSecond second) {
  return static_cast<std::uint32_t>(std::max<LogSecond>(second, 0) / ReachHistory::kWeek);
}

// A HyperLogLog counts everything alike, so a subject with the weight 0.5, 1 or 2 is added one, two or four
// times. Of those that weigh a tenth one in five is added, of those that weigh a fifth two in five.
std::uint64_t halves_of(Sensitivity sensitivity, std::uint32_t subject) {
  const std::uint64_t fifth = mix_bits(std::uint64_t{subject} << 8U) % 5;
  if (sensitivity == Sensitivity::listed) return fifth < 1 ? 1 : 0;
  if (sensitivity == Sensitivity::page) return fifth < 2 ? 1 : 0;
  return static_cast<std::uint64_t>(2 * weight_of(sensitivity));
}

}  // namespace

ReachHistory::Entry& ReachHistory::touch(const Prefix& source) {
  return entries_.touch_or_add(source, [this](const Prefix& oldest, const Entry&) { make_room(oldest); })
      .value;
}

void ReachHistory::shrink() {
  entries_.shrink(kLeast, [this](const Prefix& oldest, const Entry&) { make_room(oldest); });
}

void ReachHistory::make_room(const Prefix& oldest) {
  note_forgotten(oldest);
  ++forgotten_count_;
}

// The list is bounded because in replay nobody takes the changes. A row that is left in the store is deleted
// after four weeks.
void ReachHistory::note_forgotten(const Prefix& source) {
  if (forgotten_.size() < entries_.capacity()) forgotten_.push_back(source);
}

void ReachHistory::add(const Prefix& source, std::uint32_t subject, Sensitivity sensitivity,
                       LogSecond second) {
  Entry& entry = touch(source);
  const std::uint32_t number = week_of(second);
  Week& week = entry.weeks[number % kWeeks];
  if (number < week.number) return;  // a line from weeks ago
  if (sensitivity != Sensitivity::page && entry.subjects.add(mix_bits(std::uint64_t{subject})))
    ++entry.since_reach;
  bool changed = number > week.number;
  if (changed) week = {number, false, {}};
  for (std::uint64_t copy = 0; copy < halves_of(sensitivity, subject); ++copy)
    changed = week.counter.add(mix_bits(copy << 32U | subject)) || changed;
  if (!changed) return;
  week.changed = true;
  entry.changed = true;
  entry.week = std::max(entry.week, number);
  ++entry.since_reach;
}

ReachHistory::Reach ReachHistory::reach_of(const Entry& entry, std::uint32_t week) {
  Reach reach;
  HyperLogLog all;
  for (const Week& each : entry.weeks) {
    if (each.number == 0 || each.number > week || week - each.number >= kWeeks) continue;
    if (each.number == week) reach.this_week = each.counter.estimate() / 2;
    all.merge(each.counter);
    ++reach.weeks;
  }
  reach.subjects = entry.subjects.estimate();
  reach.four_weeks = all.estimate() / 2;
  return reach;
}

ReachHistory::Reach ReachHistory::reach(const Prefix& source, LogSecond now) const {
  const Entry* known = entries_.find(source);
  if (known == nullptr) return {};
  const Entry& entry = *known;
  // Logs go backwards in places: the latest week that was read in is this one.
  const std::uint32_t week = std::max(week_of(now), entry.week);
  if (!is_fresh(entry, week)) {
    entry.reach = reach_of(entry, week);
    entry.reach_week = week;
    entry.since_reach = 0;
  }
  return entry.reach;
}

bool ReachHistory::is_fresh(const Entry& entry, std::uint32_t week) {
  constexpr double kShare = 1.0 / 64;  // a third of the standard error
  return entry.reach_week == week && entry.since_reach < std::max(8.0, kShare * entry.reach.four_weeks);
}

void ReachHistory::forget(const Prefix& source) {
  if (entries_.erase(source)) note_forgotten(source);
}

ReachHistory::Changes ReachHistory::take_changes() {
  Changes changes;
  changes.forgotten = std::exchange(forgotten_, {});
  entries_.for_each([&](const Prefix& source, Entry& entry) {
    if (!std::exchange(entry.changed, false)) return;
    for (Week& week : entry.weeks) {
      if (std::exchange(week.changed, false)) changes.records.push_back({source, week.number, week.counter});
    }
  });
  return changes;
}

void ReachHistory::tell_all_again() {
  forgotten_.clear();
  entries_.for_each([](const Prefix&, Entry& entry) {
    entry.changed = true;
    for (Week& week : entry.weeks)
      week.changed = week.number != 0;
  });
}

void ReachHistory::restore(const Record& record) {
  if (record.week == 0) return;
  Entry& entry = touch(record.source);
  Week& week = entry.weeks[record.week % kWeeks];
  if (record.week < week.number) return;
  week = {record.week, false, record.counter};
  entry.week = std::max(entry.week, record.week);
  entry.reach_week = 0;
}

}  // namespace sluice::detection
