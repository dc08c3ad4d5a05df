// SPDX-License-Identifier: Apache-2.0
// Any text as a robots.txt, then the same text as paths and user agents asked about.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/detection/site/robots_rules.h"

namespace {

using namespace sluice::detection;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> faults;
  const RobotsRules rules = RobotsRules::parse(text, faults);
  const auto* anybody = rules.group_for("");
  for (const std::string_view agent :
       {std::string_view("Mozilla/5.0 (compatible; examplebot/1.0)"), text.substr(0, 100)}) {
    const auto* group = rules.group_for(agent);
    require(group != nullptr || anybody == nullptr);
    if (group == nullptr) continue;
    require(group->crawl_delay() >= 0);
    require(!group->disallows("/robots.txt"));
    for (std::size_t at = 0; at < size; at += 1 + size / 8)
      (void)group->disallows(text.substr(at));
  }
  return 0;
}
