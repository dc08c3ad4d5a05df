// SPDX-License-Identifier: Apache-2.0
// Bytes that come to a TLS port: read within bounds; a beginning of what can be read can be read, and says no
// more than the whole; what is whole has a fingerprint of 36 characters, whatever follows it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "daemon/detection/clients/tls/claim.h"
#include "daemon/detection/clients/tls/client_hello.h"
#include "daemon/detection/clients/tls/ja4.h"

namespace {

using namespace sluice::detection;

void require(bool condition) {
  if (!condition) std::abort();
}

Agent chrome() {
  Agent agent;
  agent.agent_class = AgentClass::browser;
  agent.claim.browser = Browser::chrome;
  agent.claim.engine = Engine::blink;
  agent.claim.major = agent.claim.engine_major = 131;
  return agent;
}

void check(const ClientHello& hello) {
  const ClaimCheck claim = check_claim(chrome(), hello);
  require(claim.text.empty() == (claim.broken == 0));
  if (!hello.whole) return require(claim.verdict == ClaimVerdict::unknown);
  require(ja4(hello).size() == 36);
  require(!ja4_raw(hello).empty());
  require(claim.verdict != ClaimVerdict::unknown);
}

template <class List>
bool begins(const List& part, const List& all) {
  return part.size() <= all.size() && std::equal(part.begin(), part.end(), all.begin());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  const auto hello = parse_client_hello(bytes);
  if (!hello) {
    require(!to_text(hello.error().part).empty() && !to_text(hello.error().kind).empty());
    return 0;
  }
  check(*hello);
  const std::vector<std::uint8_t> half(data, data + size / 2);
  const auto beginning = parse_client_hello(half);
  require(beginning.has_value());
  check(*beginning);
  require(begins(beginning->ciphers, hello->ciphers));
  require(begins(beginning->extensions, hello->extensions));
  require(begins(beginning->groups, hello->groups));
  require(begins(beginning->versions, hello->versions));
  require(begins(beginning->key_shares, hello->key_shares));
  if (hello->whole) {
    std::vector<std::uint8_t> longer(data, data + size);
    longer.insert(longer.end(), {23, 3, 3, 0, 1, 7});
    const auto same = parse_client_hello(longer);
    require(same && same->whole && ja4(*same) == ja4(*hello));
  }
  return 0;
}
