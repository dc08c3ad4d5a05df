// SPDX-License-Identifier: Apache-2.0
// Facts from outside, as the pipeline takes them in. Made by intake/ (requests) and kernel/ (activity,
// hellos).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "daemon/base/address.h"
#include "daemon/base/time.h"

namespace sluice::pipeline {

// One line of an access log. The views live until the call that was handed the request returns; an absent
// field is empty (the log's "-" too).
struct Request {
  WallTime time;
  Address client;           // as the server logged it
  std::string_view method;  // "GET"; empty when the request line was malformed
  std::string_view target;  // path and query as sent, not decoded: "/people/1?tab=photos"
  std::string_view protocol;
  std::uint16_t status = 0;  // 100 to 599
  std::uint64_t bytes = 0;   // of the response body
  std::string_view referer;
  std::string_view user_agent;
  std::string_view user;  // of HTTP authentication
};

// What the kernel counted for one source since its last report.
struct Activity {
  WallTime time;
  Prefix source;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t attempts = 0;  // TCP connection attempts to protected ports
};

// The beginning of a TLS connection, as the filter saw it on the wire.
struct Hello {
  WallTime time;
  Address client;
  std::uint16_t client_port = 0;
  std::uint16_t port = 0;               // of this host
  std::span<const std::uint8_t> bytes;  // from the record header on; lives until the call returns
  bool whole = false;                   // false: it goes on beyond what was kept
};

}  // namespace sluice::pipeline
