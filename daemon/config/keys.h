// SPDX-License-Identifier: Apache-2.0
// Every key that the file may have, one row each: its name, the kind and range of its value, where the value
// goes. The same rows read a file, find unknown keys, compare configurations and tell the tests what
// config/sluice.toml has to hold. Private to config/ and its tests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/config/report.h"

namespace sluice::config {

enum class Trait : std::uint8_t {
  plain,
  at_attach,   // takes effect at the next `sluiced attach`
  at_restart,  // takes effect at the next start of `sluiced run`
  required,    // of an entry of [[log]], [[route]] or [[list]]
  optional,    // of such an entry too, and written only where it was given
  unique,      // required, and no two entries may have the same
  distinct,    // optional, and no two entries may have the same
};

// One key of a T.
template <class T>
struct Key {
  std::string name;  // from the T on: "policy.block_score"
  Trait trait = Trait::plain;
  std::function<void(const toml::node&, T&, const Place&)> read;
  std::function<std::string(const T&)> write;  // the value as TOML
};

[[nodiscard]] std::vector<Key<Config>> config_keys();
[[nodiscard]] std::vector<Key<detection::RouteOptions>> route_keys();
[[nodiscard]] std::vector<Key<kernel::LimitOptions>> limit_keys();

// Two keys of which the first must not be greater than the second.
struct Order {
  std::string lesser;
  std::string greater;
  std::function<bool(const Config&)> holds;
};

[[nodiscard]] std::vector<Order> orders();

// Reads one layer into the configuration. The report must have entered the layer.
void read_layer(const toml::table& table, Config& config, Report& report);
// Checks that need all layers, and values that follow from several keys.
void check_whole(Config& config, Report& report);

}  // namespace sluice::config
