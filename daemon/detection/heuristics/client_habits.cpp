// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/client_habits.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "daemon/detection/heuristics/loading.h"

namespace sluice::detection {
namespace {

// The missing habits: in words, and as a count.
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
  // The browsers of the site have a habit if more than kUsual of their pages show it. It is missing where
  // less than kMissing of the pages do.
  constexpr double kUsual = 0.3;
  constexpr double kMissing = 0.02;
  const RequestStyle& style = view.profile.style;
  const SiteProfile& site = view.site;
  const auto has = [&](LogField field) { return style.logged.has(field); };
  const auto never = [&](std::uint32_t pages) { return pages < kMissing * style.pages; };

  Absences absences;
  absences.add(loading(view) == Loading::hardly, 1, style.icons == 0 ? "no assets and no icon" : "no assets");
  absences.add(has(LogField::referer) && site.referred() > kUsual && never(style.referred), 1, "no referer");
  // Every browser sends a language with every page, and nothing on the way adds or removes it.
  absences.add(has(LogField::accept_language) && site.with_language() > kUsual && never(style.with_language),
               1.5, "no language");
  absences.add(has(LogField::accept_encoding) && site.compressed() > kUsual && never(style.compressed), 1,
               "no compression");
  // Behind a proxy that speaks HTTP/1, as in some companies, every client does.
  absences.add(site.http1_0() < kMissing && style.http1_0 > style.pages / 2, 1, "HTTP/1.0");
  absences.add(site.http2() > 0.8 && never(style.http2) && style.http1_0 <= style.pages / 2 &&
                   is_current(view.agent->agent.claim),
               0.5, "HTTP/1.1 alone");
  absences.add(style.pages >= 4 * min_pages && site.revalidated() > 0.1 && never(style.revalidated), 0.5,
               "never a copy that it asked about");
  return absences;
}

}  // namespace

std::optional<Judgement> ClientHabits::judge(const SourceView& view, const Options& options) {
  const RequestStyle& style = view.profile.style;
  if (view.agent == nullptr || style.pages < options.min_pages || !view.site.known()) return std::nullopt;
  if (!claims_browser(view.agent->agent)) return std::nullopt;
  // With several clients behind one address it is not known whose habits these are.
  if (view.profile.agents > 2 + style.pages / 4) return std::nullopt;

  constexpr double kLeast = 2;
  constexpr double kPerFurther = 0.75;
  const Absences absences = missing_habits(view, options.min_pages);
  if (absences.strength() < kLeast) return std::nullopt;
  const BrowserClaim& claim = view.agent->agent.claim;
  return Judgement{
      std::min(options.weight + kPerFurther * (absences.strength() - kLeast), options.max_weight),
      fmt::format("claims to be {} {}, but in {} pages there was: {}", to_text(claim.browser), claim.major,
                  style.pages, absences.words()),
      {{"habits_missing", absences.strength()},
       {"pages", static_cast<double>(style.pages)},
       {"assets", static_cast<double>(style.assets)},
       {"site_assets_per_page", view.site.assets_a_page()},
       {"pages_with_referer", static_cast<double>(style.referred)}}};
}

}  // namespace sluice::detection
