// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the known word that a mistyped one is nearest to. Used for unknown keys and values.
#pragma once

#include <span>
#include <string_view>

namespace sluice::config {

// Empty when nothing is near: a third of the longer word's letters may differ (inserted, left out, replaced,
// or two neighbours swapped), at least one. The first of several that are equally near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace sluice::config
