// SPDX-License-Identifier: Apache-2.0
// Sets of defaults that belong together. A preset is read like a file before the operator's own: every key
// that a file says wins.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::config {

enum class Preset : std::uint8_t {
  careful,     // the defaults: no person who reads is affected
  balanced,    // acts earlier, but on no person of the test traces
  strict,      // acts earlier still: a hurried or thorough person may be throttled, but not blocked
  small_site,  // a few hundred people to protect, few visitors, little memory
};

[[nodiscard]] std::string_view to_string(Preset preset);

// What a preset sets other than the defaults.
struct PresetValue {
  std::string_view key;
  std::string_view value;  // as TOML
  std::string_view why;    // the measurement or publication that it stands on
};

[[nodiscard]] std::span<const PresetValue> values_of(Preset preset);

}  // namespace sluice::config
