// SPDX-License-Identifier: Apache-2.0
// nginx's log_format: what its variables are called, and how the directive is written.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/intake/formats/pattern_parser.h"
#include "daemon/intake/formats/pattern_plan.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {
namespace {

struct NginxVariable {
  std::string_view name;
  Field field;
  Holds holds;
  int rank = 1;
};

constexpr std::array<NginxVariable, 90> kNginxVariables = {{
    {"remote_addr", Field::client, Holds::address},
    {"realip_remote_addr", Field::peer, Holds::address},
    {"proxy_protocol_addr", Field::proxy_client, Holds::address},
    {"http_x_forwarded_for", Field::forwarded_for, Holds::anything, 2},
    {"proxy_add_x_forwarded_for", Field::forwarded_for, Holds::anything},
    {"http_forwarded", Field::forwarded, Holds::anything},
    {"remote_user", Field::user, Holds::anything},
    {"time_local", Field::time, Holds::time},
    {"time_iso8601", Field::time, Holds::time, 2},
    {"msec", Field::time, Holds::time, 3},
    {"request", Field::request, Holds::anything},
    {"request_method", Field::method, Holds::word},
    {"request_uri", Field::target, Holds::anything},
    {"uri", Field::path, Holds::anything, 2},
    {"document_uri", Field::path, Holds::anything},
    {"args", Field::query, Holds::anything, 2},
    {"query_string", Field::query, Holds::anything},
    {"server_protocol", Field::protocol, Holds::word},
    {"status", Field::status, Holds::number},
    {"body_bytes_sent", Field::bytes, Holds::number, 2},
    {"bytes_sent", Field::bytes, Holds::number},
    {"http_referer", Field::referer, Holds::anything},
    {"http_user_agent", Field::user_agent, Holds::anything},
    {"http_host", Field::host, Holds::word, 3},  // nginx refuses one with blanks; see host_before_client
    {"host", Field::host, Holds::word, 2},
    {"server_name", Field::host, Holds::name},
    {"http_accept_encoding", Field::accept_encoding, Holds::anything},
    {"http_accept_language", Field::accept_language, Holds::anything},
    {"http_sec_purpose", Field::purpose, Holds::anything, 2},
    {"http_purpose", Field::purpose, Holds::anything},
    {"request_time", Field::duration_s, Holds::number},
    {"connection", Field::connection, Holds::number},
    {"ssl_ja4", Field::fingerprint, Holds::word, 2},
    {"ja4", Field::fingerprint, Holds::word},
    // What was taken out before the visitor sees the answer is among the upstream's headers alone.
    {"upstream_http_x_sluice_subjects", Field::subjects, Holds::anything, 2},
    {"sent_http_x_sluice_subjects", Field::subjects, Holds::anything},
    {"upstream_http_x_sluice_subject_count", Field::subject_count, Holds::anything, 2},
    {"sent_http_x_sluice_subject_count", Field::subject_count, Holds::anything},
    {"http_sec_fetch_mode", Field::fetch_mode, Holds::anything},
    {"http_sec_fetch_dest", Field::fetch_dest, Holds::anything},
    {"sent_http_content_type", Field::content_type, Holds::anything},
    // Nothing that is looked at, but known never to hold a space or a quote.
    {"remote_port", Field::skip, Holds::number},
    {"realip_remote_port", Field::skip, Holds::number},
    {"proxy_protocol_port", Field::skip, Holds::number},
    {"proxy_protocol_server_addr", Field::skip, Holds::address},
    {"proxy_protocol_server_port", Field::skip, Holds::number},
    {"server_addr", Field::skip, Holds::address},
    {"server_port", Field::skip, Holds::number},
    {"connection_requests", Field::skip, Holds::number},
    {"connection_time", Field::skip, Holds::number},
    {"connections_active", Field::skip, Holds::number},
    {"connections_waiting", Field::skip, Holds::number},
    {"request_length", Field::skip, Holds::number},
    {"gzip_ratio", Field::skip, Holds::number},
    {"pid", Field::skip, Holds::number},
    {"tcpinfo_rtt", Field::skip, Holds::number},
    {"tcpinfo_rttvar", Field::skip, Holds::number},
    {"tcpinfo_snd_cwnd", Field::skip, Holds::number},
    {"tcpinfo_rcv_space", Field::skip, Holds::number},
    {"pipe", Field::skip, Holds::word},
    {"scheme", Field::skip, Holds::word},
    {"https", Field::skip, Holds::word},
    {"hostname", Field::skip, Holds::word},
    {"nginx_version", Field::skip, Holds::word},
    {"request_id", Field::skip, Holds::word},
    {"request_completion", Field::skip, Holds::word},
    {"is_args", Field::skip, Holds::word},
    {"http2", Field::skip, Holds::word},
    {"http3", Field::skip, Holds::word},
    {"server_port_str", Field::skip, Holds::word},
    {"proxy_port", Field::skip, Holds::number},
    {"proxy_upstream_name", Field::skip, Holds::name},
    {"proxy_alternative_upstream_name", Field::skip, Holds::name},
    {"proxy_host", Field::skip, Holds::word},
    {"req_id", Field::skip, Holds::word},
    {"namespace", Field::skip, Holds::name},
    {"ingress_name", Field::skip, Holds::name},
    {"service_name", Field::skip, Holds::name},
    {"service_port", Field::skip, Holds::name},
    {"the_real_ip", Field::client, Holds::address, 0},
    {"remote_port_str", Field::skip, Holds::word},
    {"ssl_client_s_dn", Field::skip, Holds::anything},  // these as the visitor's certificate has them
    {"ssl_client_i_dn", Field::skip, Holds::anything},
    {"ssl_client_s_dn_legacy", Field::skip, Holds::anything},
    {"ssl_client_i_dn_legacy", Field::skip, Holds::anything},
    {"ssl_client_v_start", Field::skip, Holds::anything},
    {"ssl_client_v_end", Field::skip, Holds::anything},
    {"ssl_client_verify", Field::skip, Holds::anything},
    {"ssl_client_cert", Field::skip, Holds::anything},
    {"ssl_client_raw_cert", Field::skip, Holds::anything},
}};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// A family of variables that a server fills in: what it may hold by the beginning or end of its name.
struct NginxFamily {
  std::string_view name;
  Holds holds;
  Field field = Field::skip;
};
// The first that fits counts.
constexpr std::array<NginxFamily, 5> kPrefixes = {{{"upstream_http_", Holds::anything},
                                                   {"upstream_trailer_", Holds::anything},
                                                   {"upstream_cookie_", Holds::anything},
                                                   {"upstream_", Holds::list},
                                                   {"ssl_", Holds::word}}};
// GeoIP's codes and numbers; names of places have blanks. Operators choose the front of these names.
constexpr std::array<NginxFamily, 10> kSuffixes = {
    {{"_code", Holds::word},
     {"_iso", Holds::word},
     {"_latitude", Holds::number},
     {"_longitude", Holds::number},
     {"_asn", Holds::word},
     {"_id", Holds::word},
     {"_accuracy_radius", Holds::number},
     // What a map has taken secrets out of.
     {"_request_uri", Holds::anything, Field::target},
     {"_http_referer", Holds::anything, Field::referer},
     {"_http_user_agent", Holds::anything, Field::user_agent}}};

const NginxFamily* family_of(std::string_view name) {
  for (const NginxFamily& family : kPrefixes) {
    if (name.starts_with(family.name)) return &family;
  }
  const bool is_geo = name.starts_with("geoip");
  for (const NginxFamily& family : kSuffixes) {
    if (name.ends_with(family.name) && (is_geo || family.field != Field::skip)) return &family;
  }
  return nullptr;
}

Token nginx_variable(std::string_view name) {
  Token token{false, fmt::format("${}", name), Field::skip, Holds::anything, 0, std::nullopt};
  const auto known = std::ranges::find(kNginxVariables, name, &NginxVariable::name);
  if (known == kNginxVariables.end()) {
    if (const NginxFamily* family = family_of(name)) {
      token.holds = family->holds;
      token.field = family->field;
    }
    return token;
  }
  token.field = known->field;
  token.holds = known->holds;
  token.rank = known->rank;
  if (name == "time_local") token.time = TimeFormat::common_log();
  if (name == "time_iso8601") token.time = TimeFormat::rfc3339();
  if (name == "msec") token.time = TimeFormat::seconds();
  return token;
}

// One word of a directive, bare or in quotes, as nginx reads it; nothing at the end of the directive.
Result<std::optional<std::string>> next_word(std::string_view& text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  if (text.empty() || text.front() == ';') return std::optional<std::string>();
  const char quote = text.front() == '\'' || text.front() == '"' ? text.front() : '\0';
  if (quote != '\0') text.remove_prefix(1);
  std::string word;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool ends = quote != '\0' ? c == quote : is_space(c) || c == ';';
    if (ends) {
      text.remove_prefix(quote != '\0' ? i + 1 : i);
      return std::optional(std::move(word));
    }
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '\\' && (next == '"' || next == '\'' || next == '\\')) {
      word += next;
      ++i;
    } else if (c == '\\' && next == 't') {
      word += '\t';
      ++i;
    } else {
      word += c;
    }
  }
  if (quote != '\0') return Error("has a quote that is never closed");
  text = {};
  return std::optional(std::move(word));
}

struct Written {
  std::string format;
  Escape escape = Escape::hex;
};

Result<Written> read_directive(std::string_view text) {
  Written written;
  text.remove_prefix(std::string_view("log_format").size());
  auto name = next_word(text);
  if (!name) return name.error();
  for (bool first = true;; first = false) {
    auto word = next_word(text);
    if (!word) return word.error();
    if (!*word) break;
    if (first && (*word)->starts_with("escape=")) {
      const std::string_view how = std::string_view(**word).substr(7);
      if (how == "json") {
        written.escape = Escape::json;
      } else if (how == "none") {
        return Error(
            "has escape=none, with which a visitor writes quotes and whole lines of his own; take it out, "
            "here and in the server's configuration");
      } else if (how != "default") {
        return Error("has an escape= that nginx does not know; there are default, json and none");
      }
      continue;
    }
    written.format += **word;
  }
  return written;
}

Result<std::unique_ptr<LineParser>> make_nginx_parser(const LogOptions& options) {
  return make_pattern_parser(compile_nginx(options.pattern, named_variables(options)));
}

}  // namespace

namespace formats {
constinit const FormatSpec kNginx = {.name = "nginx", .has_pattern = true, .make_parser = &make_nginx_parser};
}  // namespace formats

Result<Pattern> compile_nginx(std::string_view text, const NamedVariables& named) {
  if (text.size() > kMaxPatternBytes) return Error(fmt::format("is longer than {} bytes", kMaxPatternBytes));
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() &&
         (text.back() == '\n' || text.back() == '\r'))  // of a text that stands on a line of its own
    text.remove_suffix(1);
  Written written{std::string(text), Escape::hex};
  if (text.starts_with("log_format") && text.size() > 10 && is_space(text[10])) {
    auto directive = read_directive(text);
    if (!directive) return directive.error();
    written = *std::move(directive);
  }
  auto tokens = dollar_tokens(written.format, &nginx_variable);
  if (!tokens) return tokens.error();
  return plan(*std::move(tokens), written.escape, named);
}

}  // namespace sluice::intake
