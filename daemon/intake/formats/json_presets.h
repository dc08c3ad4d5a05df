// SPDX-License-Identifier: Apache-2.0
// How the fields of a JSON log are called: as the operator says, or as the servers call them that write JSON
// by themselves. Plain values; json.h reads lines by them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::intake {

enum class DurationUnit : std::uint8_t { s, ms, us, ns };

// Where a JSON log keeps each field. "a.b" is the member b of the object a, or a member that is itself named
// "a.b"; "a|b" is b where a line has no a. Of a list the first value counts. `request`, the whole request
// line, counts where there is no `target`. An empty name: the log has no such field. The defaults are nginx's
// names of its variables, and other names that operators give them.
struct FieldMap {
  std::string time = "time|time_iso8601|time_local|timestamp|@timestamp|msec|ts|date";
  std::string client = "remote_addr|remote_ip|client_ip|clientip|client|ip";
  std::string method = "method|request_method|http_method";
  std::string target = "request_uri|uri|url|path";
  std::string protocol = "protocol|server_protocol|http_version";
  std::string request = "request";
  std::string status = "status|status_code|response|code";
  std::string bytes = "body_bytes_sent|bytes_sent|bytes|size";
  std::string referer = "http_referer|http_referrer|referer|referrer";
  std::string user_agent = "http_user_agent|user_agent|useragent|agent|ua";
  std::string user = "remote_user|user";
  std::string peer = "realip_remote_addr";  // who connected, where `client` is already the visitor behind it
  std::string host = "http_host|host|vhost|server_name";
  std::string account{};
  std::string credential{};
  std::string accept_encoding = "http_accept_encoding";
  std::string accept_language = "http_accept_language";
  std::string purpose = "http_sec_purpose";
  std::string fingerprint = "ssl_ja4";
  std::string duration = "request_time";
  DurationUnit duration_unit = DurationUnit::s;
  std::string connection = "connection";
  std::string forwarded_for = "http_x_forwarded_for|x_forwarded_for|forwarded_for";
  std::string forwarded = "http_forwarded";
  std::string proxy_client = "proxy_protocol_addr";  // of the PROXY protocol
  std::string subjects = "sent_http_x_sluice_subjects";
  std::string subject_count = "sent_http_x_sluice_subject_count";
  std::string fetch_mode = "http_sec_fetch_mode";
  std::string fetch_dest = "http_sec_fetch_dest";
  std::string content_type = "sent_http_content_type";

  bool operator==(const FieldMap&) const = default;
};

enum class JsonPreset : std::uint8_t { nginx, caddy, traefik, envoy, gitlab };

// "nginx", as the configuration names it.
[[nodiscard]] std::string_view to_string(JsonPreset preset);

// The names that these servers give their fields.
[[nodiscard]] FieldMap preset_fields(JsonPreset preset);

}  // namespace sluice::intake
