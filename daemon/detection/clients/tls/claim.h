// SPDX-License-Identifier: Apache-2.0
// Whether a ClientHello can come from the browser that the user agent claims. Looks at the structure of the
// hello, by the version of the browser, and not at lists of fingerprints, which go out of date. Does not find
// a client that copies the whole hello of a browser.
//
// To join it: where a source's user agent and the hello of one of its connections are known,
// check_claim(agent, hello). A log says at best by address and port which connection a request came over, so
// use it only if all hellos of a source agree. `contradicts` is a strong sign with known innocent causes,
// which `text` names; `unknown` says nothing.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/detection/clients/agents/agent.h"
#include "daemon/detection/clients/tls/client_hello.h"

namespace sluice::detection {

enum class ClaimVerdict : std::uint8_t {
  unknown,      // no browser is claimed that a rule is for, or the hello is not whole
  consistent,   // every rule for that browser holds
  contradicts,  // at least one does not
};

struct ClaimCheck {
  ClaimVerdict verdict = ClaimVerdict::unknown;
  unsigned rules = 0;   // looked at
  unsigned broken = 0;  // of those
  // For `contradicts`, in words: "claims Chrome 131, but its TLS hello has no GREASE (RFC 8701), which ...".
  std::string text;
};

[[nodiscard]] ClaimCheck check_claim(const Agent& agent, const ClientHello& hello);

}  // namespace sluice::detection
