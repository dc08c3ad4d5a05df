// SPDX-License-Identifier: Apache-2.0
// `sluiced routes`: reads whole logs and says which URLs the site has, which of them look like people, and
// the routes to configure. Changes nothing and needs no privileges.
#pragma once

#include <cstdio>

#include "daemon/app/offline/log_reading.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"

namespace sluice::app {

enum class RoutesForm : std::uint8_t {
  table,  // for people; in colour on a terminal
  json,   // one object
  toml,   // the tables [[route]], with the evidence as comments
};

struct RoutesOptions {
  LogFiles logs;
  RoutesForm form = RoutesForm::table;
};

// Writes what was found to `out`, and to `log` what was read; while it reads, how far it is, if that is a
// terminal. An error where no line could be read.
[[nodiscard]] Result<void> find_routes(const config::Config& config, const RoutesOptions& options,
                                       std::FILE* out, std::FILE* log);

}  // namespace sluice::app
