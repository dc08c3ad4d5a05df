// SPDX-License-Identifier: Apache-2.0
// Any bytes as a configuration file: they load or have faults, each with a line that there is and words that
// a terminal can show. What loads is within the ranges that the layers below rely on, and can be written as
// TOML and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "daemon/config/changes.h"
#include "daemon/config/keys.h"
#include "daemon/config/load.h"

namespace {

using namespace sluice;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const config::Fault& fault, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  require(fault.line >= 1 && fault.line <= lines);
  require(!fault.message.empty());
  require(std::ranges::none_of(to_string(fault), [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
}

void check(const config::Config& config) {
  require(config.policy.throttle_score <= config.policy.block_score);
  require(config.policy.block_for <= config.policy.max_for);
  require(config.policy.throttle_rate.packets_per_second >= 1 && config.policy.throttle_rate.burst >= 1);
  require(config.filter.ipv6_source_length == config.detector.identity.ipv6_prefix_length);
  require(!config.filter.ports.empty() && config.filter.ports.size() <= 32);
  require(detection::RouteTable::create(config.detector.routes).has_value());

  std::string text;
  for (const auto& key : config::config_keys()) {
    const std::string line = fmt::format("{} = {}\n", key.name, key.write(config));
    if (line.size() > 2048 || line.find("...") != std::string::npos)
      return;  // too long to be written on one line
    text += line;
  }
  const auto again = config::parse(text, "again");
  require(again.has_value() && config::changes(config, *again).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = config::parse(text, "fuzz");
  if (loaded) {
    check(*loaded);
  } else {
    require(!loaded.error().empty());
    for (const auto& fault : loaded.error())
      check(fault, text);
  }
  return 0;
}
