// SPDX-License-Identifier: Apache-2.0
// Finds what many pieces of URLs have in common: "profile-7.html" and "profile-8.html" are
// "profile-{subject:number}.html". Used by UrlTree when many different texts stand in one place.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/detection/site/mask.h"

namespace sluice::detection {

// Whether a text means itself in a mask or a pattern, and is text at all: UTF-8 without control characters.
[[nodiscard]] bool is_plain_in_pattern(std::string_view text);

struct CommonMask {
  std::string text;
  Mask mask;
};

// The closest mask that fits at least `least` of the texts and is worth it; where none does, one that fits
// all of them. Nothing if there are fewer than `least` texts. `of_hosts`: the texts are names of hosts, whose
// first label varies. Linear in the texts' length.
[[nodiscard]] std::optional<CommonMask> find_common_mask(std::span<const std::string_view> texts,
                                                         std::size_t least, bool of_hosts);

}  // namespace sluice::detection
