// SPDX-License-Identifier: Apache-2.0
// A TLS hello that the claimed browser does not send (tls/claim.h): the client is a library that copied a
// browser's user agent. Says nothing where several programs share the address.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct TlsClaimOptions {
  bool enabled = true;
  // This many pages after the hello: by then another client behind the address would have sent another hello.
  unsigned min_pages = 12;  // 1 to 1,000
  // 4 to 11 % of people's connections are opened for them by an antivirus product or a company's proxy
  // (Durumeric et al., NDSS 2017). A busy office behind one also gets all of page_rate (3.0), and must stay
  // below the throttle.
  double weight = 1.0;
  // The weight if the client also loads no assets: none of the recorded libraries does, while the browsers
  // behind an antivirus product or a proxy do. ln(1/0.07) = 2.7, and ln(1/0.04) = 3.2. Alone it is below the
  // throttle; with breadth at its limit (3.0) it is a block.
  double max_weight = 3.5;
};

struct TlsClaim {
  static constexpr std::string_view kName = "tls_claim";
  static constexpr Cause kCause = Cause::disguise;
  using Options = TlsClaimOptions;
  static constexpr auto kOptions = std::tuple(option("min_pages", &Options::min_pages, 1U, 1'000U));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
