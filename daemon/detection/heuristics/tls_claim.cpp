// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/tls_claim.h"

#include <fmt/format.h>

#include "daemon/detection/heuristics/loading.h"

namespace sluice::detection {

std::optional<Signal> tls_claim(const SourceView& view, const TlsClaimOptions& options) {
  if (!options.enabled || !view.profile.tls) return std::nullopt;
  const TlsTrace& tls = *view.profile.tls;
  if (!tls.contradicts || tls.several_clients) return std::nullopt;
  const std::uint32_t pages = view.profile.style.pages - tls.pages_before;
  if (pages < options.min_pages) return std::nullopt;

  double weight = options.weight;
  std::string text = tls.text;
  switch (loading(view)) {
    case Loading::hardly:
      weight = options.max_weight;
      text +=
          ". It loads nothing of what its pages pull in, which a person's browser behind such a proxy does";
      break;
    case Loading::as_browsers:
      text += ". It loads its pages as browsers do, which speaks for one of these";
      break;
    case Loading::unknown:
      break;
  }
  return Signal{"tls_claim", weight, std::move(text), {{"pages_since", static_cast<double>(pages)}}};
}

}  // namespace sluice::detection
