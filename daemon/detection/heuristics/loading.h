// SPDX-License-Identifier: Apache-2.0
// Whether a source loads the assets of its pages as the browsers of the site do. Used by the heuristics about
// clients.
#pragma once

#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

enum class Loading : std::uint8_t {
  unknown,  // too little was seen of the site, or a cache in front of it answers for the assets
  as_browsers,
  hardly,
};

// The source must have a dozen pages: for fewer, the cache of a browser may hold all the assets.
[[nodiscard]] inline Loading loading(const SourceView& view) {
  constexpr double kLeast = 1;     // assets a page of the site's browsers; below that it is unknown
  constexpr double kHardly = 0.1;  // share of what they load: portraits and the like differ from page to page
  const double usual = view.site.assets_a_page();
  const RequestStyle& style = view.profile.style;
  if (!view.site.known() || usual < kLeast || style.pages == 0) return Loading::unknown;
  const double own = static_cast<double>(style.assets) / style.pages;
  return own < kHardly * usual ? Loading::hardly : Loading::as_browsers;
}

}  // namespace sluice::detection
