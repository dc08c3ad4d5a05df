// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/scoring/scales.h"

#include <algorithm>
#include <array>

#include "daemon/detection/detector.h"

namespace sluice::detection {
namespace {

template <auto Options>
constexpr HeuristicTerms terms(std::string_view name, double Scales::*scale) {
  return {name, scale, [](const DetectorOptions& options) { return (options.*Options).weight; },
          [](const DetectorOptions& options) {
            // One that has a single weight says it or nothing.
            if constexpr (requires { (options.*Options).max_weight; }) {
              return (options.*Options).max_weight;
            } else {
              return (options.*Options).weight;
            }
          }};
}

using Options = DetectorOptions;

constexpr std::array kTerms = {
    terms<&Options::breadth>("breadth", &Scales::breadth),
    terms<&Options::enumeration>("enumeration", &Scales::enumeration),
    terms<&Options::decoy>("decoy", &Scales::decoy),
    terms<&Options::probing>("probing", &Scales::probing),
    terms<&Options::robots>("robots", &Scales::robots),
    terms<&Options::timing>("timing", &Scales::timing),
    terms<&Options::volume>("volume", &Scales::volume),
    terms<&Options::coverage>("coverage", &Scales::coverage),
    terms<&Options::connections>("connections", &Scales::connections),
    terms<&Options::page_rate>("page_rate", &Scales::page_rate),
    terms<&Options::user_agent>("user_agent", &Scales::user_agent),
    terms<&Options::client_habits>("client_habits", &Scales::client_habits),
    terms<&Options::crawler>("crawler", &Scales::crawler),
    terms<&Options::tls_claim>("tls_claim", &Scales::tls_claim),
    terms<&Options::group>("group", &Scales::group),
    terms<&Options::rotation>("rotation", &Scales::rotation),
    terms<&Options::new_account>("new_account", &Scales::new_account),
    terms<&Options::shared_account>("shared_account", &Scales::shared_account),
    terms<&Options::returning>("returning", &Scales::returning),
};

}  // namespace

std::span<const HeuristicTerms> heuristic_terms() {
  return kTerms;
}

const HeuristicTerms* find_terms(std::string_view heuristic) {
  const auto at = std::ranges::find(kTerms, heuristic, &HeuristicTerms::name);
  return at == kTerms.end() ? nullptr : &*at;
}

void rescale(Signal& signal, const DetectorOptions& options) {
  const HeuristicTerms* terms = find_terms(signal.heuristic);
  if (terms == nullptr) return;
  signal.weight = std::min(signal.weight * options.scales.*terms->scale, terms->max_weight(options));
}

}  // namespace sluice::detection
