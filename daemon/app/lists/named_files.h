// SPDX-License-Identifier: Apache-2.0
// The state of the files that the configuration names beside its lists: of user agents, crawlers, robots.txt,
// autonomous systems and proxies. Shown by status; check_config reads them, and files of lists, for an
// operator.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/config/config.h"

namespace sluice::app {

// What was read of a file, and what is there now.
struct NamedFile {
  std::string key;  // of the configuration: "crawlers.lists"
  std::string path;
  WallTime read{};           // when it was read
  std::string error;         // why nothing of it is in force; empty: it is
  std::size_t left_out = 0;  // entries or lines that could not be read
  std::string first_fault;   // of those
  std::string gone;          // why it could not be read again; empty: it could
  bool has_changed = false;  // since it was read
};

// Looks whether each can be read now, and whether it has changed. Opens them, and reads nothing.
[[nodiscard]] std::vector<NamedFile> looked_at_again(std::vector<NamedFile> files);

// Reads the files of proxies.lists.
[[nodiscard]] std::vector<NamedFile> read_proxy_files(const intake::ProxyOptions& options);

// Everything that a start would not find in files that the configuration names, lists on this host included:
// a sentence each. Files that can be read in part come last, and are no faults.
struct FileFaults {
  std::vector<std::string> unreadable;
  std::vector<std::string> left_out;
};
[[nodiscard]] FileFaults faults_of_files(const config::Config& config);

}  // namespace sluice::app
