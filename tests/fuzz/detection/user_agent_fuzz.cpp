// SPDX-License-Identifier: Apache-2.0
// Any bytes as a user agent: always the same class, with and without what was remembered in between.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/detection/clients/agents/browser.h"
#include "daemon/detection/clients/agents/classifier.h"

namespace {

using namespace sluice::detection;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Classifier classifier({}, 5);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Agent agent = classifier.classify(text);
  static_cast<void>(classifier.classify("curl/8.5.0"));
  require(classifier.classify(text) == agent);
  require(!to_text(agent.agent_class).empty() && !to_text(agent.claim.browser).empty());
  require(!agent.by_list);
  require(agent.claim.browser != Browser::none || agent.claim == BrowserClaim{});
  require(read_browser_claim(text.substr(0, Classifier::kMaxBytes)) == agent.claim ||
          agent.agent_class == AgentClass::empty);
  if (agent.agent_class == AgentClass::impossible) require(!agent.claim.impossible.empty());
  return 0;
}
