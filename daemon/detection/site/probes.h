// SPDX-License-Identifier: Apache-2.0
// Paths that only vulnerability scanners ask for: a short list of those that they try first. It has no path
// that browsers, phones, mail clients or well-behaved robots ask for by themselves.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::detection {

// `path` has no query. Only a request that the site answered with 400 or more is a probe: on a WordPress site
// its login is a normal page, and a site that redirects HTTP to HTTPS redirects everybody.
[[nodiscard]] bool is_probe(std::string_view path, std::uint16_t status);

}  // namespace sluice::detection
