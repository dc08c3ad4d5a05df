// SPDX-License-Identifier: Apache-2.0
// What `sluicectl setup` sees of this host: interfaces, web servers, their logs. Reads, and runs nginx -T;
// changes nothing. What can be read by root alone is left out where it may not be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::ctl {

struct HostInterface {
  std::string name;
  std::vector<std::string> addresses;
  bool default_route = false;
  std::string driver;  // empty: it has no device behind it
  std::uint32_t mtu = 0;
  bool native_likely = false;  // XDP in the driver, by what is known of it
  std::string remedy;          // what stands against it, in words; empty: nothing known
};

struct HostLog {
  std::string server;  // "nginx", "Apache", "HAProxy", "Caddy"
  std::string path;
  std::string format;                // as in sluice.toml
  std::string pattern;               // with format "nginx" or "apache", or the preset of "json"
  std::uint64_t lines = 0;           // looked at, at its end
  std::vector<std::string> proxies;  // addresses that nearly all of these come from, where they are few
};

struct Host {
  std::vector<HostInterface> interfaces;  // those that are up, and not loopback
  std::vector<std::string> servers;       // "nginx, running", "HAProxy, installed"
  std::vector<HostLog> logs;
  std::vector<std::string> real_ip_from;  // proxies that nginx trusts
  std::string management;                 // the address this operator is connected from; empty: none known
  std::vector<std::string> remarks;
};

[[nodiscard]] Host look_at_host();

}  // namespace sluice::ctl
