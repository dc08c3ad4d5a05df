// SPDX-License-Identifier: Apache-2.0
// What `sluicectl setup` sees of this host: interfaces, web servers, their logs. Reads, and asks the servers'
// own programs how they are configured; changes nothing. What can be read by root alone is left out where it
// may not be.
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
  std::string server;                // "nginx", "Apache", "HAProxy", "Caddy"
  std::string path;                  // or "journal:caddy.service"
  std::string format;                // as in sluice.toml
  std::string pattern;               // with format "nginx", "apache" or "haproxy", or the preset of "json"
  std::uint64_t lines = 0;           // looked at, at its end
  std::vector<std::string> proxies;  // addresses that nearly all of these come from, where they are few
  std::string listen = {};           // where the server sends it, "udp:192.0.2.1:514", if it has no path
  std::vector<std::string> headers = {};  // with format "haproxy": those that it captures
  std::vector<std::string> response_headers = {};
};

struct Host {
  std::vector<HostInterface> interfaces;  // those that are up, and not loopback
  std::vector<std::string> servers;       // "nginx, running", "HAProxy, installed"
  std::vector<HostLog> logs;
  std::vector<std::uint16_t> ports;  // at which they are reached from outside, in order
  std::vector<std::string> trusted;  // proxies from which they take the visitor's address
  std::string management;            // the address this operator is connected from; empty: none known
  std::vector<std::string>
      unseen;  // requests that no log holds, and what could not be found out: with a remedy
  std::vector<std::string> remarks;
};

[[nodiscard]] Host look_at_host();

}  // namespace sluice::ctl
