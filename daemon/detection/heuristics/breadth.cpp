// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/breadth.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "daemon/detection/heuristics/clients_behind.h"

namespace sluice::detection {
namespace {

struct Span {
  std::string_view words;
  double found = 0;  // weighted
  double limit = 0;
  std::uint32_t subjects = 0;  // not weighted; 0: only an estimate is known

  [[nodiscard]] double ratio() const { return found / limit; }
};

// What the subjects of a source are.
std::string_view what(const SubjectSet& subjects) {
  if (subjects.pages() == 0) return "people";
  return subjects.ever() == 0 ? "pages, which may show as many people" : "people and pages";
}

// Where nobody has said which pages show people, all of them count. Whoever loads what they pull in reads
// them in a browser, alone or in an office, and may read more of them.
double browsing_factor(const SourceProfile& profile) {
  constexpr double kMost = 5;
  const RequestStyle& style = profile.style;
  if (profile.subjects.ever() > 0 || profile.subjects.pages() == 0 || style.pages == 0) return 1;
  return std::min(kMost, 1 + static_cast<double>(style.assets) / style.pages);
}

std::string to_words(const Span& span, const SubjectSet& subjects, double clients) {
  std::string text;
  if (span.subjects == 0) {
    text = fmt::format("read about {:.0f} different {} in {}", span.found, what(subjects), span.words);
  } else {
    text = fmt::format("read {}{} different {} in {}", subjects.saturated() ? "at least " : "", span.subjects,
                       what(subjects), span.words);
  }
  text += fmt::format("; the limit is {:.0f}", span.limit);
  if (clients > 1) text += fmt::format(" for the {:.0f} clients that seem to share the address", clients);
  if (span.subjects != 0 && span.found != static_cast<double>(span.subjects))
    text += fmt::format(" (weighted by sensitivity: {:.1f})", span.found);
  return text;
}

}  // namespace

std::optional<Judgement> Breadth::judge(const SourceView& view, const Options& options) {
  const SubjectSet& subjects = view.profile.subjects;
  const SubjectSet::Count hour = subjects.last_hour(view.now);
  const SubjectSet::Count day = subjects.last_day(view.now);
  const SubjectSet::Count week = subjects.last_week(view.now);
  const ReachHistory::Reach& reach = view.reach;
  // For the time before a restart there is only an estimate.
  const bool week_is_exact = week.weighted >= reach.this_week * (1 - 2 * HyperLogLog::kStandardError);
  std::array spans{Span{"an hour", hour.weighted, options.subjects_per_hour, hour.subjects},
                   Span{"a day", day.weighted, options.subjects_per_day, day.subjects},
                   week_is_exact ? Span{"a week", week.weighted, options.subjects_per_week, week.subjects}
                                 : Span{"this week", reach.this_week, options.subjects_per_week},
                   Span{"four weeks", reach.four_weeks, options.subjects_per_four_weeks}};
  const auto farthest = [&] { return *std::ranges::max_element(spans, {}, &Span::ratio); };
  // Most sources end here, which saves counting their clients.
  if (farthest().ratio() < 1) return std::nullopt;
  const double clients = clients_behind(view);
  const double browsing = browsing_factor(view.profile);
  for (Span& span : spans)
    span.limit *= (1 + (clients - 1) * options.share_of_more_clients) * browsing;
  const Span span = farthest();
  if (span.ratio() < 1) return std::nullopt;

  constexpr double kPerDoubling = 1.5;
  return Judgement{grown_weight(span.ratio(), options.weight, kPerDoubling, options.max_weight),
                   to_words(span, subjects, clients),
                   {{"subjects_last_hour", static_cast<double>(hour.subjects)},
                    {"subjects_last_day", static_cast<double>(day.subjects)},
                    {"weighted_last_hour", hour.weighted},
                    {"weighted_last_day", day.weighted},
                    {"weighted_last_week", std::max(week.weighted, reach.this_week)},
                    {"weighted_four_weeks", reach.four_weeks},
                    {"clients", clients},
                    {"limit_subjects_per_hour", spans[0].limit},
                    {"limit_subjects_per_day", spans[1].limit},
                    {"limit_subjects_per_week", spans[2].limit},
                    {"limit_subjects_per_four_weeks", spans[3].limit}}};
}

}  // namespace sluice::detection
