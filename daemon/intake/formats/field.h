// SPDX-License-Identifier: Apache-2.0
// The meaning of a piece of a log line, whatever the format calls it, and how its text becomes part of a
// request. Used by the formats whose fields the operator names; finds no piece in a line itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/intake/line_parser.h"

namespace sluice::intake {

enum class Field : std::uint8_t {
  skip,  // nothing that is looked at
  time,  // read by the format, which knows its form
  client,
  peer,  // who connected, where the server itself already names the visitor behind a proxy as the client
  client_and_port,  // "192.0.2.7:443", "2001:db8::1:443": the last colon stands before the port
  peer_and_port,
  visitor,  // the field that the operator names as the client: what a proxy says, or a list of what several
            // say
  user,
  request,  // the whole request line
  method,
  target,  // path and query
  path,    // the two of a target apart
  query,
  protocol,
  status,
  bytes,
  referer,
  user_agent,
  host,
  account,
  credential,
  accept_encoding,
  accept_language,
  purpose,
  fingerprint,
  duration_s,  // with a fraction, as are the others
  duration_ms,
  duration_us,
  duration_ns,
  connection,
  forwarded_for,  // X-Forwarded-For
  forwarded,      // RFC 7239
  proxy_client,   // whom the PROXY protocol says the connection stands for
  subjects,       // the people that the answer showed, with commas between them
  subject_count,  // how many they are
  fetch_mode,
  fetch_dest,
  content_type,  // of the answer
  count_,
};
inline constexpr std::size_t kFields = static_cast<std::size_t>(Field::count_);

// Builds one request after the other out of pieces. The views it is given must live as long as the request.
class RequestBuilder {
 public:
  RequestBuilder();

  void begin();
  void set_time(WallTime time);
  // The fault of a piece without which the line is no request; an optional one that cannot be read is as if
  // it were absent.
  [[nodiscard]] std::optional<ParseFault> set(Field field, std::string_view text);
  // As set(), of a number; `whole` is nothing where it is not whole, or negative.
  [[nodiscard]] std::optional<ParseFault> set_number(Field field, double number,
                                                     std::optional<std::uint64_t> whole);
  // Says that the log has the field, also where this line leaves it empty: then the visitor sent none.
  void note(Field field);
  // The host is that of the request's target, "http://www.example.org/"; for logs that name no other.
  void take_host_of_target();
  [[nodiscard]] Parsed finish();

  // The line ends too soon: within the value of `field`, of which `text` is the beginning, or between two
  // values (Field::skip). Only the beginning of what was asked for is of use.
  void set_cut(Field field, std::string_view text);
  // As finish(), of such a line. The target may be missing; see Request::cut.
  [[nodiscard]] Parsed finish_cut();

  // Those of the request that was finished last.
  [[nodiscard]] const ForwardingHeaders& forwarding_headers() const { return forwarding_; }

 private:
  [[nodiscard]] bool has(Field field) const { return (seen_ >> static_cast<unsigned>(field) & 1U) != 0; }
  [[nodiscard]] std::optional<ParseFault> settle_client();
  [[nodiscard]] std::optional<ParseFault> take_client_of_chain();
  [[nodiscard]] std::string_view join(std::string_view path, std::string_view query);

  detection::Request request_;
  ForwardingHeaders forwarding_;
  std::uint64_t seen_ = 0;
  std::optional<ParseFault> client_fault_;
  std::string_view line_;  // the request line
  Field cut_field_ = Field::skip;
  std::string_view cut_text_;
  std::string_view path_;
  std::string_view query_;
  std::vector<char> joined_;  // path and query
};

}  // namespace sluice::intake
