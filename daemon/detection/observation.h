// SPDX-License-Identifier: Apache-2.0
// The observations that the pipeline takes in. Made by intake/ (requests) and kernel/ (activity, hellos).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "daemon/base/address.h"
#include "daemon/base/time.h"

namespace sluice::detection {

// Fields that only some access logs write. Where a log writes the field, an empty value ("-") means that the
// visitor did not send it. Where a log does not write the field, an empty value means nothing.
enum class LogField : std::uint8_t {
  referer,
  user_agent,
  host,
  account,
  credential,
  accept_encoding,
  accept_language,
  purpose,
  fingerprint,
  duration,
  connection,
  subjects,
  subject_count,
  fetch_mode,
  fetch_dest,
  content_type,
};

class LogFields {
 public:
  constexpr LogFields() = default;
  constexpr LogFields(std::initializer_list<LogField> fields) {
    for (const LogField field : fields)
      add(field);
  }
  constexpr void add(LogField field) { bits_ |= bit(field); }
  constexpr void add(LogFields others) { bits_ |= others.bits_; }
  [[nodiscard]] constexpr bool has(LogField field) const { return (bits_ & bit(field)) != 0; }

  bool operator==(const LogFields&) const = default;

 private:
  static constexpr std::uint32_t bit(LogField field) { return 1U << static_cast<unsigned>(field); }

  std::uint32_t bits_ = 0;
};

// One line of an access log. The views live until the call that was handed the request returns; an absent
// field is empty (the log's "-" too).
struct Request {
  WallTime time;
  Address client;           // the visitor: the peer, or the address that a trusted proxy names
  bool forwarded = false;   // a trusted proxy named the client: its packets come from the proxy
  std::string_view method;  // "GET"; empty when the request line was malformed
  std::string_view target;  // path and query as sent, not decoded: "/people/1?tab=photos"
  std::string_view protocol;
  std::uint16_t status = 0;  // 100 to 599
  std::uint64_t bytes = 0;   // of the response body
  std::string_view referer;
  std::string_view user_agent;
  std::string_view user;  // of HTTP authentication
  LogFields fields;       // which of the following, and of referer and user agent, this log writes
  std::string_view host;
  std::string_view account;          // whatever the operator's site calls the account that is logged in
  std::string_view credential;       // a cookie or header that tells clients apart: a session, an API key
  std::string_view accept_encoding;  // these three as the visitor's headers say them
  std::string_view accept_language;
  std::string_view purpose;       // Sec-Purpose: "prefetch" where a browser guesses what comes next
  std::string_view fingerprint;   // JA4, where the server or a proxy before it logs one
  std::uint64_t duration_us = 0;  // from the first byte read to the last one sent
  std::uint64_t connection = 0;   // the server's number of the connection
  // What the application says of its answer. It names the people whose data the answer showed, with commas
  // between them, as the log has it and without the log's escapes; or it says how many they are.
  std::string_view subjects;
  std::uint32_t subject_count = 0;
  std::string_view fetch_mode;  // Sec-Fetch-Mode and Sec-Fetch-Dest, as the visitor's headers say them
  std::string_view fetch_dest;
  std::string_view content_type;  // of the answer
  // The line ended too soon. What stood behind is not known; a status that is not there is taken for 200, for
  // otherwise whoever makes lines too long would be shown nobody.
  bool cut = false;
  // It ended within the path, or before it: `target` is a beginning, which may be that of another page. It
  // names nobody.
  bool path_cut = false;
};

// Whether the line ended before its referer. A page of another site may have led there, and so the request
// proves nothing by itself: it is no mark of a decoy or a probe.
[[nodiscard]] inline bool is_origin_cut(const Request& request) {
  return request.cut && !request.fields.has(LogField::referer);
}

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

}  // namespace sluice::detection
