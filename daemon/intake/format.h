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

#include <boost/system/result.hpp>

#include "daemon/base/error.h"
#include "daemon/pipeline/observation.h"

namespace sluice::intake {

// Servers cap a request line and each header at 8 to 32 KiB; two of them, escaped, still fit.
inline constexpr std::size_t kMaxLineBytes = std::size_t{64} * 1024;

enum class Format : std::uint8_t { combined, common, json };

[[nodiscard]] std::string_view to_string(Format format);
[[nodiscard]] Result<Format> parse_format(std::string_view text);

// Where a JSON log keeps each field. "a.b" is the member b of the object a, or a member that is itself named
// "a.b". `request`, the whole request line, counts where there is no `target`. An empty name: the log has no
// such field.
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

  bool operator==(const FieldMap&) const = default;
};

// One [[log]] of the configuration.
struct LogOptions {
  std::string path;
  Format format = Format::combined;
  FieldMap fields;  // of a JSON log

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
  count_,
};
inline constexpr std::size_t kParseFaults = static_cast<std::size_t>(ParseFault::count_);

[[nodiscard]] std::string_view to_string(ParseFault fault);

using Parsed = boost::system::result<pipeline::Request, ParseFault>;

// boost::system::result calls this when value() is asked of a fault: our bug, so it ends the process.
[[noreturn]] inline void throw_exception_from_error(ParseFault, const boost::source_location&) {
  std::abort();
}

class LineParser {
 public:
  virtual ~LineParser() = default;

  // `line` without its newline, any bytes. The request's views point into the line or into the parser, and
  // live until the line goes or parse() is called again. Quoted fields stay escaped as the server wrote them.
  // A request line that is not HTTP is no fault: probing is evidence. It gives an empty method, and as target
  // whatever was sent. A status outside 100 to 599 gives 0.
  [[nodiscard]] virtual Parsed parse(std::string_view line) = 0;
};

[[nodiscard]] std::unique_ptr<LineParser> make_parser(Format format, const FieldMap& fields);

}  // namespace sluice::intake
