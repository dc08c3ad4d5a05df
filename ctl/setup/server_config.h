// SPDX-License-Identifier: Apache-2.0
// What the configuration of a web server says that concerns Sluice, in one shape for all servers. The readers
// (nginx_config.h, haproxy_config.h, apache_config.h, caddy_config.h) fill it in; web_servers.cpp turns it
// into what is proposed. Nothing here reads a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::ctl {

enum class LogTarget : std::uint8_t {
  file,    // `place` is its path
  output,  // standard output or error: the journal, if systemd started the server
  syslog,  // the socket of this host's syslog
  sent,    // to whoever listens: `place` is "udp:192.0.2.1:514" or "unix:/run/x.sock", as sluice.toml has it
};

struct ServerLog {
  LogTarget target = LogTarget::file;
  std::string place;
  std::string format;                // as in sluice.toml
  std::string pattern;               // with format "nginx", "apache" or "haproxy", or the preset of "json"
  std::vector<std::string> headers;  // of `capture request header`, in their order
  std::vector<std::string> response_headers;  // of `capture response header`

  bool operator==(const ServerLog&) const = default;
};

struct ServerConfig {
  std::vector<ServerLog> logs;       // each once, in their order; at most kMaxServerLogs
  std::vector<std::uint16_t> ports;  // that others than this host reach; in order
  std::vector<std::string> trusted;  // proxies from which it takes the visitor's address, as they stand there
  std::vector<std::string>
      unseen;  // requests that no log says, or none that can be read: in words, with a remedy
  std::vector<std::string> remarks;  // what else is to be looked at
};

inline constexpr std::size_t kMaxServerConfig = std::size_t{4} * 1024 * 1024;  // bytes of text
inline constexpr std::size_t kMaxServerLogs = 64;
inline constexpr std::size_t kMaxServerPorts = 64;
inline constexpr std::size_t kMaxServerProxies = 1000;
inline constexpr std::size_t kMaxServerRemarks = 64;

inline constexpr std::uint16_t kPortOfHttp = 80;

// "192.0.2.1", "192.0.2.1:1514" or "[2001:db8::1]" -> "udp:192.0.2.1:514": where syslog goes over UDP.
[[nodiscard]] std::string syslog_receiver(std::string_view host);

// Adds the ports of an address to listen at, as any of the servers writes it: "443", "*:443", "[::]:81",
// "192.0.2.1:80,192.0.2.2:81", "ipv4@:80", "tcp/:8443", ":8000-8009". `otherwise` is the port where none
// stands there. Sockets, and addresses of loopback, add none. What has no such form is passed over.
void add_listen(std::string_view text, std::uint16_t otherwise, std::vector<std::uint16_t>& ports);

// Adds a log, unless it is there; a sentence, unless there are too many of them.
void add_log_once(ServerLog log, ServerConfig& config);
void add_sentence(std::string sentence, std::vector<std::string>& sentences);

}  // namespace sluice::ctl
