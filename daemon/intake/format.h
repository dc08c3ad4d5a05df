// SPDX-License-Identifier: Apache-2.0
// What a line of an access log is turned into, and every way that can fail. Each format is one LineParser in
// a file of its own; who follows or opens the log is not known here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "daemon/base/error.h"
#include "daemon/intake/hops.h"
#include "daemon/detection/observation.h"

namespace sluice::intake {

// Servers cap a request line and each header at 8 to 32 KiB; two of them, escaped, still fit.
inline constexpr std::size_t kMaxLineBytes = std::size_t{64} * 1024;

enum class Format : std::uint8_t {
  combined,
  common,
  vhost_combined,  // combined behind the name of the host, with or without a port
  nginx,           // a log_format of its own
  apache,          // a LogFormat of its own
  json,
  haproxy,
};
inline constexpr std::size_t kFormats = 7;

[[nodiscard]] std::string_view to_string(Format format);
[[nodiscard]] Result<Format> parse_format(std::string_view text);

enum class DurationUnit : std::uint8_t { s, ms, us, ns };

// Where a JSON log keeps each field. "a.b" is the member b of the object a, or a member that is itself named
// "a.b"; of a list the first value counts. `request`, the whole request line, counts where there is no
// `target`. An empty name: the log has no such field. The defaults are nginx's names of its variables.
struct FieldMap {
  std::string time = "time";
  std::string client = "remote_addr";
  std::string method = "method";
  std::string target = "uri";
  std::string protocol = "protocol";
  std::string request = "request";
  std::string status = "status";
  std::string bytes = "body_bytes_sent";
  std::string referer = "http_referer";
  std::string user_agent = "http_user_agent";
  std::string user = "remote_user";
  std::string peer = "realip_remote_addr";  // who connected, where `client` is already the visitor behind it
  std::string host = "host";
  std::string account{};
  std::string credential{};
  std::string accept_encoding = "http_accept_encoding";
  std::string accept_language = "http_accept_language";
  std::string purpose = "http_sec_purpose";
  std::string fingerprint = "ssl_ja4";
  std::string duration = "request_time";
  DurationUnit duration_unit = DurationUnit::s;
  std::string connection = "connection";
  std::string forwarded_for = "http_x_forwarded_for";
  std::string forwarded = "http_forwarded";
  std::string proxy_client = "proxy_protocol_addr";  // of the PROXY protocol

  bool operator==(const FieldMap&) const = default;
};

enum class JsonPreset : std::uint8_t { nginx, caddy, traefik, envoy };

// The names that these servers give their fields.
[[nodiscard]] FieldMap preset_fields(JsonPreset preset);

// One [[log]] of the configuration.
struct LogOptions {
  std::string path{};  // a file, a pattern of files, or "-" for standard input; empty: see listen
  Format format = Format::combined;
  JsonPreset preset = JsonPreset::nginx;  // whose names `fields` began with
  FieldMap fields{};                      // of a JSON log
  std::string pattern{};                  // of nginx and apache: what stands in the server's configuration
  // Of nginx, apache and haproxy: the variable or captured header that is each, "$cookie_user", "%{user}C",
  // "x-user".
  std::string account{};
  std::string credential{};
  std::string fingerprint{};
  std::string listen{};                // instead of a path: see log_socket.h
  std::vector<Prefix> from{};          // who may send there by UDP
  std::vector<std::string> headers{};  // of haproxy: the request headers it captures, in their order

  [[nodiscard]] const std::string& name() const { return listen.empty() ? path : listen; }

  bool operator==(const LogOptions&) const = default;
};

// Why a line is not a request. The order of the names in format.cpp follows this one.
enum class ParseFault : std::uint8_t {
  empty,
  too_long,  // more than kMaxLineBytes
  no_client,
  bad_client,  // not an IP address: a host name, or fields in another order
  no_time,
  bad_time,  // an impossible date, or not in the form the format prescribes
  no_request,
  unterminated_quote,
  bad_status,
  bad_bytes,
  missing_field,  // the line ends before the format's last field
  not_json,
  not_an_object,
  mismatch,  // not what the pattern says
  count_,
};
inline constexpr std::size_t kParseFaults = static_cast<std::size_t>(ParseFault::count_);

[[nodiscard]] std::string_view to_string(ParseFault fault);

using Parsed = boost::system::result<detection::Request, ParseFault>;

// boost::system::result calls this when value() is asked of a fault: our bug, so it ends the process.
[[noreturn]] inline void throw_exception_from_error(ParseFault, const boost::source_location&) {
  std::abort();
}

class LineParser {
 public:
  virtual ~LineParser() = default;

  // `line` without its newline, any bytes. The request's views point into the line or into the parser, and
  // live until the line goes or parse() is called again. Combined and common keep the server's
  // escapes, the other formats undo them.
  // A request line that is not HTTP is no fault: probing is evidence. It gives an empty method, and as target
  // whatever was sent. A status outside 100 to 599 gives 0.
  [[nodiscard]] virtual Parsed parse(std::string_view line) = 0;

  // What the line that was parsed last says of proxies, if it was a request.
  [[nodiscard]] virtual Hops hops() const { return {}; }
};

// Fails where the options do: a pattern that cannot be read. The error says which key and the remedy.
[[nodiscard]] Result<std::unique_ptr<LineParser>> make_parser(const LogOptions& options);

}  // namespace sluice::intake
