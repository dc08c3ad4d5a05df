// SPDX-License-Identifier: Apache-2.0
// Whether a ClientHello can come from the browser that the user agent claims. Looks at its structure, not at
// lists of fingerprints: those age, structure does so by the browser's version. Says nothing of clients that
// copy a browser's hello whole; those are for the other heuristics.
//
// To join it: where a source's user agent and the hello of one of its connections are known,
// check_claim(agent, hello). Which request came over which connection the log says by address and port at
// best: use it where a source has one hello only, or all its hellos agree. `contradicts` is strong evidence
// with known innocent causes, which `text` names; `unknown` is none.
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
  // Of `contradicts`, in words: "claims Chrome 131, but its TLS hello has no GREASE (RFC 8701), which ...".
  std::string text;
};

[[nodiscard]] ClaimCheck check_claim(const Agent& agent, const ClientHello& hello);

}  // namespace sluice::detection
