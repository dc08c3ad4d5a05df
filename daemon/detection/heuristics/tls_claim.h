// SPDX-License-Identifier: Apache-2.0
// A TLS hello that the claimed browser does not send (tls/claim.h): the client is a library that copied a
// browser's user agent. Says nothing where several programs share the address.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct TlsClaimOptions {
  bool enabled = true;
  // So many pages after the hello: whoever else is behind the address has shown another one by then.
  unsigned min_pages = 12;  // 1 to 1,000
  // 4 to 11 % of people's connections are opened for them by an antivirus product or a company's proxy
  // (Durumeric et al., NDSS 2017). A busy office behind one has the whole of page_rate (3.0) as well, and is
  // to stay below the throttle.
  double weight = 1.0;
  // Where it also loads nothing of what its pages pull in, as the site's browsers do and those people's too:
  // of the recorded libraries all. ln(1/0.07) = 2.7, and 3.2 at the least of it; alone below the throttle,
  // with people's data read at the limit (3.0) a block.
  double max_weight = 3.5;
};

[[nodiscard]] std::optional<Signal> tls_claim(const SourceView& view, const TlsClaimOptions& options);

}  // namespace sluice::detection
