// SPDX-License-Identifier: Apache-2.0
// The processes of web servers that serve this host's interfaces, and how each was started. Used by
// web_servers.cpp. Reads /proc alone; what may not be read there is left out.
//
// Whoever has an account here can start a process that calls itself a web server. Setup runs as root, and a
// web server that root asks about a configuration loads the modules that it names. So a command line is
// believed only where root stands behind it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace sluice::ctl {

struct ServerProcess {
  std::string name;  // as the kernel has it, at most 15 letters
  std::string pid;
  std::vector<std::string> arguments;  // they begin with the program
  std::string unit;                    // "caddy.service", if what it prints goes to the journal; else empty
  dev_t root = 0;                      // the file system that it has for /
  bool is_roots = false;               // root started it, and it runs as root
  bool is_service = false;             // the system's systemd started it, under whatever user
};

// Those with one of the names, in this network namespace.
[[nodiscard]] std::vector<ServerProcess> server_processes(std::span<const std::string_view> names);

// The value behind an option of its command line, "-f FILE"; all of them, in their order.
[[nodiscard]] std::vector<std::string> values_of(const ServerProcess& process, std::string_view option);
// A path of its command line as this process sees it: a relative one begins where it was started.
[[nodiscard]] std::string absolute_path(const ServerProcess& process, const std::string& path);
// "NAME=value" of what it was started with, as far as NAME begins with `prefix`.
[[nodiscard]] std::vector<std::string> environment_of(const ServerProcess& process, std::string_view prefix);

}  // namespace sluice::ctl
