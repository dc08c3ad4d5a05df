// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/client_habits.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "daemon/detection/heuristics/loading.h"

namespace sluice::detection {
namespace {

// What is missing: words, and how many habits it counts for.
class Absences {
 public:
  void add(bool is_missing, double strength, std::string_view what) {
    if (!is_missing) return;
    strength_ += strength;
    words_ += fmt::format("{}{}", words_.empty() ? "" : ", ", what);
  }
  [[nodiscard]] double strength() const { return strength_; }
  [[nodiscard]] const std::string& words() const { return words_; }

 private:
  double strength_ = 0;
  std::string words_;
};

// Every release of the last five years has HTTP/2 (caniuse.com/http2).
bool is_current(const BrowserClaim& claim) {
  switch (claim.engine) {
    case Engine::blink:
    case Engine::gecko:
      return claim.engine_major >= 80;
    case Engine::apple:
      return claim.engine_major >= 14;
    case Engine::none:
      break;
  }
  return false;
}

Absences missing_habits(const SourceView& view, unsigned min_pages) {
  // A habit is the site's browsers' when more than this share of their pages has it, and is missing where
  // less than that has it.
  constexpr double kUsual = 0.3;
  constexpr double kMissing = 0.02;
  const RequestStyle& style = view.profile.style;
  const SiteProfile& site = view.site;
  const auto has = [&](LogField field) { return style.told.has(field); };
  const auto never = [&](std::uint32_t pages) { return pages < kMissing * style.pages; };

  Absences absences;
  absences.add(loading(view) == Loading::hardly, 1,
               style.icons == 0 ? "no assets and no icon" : "no assets");
  absences.add(has(LogField::referer) && site.referred() > kUsual && never(style.referred), 1,
               "no referer");
  // What every browser sends with every page; nothing on the way adds or takes it.
  absences.add(
      has(LogField::accept_language) && site.with_language() > kUsual && never(style.with_language), 1.5,
      "no language");
  absences.add(has(LogField::accept_encoding) && site.compressed() > kUsual && never(style.compressed), 1,
               "no compression");
  // A proxy that speaks HTTP/1 makes everybody speak it, a company's its own people.
  absences.add(site.http1_0() < kMissing && style.http1_0 > style.pages / 2, 1, "HTTP/1.0");
  absences.add(site.http2() > 0.8 && never(style.http2) && style.http1_0 <= style.pages / 2 &&
                   is_current(view.agent->agent.claim),
               0.5, "HTTP/1.1 alone");
  absences.add(style.pages >= 4 * min_pages && site.revalidated() > 0.1 && never(style.revalidated), 0.5,
               "never a copy that it asked about");
  return absences;
}

}  // namespace

std::optional<Signal> client_habits(const SourceView& view, const ClientHabitsOptions& options) {
  const RequestStyle& style = view.profile.style;
  if (!options.enabled || view.agent == nullptr || style.pages < options.min_pages ||
      !view.site.known())
    return std::nullopt;
  if (!claims_browser(view.agent->agent)) return std::nullopt;
  // Several clients behind one address: whose habits these are is not known.
  if (view.profile.agents > 2 + style.pages / 4) return std::nullopt;

  constexpr double kLeast = 2;
  constexpr double kPerFurther = 0.75;
  const Absences absences = missing_habits(view, options.min_pages);
  if (absences.strength() < kLeast) return std::nullopt;
  const BrowserClaim& claim = view.agent->agent.claim;
  return Signal{"client_habits",
                std::min(options.weight + kPerFurther * (absences.strength() - kLeast), options.max_weight),
                fmt::format("claims to be {} {}, but in {} pages there was: {}", to_text(claim.browser),
                            claim.major, style.pages, absences.words()),
                {{"habits_missing", absences.strength()},
                 {"pages", static_cast<double>(style.pages)},
                 {"assets", static_cast<double>(style.assets)},
                 {"site_assets_per_page", view.site.assets_a_page()},
                 {"pages_with_referer", static_cast<double>(style.referred)}}};
}

}  // namespace sluice::detection
