// SPDX-License-Identifier: Apache-2.0
// How the fields of a JSON log are called: as the operator says, or as the servers call them that write JSON
// by themselves. Plain values; json.h reads lines by them.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::intake {

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
  std::string subjects = "sent_http_x_sluice_subjects";
  std::string subject_count = "sent_http_x_sluice_subject_count";
  std::string fetch_mode = "http_sec_fetch_mode";
  std::string fetch_dest = "http_sec_fetch_dest";
  std::string content_type = "sent_http_content_type";

  bool operator==(const FieldMap&) const = default;
};

enum class JsonPreset : std::uint8_t { nginx, caddy, traefik, envoy };

// The names that these servers give their fields.
[[nodiscard]] FieldMap preset_fields(JsonPreset preset);

}  // namespace sluice::intake
