// SPDX-License-Identifier: Apache-2.0
// What a line of an access log is turned into, and every way that can fail. Each format of formats/ is a
// LineParser; who follows or opens the log is not known here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/system/result.hpp>

#include "daemon/detection/observation.h"
#include "daemon/intake/forwarding_headers.h"

namespace sluice::intake {

// Servers cap a request line and each header at 8 to 32 KiB, and write up to six bytes for one of a visitor:
// five fields of 32 KiB, all escaped, still fit. What is longer loses its middle: see line_splitter.h.
inline constexpr std::size_t kMaxLineBytes = std::size_t{1024} * 1024;

// Why a line is not a request. The order of the names in line_parser.cpp follows this one.
enum class ParseFault : std::uint8_t {
  empty,
  too_long,  // more than kMaxLineBytes
  part,      // no fault: an envelope holds a part of a line, and the rest comes with a later one
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
  directive,  // nothing is wrong: the line is about the log itself, as "#Fields: date time" is
  mismatch,   // not what the pattern says
  count_,
};
inline constexpr std::size_t kParseFaults = static_cast<std::size_t>(ParseFault::count_);

[[nodiscard]] std::string_view to_string(ParseFault fault);

// How far a line could be read, to say what is wrong with it and which format it is nearest to.
struct Failure {
  std::string_view field;    // where it ends, in the words of the format; lives until the next line
  std::size_t progress = 0;  // how many of the format's fields could be read before that
};
// That of a format which knows no more of it than the fault.
[[nodiscard]] Failure usual_failure(ParseFault fault);

using Parsed = boost::system::result<detection::Request, ParseFault>;

// boost::system::result calls this when value() is asked of a fault: our bug, so it ends the process.
[[noreturn]] inline void throw_exception_from_error(ParseFault, const boost::source_location&) {
  std::abort();
}

class LineParser {
 public:
  virtual ~LineParser() = default;

  // `line` without its newline, any bytes. The request's views point into the line or into the parser, and
  // live until the line goes or parse() is called again. The escapes of the server are undone.
  // A request line that is not HTTP is no fault: probing is evidence. It gives an empty method, and as target
  // whatever was sent. A status outside 100 to 599 gives 0.
  [[nodiscard]] virtual Parsed parse(std::string_view line) = 0;

  // To be called with a line that parse() has just refused: reads it as one that was cut at its end, as
  // syslog and servers cut what is too long. It is one if it ends within quotes, or if it is long and ends
  // before its last field. Gives `fault` if it is none, or if client or time are missing. What is there: see
  // detection::Request::cut.
  [[nodiscard]] virtual Parsed parse_cut(std::string_view /*line*/, ParseFault fault) { return fault; }

  // Where the last line failed, if it was not a request.
  [[nodiscard]] virtual Failure failure(ParseFault fault) const { return usual_failure(fault); }

  // What the line that was parsed last says of proxies, if it was a request.
  [[nodiscard]] virtual ForwardingHeaders forwarding_headers() const { return {}; }

  // The names of the envelopes that the lines stand in, as far as that was found out by itself: "docker",
  // "cri, syslog"; empty where there are none. Lives until parse() is called again.
  [[nodiscard]] virtual std::string_view found_envelopes() const { return {}; }
};

// Whether a line that ends outside of quotes, before its last field, may have been cut there. A shorter one
// is of another format. The least that a syslog server must take is 480 bytes, of which its header has a part
// (RFC 5424, section 6.1).
[[nodiscard]] constexpr bool may_be_cut_outside_quotes(std::string_view line) {
  constexpr std::size_t kShortest = 400;
  return line.size() >= kShortest;
}

// The line without what some programs put around it: a byte order mark before the first line of a file, a
// carriage return behind each.
[[nodiscard]] constexpr std::string_view without_margins(std::string_view line) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace sluice::intake
