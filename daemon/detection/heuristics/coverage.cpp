// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/coverage.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/detection/heuristics/clients_behind.h"

namespace sluice::detection {
namespace {

// The name of a walk ends where the number stands: "/people?page=", "/people/page/".
std::string describe(const ListWalk& walk) {
  return fmt::format("went through {} pages of the list {}N one after the other, from {} to {}", walk.pages,
                     walk.name, walk.first, walk.last);
}

}  // namespace

std::optional<Judgement> Coverage::judge(const SourceView& view, const Options& options) {
  constexpr double kPerDoubling = 0.75;
  const SourceProfile& profile = view.profile;
  // Nobody opened what a page loaded by itself.
  const std::uint32_t subjects = std::min(profile.subjects.opened(), profile.subject_pages);
  const double first_visits =
      profile.subject_pages == 0 ? 0 : static_cast<double>(subjects) / profile.subject_pages;
  // Many people behind one address seldom open the same person.
  const bool reads_once = subjects >= options.min_subjects && first_visits >= options.min_first_visits &&
                          !is_shared(profile) && clients_behind(view) == 1;
  const ListWalk* walk = profile.lists() != nullptr ? profile.lists()->longest(view.now) : nullptr;
  if (walk != nullptr && walk->pages < options.list_pages) walk = nullptr;
  if (!reads_once && walk == nullptr) return std::nullopt;

  double weight = 0;
  std::string text;
  if (reads_once) {
    weight += grown_weight(static_cast<double>(subjects) / options.min_subjects, options.weight,
                           kPerDoubling / 2, options.max_weight);
    text = fmt::format(
        "opened {} different people in {} pages and hardly any of them twice ({:.0f} % first visits)",
        subjects, profile.subject_pages, 100 * first_visits);
  }
  if (walk != nullptr) {
    weight += grown_weight(static_cast<double>(walk->pages) / options.list_pages, options.weight,
                           kPerDoubling, options.max_weight);
    text += (text.empty() ? "" : "; ") + describe(*walk);
  }
  return Judgement{std::min(weight, options.max_weight),
                   std::move(text),
                   {{"subjects", static_cast<double>(subjects)},
                    {"first_visits_share", first_visits},
                    {"list_pages", walk == nullptr ? 0.0 : static_cast<double>(walk->pages)},
                    {"limit_list_pages", static_cast<double>(options.list_pages)}}};
}

}  // namespace sluice::detection
