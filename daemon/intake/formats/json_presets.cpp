// SPDX-License-Identifier: Apache-2.0
// What servers that write JSON by themselves call their fields.
#include "daemon/intake/formats/json_presets.h"

namespace sluice::intake {
namespace {

// Caddy 2: one member a header, whose values are a list. Its client_ip (2.7 and later) is the visitor as
// Caddy's own trusted_proxies make it out, remote_ip is who connected. Versions before 2.5 have both with its
// port in remote_addr.
FieldMap caddy() {
  FieldMap map;
  map.time = "ts";
  map.client = "request.client_ip|request.remote_ip|request.remote_addr";
  map.peer = "request.remote_ip|request.remote_addr";
  map.method = "request.method";
  map.target = "request.uri";
  map.protocol = "request.proto";
  map.request = "";
  map.status = "status";
  map.bytes = "size";
  map.referer = "request.headers.Referer";
  map.user_agent = "request.headers.User-Agent";
  map.user = "user_id";
  map.host = "request.host";
  map.accept_encoding = "request.headers.Accept-Encoding";
  map.accept_language = "request.headers.Accept-Language";
  map.purpose = "request.headers.Sec-Purpose";
  map.fingerprint = "";
  map.duration = "duration";
  map.duration_unit = DurationUnit::s;
  map.connection = "";
  map.forwarded_for = "request.headers.X-Forwarded-For";
  map.forwarded = "request.headers.Forwarded";
  map.proxy_client = "";
  map.subjects = "resp_headers.X-Sluice-Subjects";
  map.subject_count = "resp_headers.X-Sluice-Subject-Count";
  map.fetch_mode = "request.headers.Sec-Fetch-Mode";
  map.fetch_dest = "request.headers.Sec-Fetch-Dest";
  map.content_type = "resp_headers.Content-Type";
  return map;
}

// Traefik 2 and 3. Any field may be dropped by accessLog.fields; then another one that says about the same is
// taken, with the headers that are kept by accessLog.fields.headers. ClientHost already is
// X-Forwarded-For where a request had one, so who connected is ClientAddr.
FieldMap traefik() {
  FieldMap map;
  map.time = "StartUTC|StartLocal|time";
  map.client = "ClientAddr";
  map.peer = "";
  map.method = "RequestMethod";
  map.target = "RequestPath";
  map.protocol = "RequestProtocol";
  map.request = "RequestLine";
  map.status = "DownstreamStatus|OriginStatus";
  map.bytes = "DownstreamContentSize|OriginContentSize";
  map.referer = "request_Referer";
  map.user_agent = "request_User-Agent";
  map.user = "ClientUsername";
  map.host = "RequestHost|RequestAddr";
  map.accept_encoding = "request_Accept-Encoding";
  map.accept_language = "request_Accept-Language";
  map.purpose = "request_Sec-Purpose";
  map.fingerprint = "";
  map.duration = "Duration";
  map.duration_unit = DurationUnit::ns;
  map.connection = "";
  map.forwarded_for = "ClientHost";
  map.forwarded = "request_Forwarded";
  map.proxy_client = "";
  map.subjects = "origin_X-Sluice-Subjects|downstream_X-Sluice-Subjects";
  map.subject_count = "origin_X-Sluice-Subject-Count|downstream_X-Sluice-Subject-Count";
  map.fetch_mode = "request_Sec-Fetch-Mode";
  map.fetch_dest = "request_Sec-Fetch-Dest";
  map.content_type = "downstream_Content-Type|origin_Content-Type";
  return map;
}

// Envoy has no JSON of its own; these are the names of its documentation's example and of Istio.
FieldMap envoy() {
  FieldMap map;
  map.time = "start_time";
  map.client = "downstream_remote_address";
  map.peer = "downstream_direct_remote_address";
  map.method = "method";
  map.target = "path";
  map.protocol = "protocol";
  map.request = "";
  map.status = "response_code";
  map.bytes = "bytes_sent";
  map.referer = "referer";
  map.user_agent = "user_agent";
  map.user = "";
  map.host = "authority";
  map.accept_encoding = "accept_encoding";
  map.accept_language = "accept_language";
  map.purpose = "sec_purpose";
  map.fingerprint = "ja4";
  map.duration = "duration";
  map.duration_unit = DurationUnit::ms;
  map.connection = "connection_id";
  map.forwarded_for = "x_forwarded_for";
  map.forwarded = "forwarded";
  map.proxy_client = "";
  map.subjects = "x_sluice_subjects";
  map.subject_count = "x_sluice_subject_count";
  map.fetch_mode = "sec_fetch_mode";
  map.fetch_dest = "sec_fetch_dest";
  map.content_type = "content_type";
  return map;
}

// GitLab: what Workhorse writes of every request, and what Rails writes of those that reach it.
FieldMap gitlab() {
  FieldMap map;
  map.time = "time";
  map.client = "remote_ip|meta.remote_ip|remote_addr";
  map.peer = "";
  map.method = "method";
  map.target = "uri|path";
  map.protocol = "proto";
  map.request = "";
  map.status = "status";
  map.bytes = "written_bytes";
  map.referer = "referrer|referer";
  map.user_agent = "user_agent|ua";
  map.user = "username|meta.user";
  map.host = "host";
  map.accept_encoding = "";
  map.accept_language = "";
  map.purpose = "";
  map.fingerprint = "";
  map.duration = "duration_s|duration";
  map.duration_unit = DurationUnit::s;
  map.connection = "";
  map.forwarded_for = "";
  map.forwarded = "";
  map.proxy_client = "";
  map.subjects = "";
  map.subject_count = "";
  map.fetch_mode = "";
  map.fetch_dest = "";
  map.content_type = "content_type";
  return map;
}

}  // namespace

std::string_view to_string(JsonPreset preset) {
  switch (preset) {
    case JsonPreset::nginx:
      return "nginx";
    case JsonPreset::caddy:
      return "caddy";
    case JsonPreset::traefik:
      return "traefik";
    case JsonPreset::envoy:
      return "envoy";
    case JsonPreset::gitlab:
      return "gitlab";
  }
  return {};
}

FieldMap preset_fields(JsonPreset preset) {
  switch (preset) {
    case JsonPreset::nginx:
      return {};
    case JsonPreset::caddy:
      return caddy();
    case JsonPreset::traefik:
      return traefik();
    case JsonPreset::envoy:
      return envoy();
    case JsonPreset::gitlab:
      return gitlab();
  }
  return {};
}

}  // namespace sluice::intake
