// SPDX-License-Identifier: Apache-2.0
// A log format that the operator gives as it stands in the web server's configuration: nginx's log_format,
// Apache's LogFormat. It is compiled once, at load, to the meaning of its variables and a plan by which a
// line can be cut into their values so that nothing a visitor writes moves the cuts. A pattern for which
// there is no such plan is refused in words. pattern_parser.h reads the lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/intake/formats/field.h"
#include "daemon/intake/formats/format.h"
#include "daemon/intake/formats/time_format.h"

namespace sluice::intake {

// How the server writes what could end a value too soon.
enum class Escape : std::uint8_t {
  hex,   // nginx's default: \xHH for quotes, backslashes, and all that is not printable ASCII
  json,  // nginx's escape=json
  c,     // Apache: \" \\ \n \xHH
  hash,  // HAProxy: #HH
};

// Values of a pattern between two places that no value can hold: a bare quote, a control character, an end of
// the line. Before `open` each value ends at the first of the literal after it; after `open` each begins
// behind the last of the literal before it. `open` is what is left between.
struct Segment {
  struct Cut {
    Field field = Field::skip;
    std::string literal;   // never empty
    bool is_list = false;  // ", " and " : " are within the value: a blank beside such a mark does not end it
    std::string variable;  // as the pattern has it
  };
  std::vector<Cut> before;
  Field open = Field::skip;
  std::string open_variable;
  std::vector<Cut> after;  // from the right to the left
  std::string end;         // the literal behind the segment
  std::size_t mark = 0;    // the character of `end` that no value can hold
  bool at_line_end = false;
};

struct Pattern {
  std::string begin;  // what every line begins with
  std::vector<Segment> segments;
  TimeFormat time;
  Escape escape = Escape::hex;
  bool account_is_user = false;  // one variable is both
  // The host, as the visitor sent it, stands before the client, and the user, whose name he chose, behind it.
  bool host_before_client = false;
  std::size_t quotes = 0;       // that a line must have, where the server does not escape them; 0: any number
  bool host_of_target = false;  // the log names no host but that of "http://www.example.org/"
};

namespace formats {
extern const FormatSpec kNginx;   // a log_format of the operator's own
extern const FormatSpec kApache;  // a LogFormat of the operator's own
}  // namespace formats

// What the operator says of a pattern's variables, written as the pattern has them ("$cookie_user",
// "%{user}C"); empty: nothing.
struct NamedVariables {
  std::string account{};
  std::string credential{};
  std::string fingerprint{};
  std::string subjects{};
  std::string subject_count{};
  std::string client{};  // the field in which a proxy names the visitor

  bool operator==(const NamedVariables&) const = default;
};

[[nodiscard]] NamedVariables named_variables(const LogOptions& options);

inline constexpr std::size_t kMaxPatternBytes = 8192;

// What stands between the quotes ('$remote_addr - ...'), or the whole directive ("log_format main escape=json
// '...' '...';"), in which case its escape counts. Unknown variables are passed over.
[[nodiscard]] Result<Pattern> compile_nginx(std::string_view text, const NamedVariables& named);
// The same for Apache: '%h %l %u %t ...' or 'LogFormat "%h %l ..." name'. A time without a zone is one of
// `zone`, or refused.
[[nodiscard]] Result<Pattern> compile_apache(std::string_view text, const NamedVariables& named,
                                             const std::optional<TimeZone>& zone = {});

}  // namespace sluice::intake
