// SPDX-License-Identifier: Apache-2.0
// `sluiced test-route`: what the configured site makes of URLs, without a log and without a daemon.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/config/config.h"

namespace sluice::app {

struct TestRouteOptions {
  std::vector<std::string> urls;  // targets as in a request line, or whole URLs
  std::string method = "GET";
  std::string host;  // of targets without one
  bool json = false;
};

[[nodiscard]] Result<void> test_route(const config::Config& config, const TestRouteOptions& options,
                                      std::FILE* out);

}  // namespace sluice::app
