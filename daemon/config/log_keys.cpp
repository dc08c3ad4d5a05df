// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/log_keys.h"

#include <algorithm>

#include "daemon/config/row.h"
#include "daemon/config/value.h"
#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/time_zone.h"
#include "daemon/intake/sources/journal_tail.h"
#include "daemon/intake/sources/log_socket.h"

namespace sluice::config {
namespace {

using intake::FieldMap;
using intake::Format;
using intake::LogOptions;

const auto fields = [](auto& log) -> auto& {
  return log.fields;
};

Result<void> check_anything(std::string_view) {
  return {};
}

// A file, a pattern of files, a journal, or "-".
struct LogPath {
  using Value = std::string;
  [[nodiscard]] std::optional<std::string> read(const toml::node& node, const Place& place) const {
    const auto* text = node.as_string();
    if (text != nullptr && text->get() == "-") return text->get();
    if (text != nullptr && intake::is_journal(text->get())) {
      const auto match = intake::parse_journal(text->get());
      if (match) return text->get();
      place.refuse(node, match.error().message());
      return std::nullopt;
    }
    return absolute_path().read(node, place);
  }
  [[nodiscard]] std::string write(const std::string& value) const { return in_quotes(value); }
};

// What stands in the web server's configuration, over several lines if it does there.
struct PatternText {
  using Value = std::string;
  [[nodiscard]] std::optional<std::string> read(const toml::node& node, const Place& place) const {
    const auto* text = node.as_string();
    if (text == nullptr) {
      refuse_type(node, place, "a log format", "'$remote_addr - $remote_user [$time_local] ...'");
      return std::nullopt;
    }
    const auto is_odd = [](unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; };
    if (text->get().empty()) {
      place.refuse(node, "the text is empty; take what stands in the server's configuration");
    } else if (text->get().size() > intake::kMaxPatternBytes) {
      place.refuse(node,
                   fmt::format("{} bytes long; at most {}", text->get().size(), intake::kMaxPatternBytes));
    } else if (std::ranges::any_of(text->get(), is_odd)) {
      place.refuse(node, "holds a control character; take it out");
    } else {
      return text->get();
    }
    return std::nullopt;
  }
  [[nodiscard]] std::string write(const std::string& value) const { return in_quotes(value); }
};

Text listen_point() {
  return {"a place to listen", "unix:/run/sluice/log.sock", 1, 256, check_anything};
}
Text variable_name() {
  return {"a variable of the pattern or the name of a header", "$cookie_user", 1, 128, check_anything};
}
Text zone_name() {
  return {"a time zone", "Europe/Berlin", 1, 64, [](std::string_view text) -> Result<void> {
            const auto zone = intake::TimeZone::named(text);
            if (!zone) return zone.error();
            return {};
          }};
}
Text header_name() {
  return {"the name of a header", "user-agent", 1, 128, check_anything};
}

// "\"nginx\" or \"apache\"": those that `has` is true of.
std::string formats_with(bool (*has)(const Format&)) {
  std::vector<std::string> names;
  for (const Format format : intake::all_formats()) {
    if (has(format)) names.push_back(fmt::format("\"{}\"", format->name));
  }
  const std::string last = std::move(names.back());
  names.pop_back();
  return names.empty() ? last : fmt::format("{} or {}", fmt::join(names, ", "), last);
}

// Keys that only some formats have.
void check_belonging(const LogOptions& log, const toml::table& table, const Place& place) {
  struct Rule {
    std::string_view key;
    bool belongs;
    std::string where;
  };
  const Format format = log.format;
  const std::string patterns = formats_with([](const Format& f) { return f->takes_pattern(); });
  const std::string zones = formats_with([](const Format& f) { return f->has_zone; });
  const std::string named_clients =
      formats_with([](const Format& f) { return f->names_variables() || f->has_fields; });
  const std::string field_maps = formats_with([](const Format& f) { return f->has_fields; });
  const std::string headers = formats_with([](const Format& f) { return f->has_headers; });
  const std::string names = formats_with([](const Format& f) { return f->names_variables(); });
  for (const Rule& rule :
       {Rule{"pattern", format->takes_pattern(), patterns + " has a pattern"},
        Rule{"timezone", format->has_zone, zones + " may have times without a zone"},
        Rule{"client", format->names_variables() || format->has_fields, named_clients + " names its client"},
        Rule{"preset", format->has_fields, field_maps + " has a preset"},
        Rule{"fields", format->has_fields, field_maps + " has fields"},
        Rule{"headers", format->has_headers, headers + " has headers"},
        Rule{"response_headers", format->has_headers, headers + " has headers"},
        Rule{"account", format->names_variables(), names + " has that here"},
        Rule{"credential", format->names_variables(), names + " has that here"},
        Rule{"fingerprint", format->names_variables(), names + " has that here"},
        Rule{"subjects", format->names_variables(), names + " has that here"},
        Rule{"subject_count", format->names_variables(), names + " has that here"}}) {
    const toml::node* node = table.get(rule.key);
    if (rule.belongs || node == nullptr) continue;
    const Place inner{place.report, fmt::format("{}.{}", place.key, rule.key)};
    const bool in_fields = format->has_fields && !rule.key.ends_with("headers") && rule.key != "pattern";
    inner.refuse(*node, fmt::format("only a log with format = {}; {}", rule.where,
                                    in_fields ? "write it into [log.fields]" : "take one of the two out"));
  }
}

void check_source(const LogOptions& log, const toml::table& table, const Place& place) {
  const toml::node* path = table.get("path");
  const toml::node* listen = table.get("listen");
  const toml::node* from = table.get("from");
  const toml::node* trust = table.get("trust_local_users");
  if (path == nullptr && listen == nullptr) {
    Place{place.report, place.key + ".path"}.refuse(
        table, fmt::format("missing; every [[{}]] needs one, or listen", place.key));
  } else if (path != nullptr && listen != nullptr) {
    Place{place.report, place.key + ".listen"}.refuse(*listen,
                                                      "a log has a path or listens; take one of the two out");
  } else if (listen == nullptr && from != nullptr) {
    Place{place.report, place.key + ".from"}.refuse(*from,
                                                    "only a log that listens has senders; take it out");
  } else if (listen == nullptr && trust != nullptr) {
    Place{place.report, place.key + ".trust_local_users"}.refuse(
        *trust, "only a log that listens has senders; take it out");
  } else if (!log.listen.empty()) {
    if (const auto good = intake::check_socket({log.listen, log.from}); !good)
      Place{place.report, place.key + ".listen"}.refuse(*listen, good.error().message());
  }
}

// The preset's names, and over them what the file says; that has been refused already where it is wrong.
void apply_preset(LogOptions& log, const toml::table& table) {
  LogOptions named;
  named.fields = intake::preset_fields(log.preset);
  if (const auto* own = table["fields"].as_table()) {
    Report ignored{std::string()};
    for (const auto& row : log_keys()) {
      if (!row.name.starts_with("fields.")) continue;
      if (const toml::node* node = own->get(row.name.substr(7))) row.read(*node, named, Place{ignored, {}});
    }
  }
  log.fields = named.fields;
}

void check_fields(const LogOptions& log, const toml::table& table, const Place& place) {
  const toml::node* given = table.get("fields");
  const Place inner{place.report, place.key + ".fields"};
  const toml::node& at = given == nullptr ? table : *given;
  if (log.fields.time.empty()) inner.refuse(at, "time may not be empty: without times nothing can be judged");
  if (log.fields.client.empty()) inner.refuse(at, "client may not be empty: nobody could be held to account");
  if (log.fields.target.empty() && log.fields.request.empty()) {
    inner.refuse(at, "target and request are both empty: nothing says what was asked for");
  }
}

void check_pattern_of(const LogOptions& log, const toml::table& table, const Place& place) {
  const bool is_about_headers = log.format->has_headers && table.get("pattern") == nullptr;
  const std::string_view name = is_about_headers ? "headers" : "pattern";
  const toml::node* node = table.get(name);
  const Place inner{place.report, fmt::format("{}.{}", place.key, name)};
  if (node == nullptr && log.format->has_pattern) {
    return inner.refuse(
        table, fmt::format("missing; a log with format = \"{}\" needs the one of the server's configuration",
                           intake::to_string(log.format)));
  }
  // What was given and is not there has been refused already.
  if (node != nullptr && (is_about_headers ? log.headers.empty() : log.pattern.empty())) return;
  if (const auto made = intake::make_parser(log); !made)
    inner.refuse(node == nullptr ? static_cast<const toml::node&>(table) : *node, made.error().message());
}

}  // namespace

std::vector<Key<LogOptions>> log_keys() {
  Choice<Format> format;
  for (const Format each : intake::all_formats())
    format.choices.emplace_back(each->name, each);
  using intake::JsonPreset;
  const Choice<JsonPreset> preset{{{"nginx", JsonPreset::nginx},
                                   {"caddy", JsonPreset::caddy},
                                   {"traefik", JsonPreset::traefik},
                                   {"envoy", JsonPreset::envoy},
                                   {"gitlab", JsonPreset::gitlab}}};
  using intake::DurationUnit;
  const Choice<DurationUnit> unit{
      {{"s", DurationUnit::s}, {"ms", DurationUnit::ms}, {"us", DurationUnit::us}, {"ns", DurationUnit::ns}}};
  Choice<intake::Envelope> envelope;
  for (const intake::Envelope each : {intake::Envelope::automatic, intake::Envelope::none})
    envelope.choices.emplace_back(intake::to_string(each), each);
  for (const intake::Envelope each : intake::kAllEnvelopes)
    envelope.choices.emplace_back(intake::to_string(each), each);
  const List<Network> networks{{}, 1, 256};
  const List<Text> headers{header_name(), 1, 64};
  constexpr Trait kOptional = Trait::optional;
  return {
      key<LogOptions>("path", LogPath{}, kItself, &LogOptions::path, Trait::distinct),
      key<LogOptions>("listen", listen_point(), kItself, &LogOptions::listen, Trait::distinct),
      key<LogOptions>("from", networks, kItself, &LogOptions::from, kOptional),
      key<LogOptions>("trust_local_users", Boolean{}, kItself, &LogOptions::trust_local_users, kOptional),
      key<LogOptions>("format", format, kItself, &LogOptions::format),
      key<LogOptions>("envelope", envelope, kItself, &LogOptions::envelope, kOptional),
      key<LogOptions>("pattern", PatternText{}, kItself, &LogOptions::pattern, kOptional),
      key<LogOptions>("headers", headers, kItself, &LogOptions::headers, kOptional),
      key<LogOptions>("response_headers", headers, kItself, &LogOptions::response_headers, kOptional),
      key<LogOptions>("client", variable_name(), kItself, &LogOptions::client, kOptional),
      key<LogOptions>("timezone", zone_name(), kItself, &LogOptions::timezone, kOptional),
      key<LogOptions>("account", variable_name(), kItself, &LogOptions::account, kOptional),
      key<LogOptions>("credential", variable_name(), kItself, &LogOptions::credential, kOptional),
      key<LogOptions>("fingerprint", variable_name(), kItself, &LogOptions::fingerprint, kOptional),
      key<LogOptions>("subjects", variable_name(), kItself, &LogOptions::subjects, kOptional),
      key<LogOptions>("subject_count", variable_name(), kItself, &LogOptions::subject_count, kOptional),
      key<LogOptions>("preset", preset, kItself, &LogOptions::preset, kOptional),
      key<LogOptions>("fields.time", field_name(), fields, &FieldMap::time),
      key<LogOptions>("fields.client", field_name(), fields, &FieldMap::client),
      key<LogOptions>("fields.method", field_name(), fields, &FieldMap::method),
      key<LogOptions>("fields.target", field_name(), fields, &FieldMap::target),
      key<LogOptions>("fields.protocol", field_name(), fields, &FieldMap::protocol),
      key<LogOptions>("fields.request", field_name(), fields, &FieldMap::request),
      key<LogOptions>("fields.status", field_name(), fields, &FieldMap::status),
      key<LogOptions>("fields.bytes", field_name(), fields, &FieldMap::bytes),
      key<LogOptions>("fields.referer", field_name(), fields, &FieldMap::referer),
      key<LogOptions>("fields.user_agent", field_name(), fields, &FieldMap::user_agent),
      key<LogOptions>("fields.user", field_name(), fields, &FieldMap::user),
      key<LogOptions>("fields.peer", field_name(), fields, &FieldMap::peer),
      key<LogOptions>("fields.host", field_name(), fields, &FieldMap::host),
      key<LogOptions>("fields.account", field_name(), fields, &FieldMap::account),
      key<LogOptions>("fields.credential", field_name(), fields, &FieldMap::credential),
      key<LogOptions>("fields.accept_encoding", field_name(), fields, &FieldMap::accept_encoding),
      key<LogOptions>("fields.accept_language", field_name(), fields, &FieldMap::accept_language),
      key<LogOptions>("fields.purpose", field_name(), fields, &FieldMap::purpose),
      key<LogOptions>("fields.fingerprint", field_name(), fields, &FieldMap::fingerprint),
      key<LogOptions>("fields.duration", field_name(), fields, &FieldMap::duration),
      key<LogOptions>("fields.duration_unit", unit, fields, &FieldMap::duration_unit),
      key<LogOptions>("fields.connection", field_name(), fields, &FieldMap::connection),
      key<LogOptions>("fields.forwarded_for", field_name(), fields, &FieldMap::forwarded_for),
      key<LogOptions>("fields.forwarded", field_name(), fields, &FieldMap::forwarded),
      key<LogOptions>("fields.proxy_client", field_name(), fields, &FieldMap::proxy_client),
      key<LogOptions>("fields.subjects", field_name(), fields, &FieldMap::subjects),
      key<LogOptions>("fields.subject_count", field_name(), fields, &FieldMap::subject_count),
      key<LogOptions>("fields.fetch_mode", field_name(), fields, &FieldMap::fetch_mode),
      key<LogOptions>("fields.fetch_dest", field_name(), fields, &FieldMap::fetch_dest),
      key<LogOptions>("fields.content_type", field_name(), fields, &FieldMap::content_type),
  };
}

void check_log(LogOptions& log, const toml::table& table, const Place& place) {
  check_source(log, table, place);
  check_belonging(log, table, place);
  if (log.format->has_fields) {
    apply_preset(log, table);
    check_fields(log, table, place);
  } else if (log.format->has_keys()) {
    check_pattern_of(log, table, place);
  }
}

}  // namespace sluice::config
