// SPDX-License-Identifier: Apache-2.0
// What `sluiced learn` has found, and the three ways to write it: tables, a JSON object, a file of the
// configuration. Used by learn.cpp alone.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/config/config.h"
#include "daemon/learn/example.h"
#include "daemon/learn/trial.h"

namespace sluice::app {

struct LearningReport {
  // Labelled sources that occur in the logs, and the lines of the labels that they are of.
  struct Count {
    std::size_t sources = 0;
    std::size_t lines = 0;
    std::vector<std::size_t> fired;  // of the sources, those that each heuristic spoke of
  };
  Count people;
  Count scrapers;
  std::size_t verified = 0;  // crawlers, who are out of scope
  WallTime from;             // of the requests
  WallTime until;
  learn::ScaleVector before;
  learn::ScaleVector after;
  learn::Trial trial;
};

void print_tables(const LearningReport& report, const config::Config& config, std::FILE* out);
[[nodiscard]] std::string to_json(const LearningReport& report, const config::Config& config);
// [heuristics.scale], with what it rests on.
[[nodiscard]] std::string to_toml(const LearningReport& report, const config::Config& config);

}  // namespace sluice::app
