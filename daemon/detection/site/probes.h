// SPDX-License-Identifier: Apache-2.0
// Paths that nobody who reads a site asks for: a small list of what tools that look for weaknesses begin
// with. Nothing that browsers, phones, mail clients or well-behaved robots ask for unbidden stands in it.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::detection {

// `path` is without its query. Only what the site refused or does not have (a status of 400 or more) is a
// probe: where WordPress runs its login page is a page, and a site that leads all of HTTP to HTTPS answers
// people and tools alike.
[[nodiscard]] bool is_probe(std::string_view path, std::uint16_t status);

}  // namespace sluice::detection
