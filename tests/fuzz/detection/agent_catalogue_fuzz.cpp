// SPDX-License-Identifier: Apache-2.0
// Lists of user agents that an operator fetched from somewhere: read or refused, and their patterns compiled
// or named.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/detection/clients/agents/catalogue.h"
#include "daemon/detection/clients/agents/classifier.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::detection;
  static const std::size_t built_in = Classifier({}, 5).patterns();
  const auto catalogue = parse_agent_catalogue({reinterpret_cast<const char*>(data), size});
  if (!catalogue) {
    require(!catalogue.error().message().empty());
    return 0;
  }
  for (const AgentPattern& entry : catalogue->entries)
    require(!entry.pattern.empty() && !entry.name.empty());
  Classifier classifier({*catalogue}, 5);
  require(classifier.patterns() + classifier.refused().size() >= built_in + catalogue->entries.size() ||
          classifier.patterns() == built_in);
  static_cast<void>(classifier.classify("Mozilla/5.0 (compatible; alpha/1; beta)"));
  require(classifier.classify("curl/8.5.0").agent_class == AgentClass::library);
  return 0;
}
