// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/value.h"

#include <climits>

#include <net/if.h>
#include <sys/un.h>

#include "daemon/base/text.h"
#include "daemon/detection/site/routes.h"
#include "daemon/gate/listen_address.h"
#include "daemon/lists/sync/source.h"

namespace sluice::config {
namespace {

constexpr std::size_t kShown = 60;  // bytes of a value in a message

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

Error complaint(std::string_view text, std::string_view why) {
  return Error(fmt::format("{} {}", in_quotes(text), why));
}

Result<void> check_file(std::string_view text) {
  if (text.back() == '/') return complaint(text, "ends in '/'; name the file");
  return {};
}

Result<void> check_path(std::string_view text) {
  if (text.front() != '/') {
    return complaint(text,
                     "is a relative path, and a service has no directory of its own; write it from / on");
  }
  return check_file(text);
}

Result<void> check_listen_address(std::string_view text) {
  if (text.empty()) return {};
  if (auto parsed = gate::parse_listen_address(text); !parsed) return parsed.error();
  return {};
}

Result<void> check_interface(std::string_view text) {
  if (text != "." && text != ".." && text.find_first_of("/: ") == std::string_view::npos) return {};
  return complaint(text, "is not the name of an interface; `ip -br link` lists them");
}

Result<void> check_group(std::string_view text) {
  const bool good = (is_letter(text.front()) || text.front() == '_') && std::ranges::all_of(text, [](char c) {
                      return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
                    });
  if (good) return {};
  return complaint(text,
                   "is not the name of a group; `getent group` lists them, and \"root\" keeps others out");
}

Result<void> check_name(std::string_view text) {
  const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; };
  if (std::ranges::all_of(text, fits)) return {};
  return complaint(text, "is not a name; use letters, digits, '-' and '_'");
}

// Of a route, which a ready-made site puts behind its own: "mediawiki.user".
Result<void> check_route_name(std::string_view text) {
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; };
  if (std::ranges::all_of(text, fits)) return {};
  return complaint(text, "is not a name; use letters, digits, '-', '_' and '.'");
}

Result<void> check_url_path(std::string_view text) {
  if (text.front() != '/') return complaint(text, "does not start with '/'");
  if (text.find_first_of("?# ") == std::string_view::npos) return {};
  return complaint(text, "is more than a path; leave query, fragment and white space out");
}

Result<void> check_extension(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c); })) return {};
  return complaint(text, "is not a file extension; write it in small letters and without the dot");
}

}  // namespace

Result<void> check_nothing(std::string_view) {
  return {};
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  std::size_t end = std::min(text.size(), kShown);
  // Not in the middle of a UTF-8 sequence.
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80)
    --end;
  for (const char c : text.substr(0, end)) {
    if (is_control(c)) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  if (end < text.size()) out += "...";
  return out + '"';
}

std::string found(const toml::node& node) {
  if (const auto* text = node.as_string()) return fmt::format("the text {}", in_quotes(text->get()));
  if (const auto* number = node.as_integer()) return fmt::format("the number {}", number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("the number {:#}", number->get());
  if (const auto* boolean = node.as_boolean()) return boolean->get() ? "true" : "false";
  if (node.is_array()) return "a list";
  if (node.is_table()) return "a table";
  return "a date or time";
}

void refuse_type(const toml::node& node, const Place& place, std::string_view wanted,
                 std::string_view example) {
  place.refuse(node, fmt::format("{} is not {}; write for example {}", found(node), wanted, example));
}

std::optional<bool> Boolean::read(const toml::node& node, const Place& place) const {
  if (const auto* boolean = node.as_boolean()) return boolean->get();
  place.refuse(node, fmt::format("{} is neither true nor false", found(node)));
  return std::nullopt;
}

std::optional<double> Real::read(const toml::node& node, const Place& place) const {
  const auto number = node.is_number() ? node.value<double>() : std::nullopt;
  if (!number) {
    refuse_type(node, place, fmt::format("a number from {} to {}", least, most), fmt::format("{:#}", least));
    return std::nullopt;
  }
  if (!(*number >= least && *number <= most)) {  // refuses nan too
    place.refuse(node, fmt::format("{} is out of range: {} to {}", *number, least, most));
    return std::nullopt;
  }
  return number;
}

std::optional<Seconds> read_duration(const toml::node& node, const Place& place, Seconds least,
                                     Seconds most) {
  const auto* text = node.as_string();
  if (text == nullptr) {
    refuse_type(node, place, "a duration", "\"15m\"");
    return std::nullopt;
  }
  const auto duration = parse_duration(text->get());
  if (!duration) {
    place.refuse(node, duration.error().message());
    return std::nullopt;
  }
  if (*duration < least || *duration > most) {
    place.refuse(node, fmt::format("{} is out of range: {} to {}", text->get(), format_duration(least),
                                   format_duration(most)));
    return std::nullopt;
  }
  return *duration;
}

std::optional<std::string> Text::read(const toml::node& node, const Place& place) const {
  const auto* string = node.as_string();
  if (string == nullptr) {
    refuse_type(node, place, what, in_quotes(example));
    return std::nullopt;
  }
  const std::string& text = string->get();
  if (text.size() < least) {
    place.refuse(node, fmt::format("the text is empty; write for example {}", in_quotes(example)));
  } else if (text.size() > most) {
    place.refuse(node, fmt::format("{} is {} bytes long; at most {}", in_quotes(text), text.size(), most));
  } else if (std::ranges::any_of(text, is_control)) {
    place.refuse(node, fmt::format("{} holds a control character; take it out", in_quotes(text)));
  } else if (const auto checked = check(text); !checked) {
    place.refuse(node, checked.error().message());
  } else {
    return text;
  }
  return std::nullopt;
}

std::optional<Prefix> Network::read(const toml::node& node, const Place& place) const {
  const auto* text = node.as_string();
  if (text == nullptr) {
    refuse_type(node, place, "a network", "\"198.51.100.0/24\"");
    return std::nullopt;
  }
  const auto prefix = Prefix::parse(text->get());
  if (!prefix) {
    place.refuse(node, prefix.error().message());
    return std::nullopt;
  }
  // An office, a VPN, a provider at most. What is wider was mistyped: it would put half the world out of
  // reach.
  const unsigned shortest = prefix->family() == Family::ipv4 ? 8 : 16;
  if (prefix->length() < shortest) {
    place.refuse(node, fmt::format("{} is nearly everybody; the prefix length must be {} at least",
                                   in_quotes(text->get()), shortest));
    return std::nullopt;
  }
  return *prefix;
}

Text absolute_path() {
  return {"a path", "/var/log/nginx/access.log", 1, PATH_MAX - 1, check_path};
}
Text optional_path() {
  return {"a path, or empty", "/var/www/html/robots.txt", 0, PATH_MAX - 1,
          [](std::string_view path) { return path.empty() ? Result<void>() : check_path(path); }};
}
Text socket_path() {
  return {"a path", "/run/sluice/control.sock", 1, sizeof(sockaddr_un::sun_path) - 1, check_path};
}
Text listen_address() {
  return {"an address", "127.0.0.1:9798", 0, sizeof(sockaddr_un::sun_path) - 1, check_listen_address};
}
Text interface_name() {
  return {"the name of an interface", "eth0", 1, IFNAMSIZ - 1, check_interface};
}
Text group_name() {
  return {"the name of a group", "sluice", 1, 32, check_group};
}
Text optional_group_name() {
  return {"the name of a group, or empty", "sluice-view", 0, 32,
          [](std::string_view name) { return name.empty() ? Result<void>() : check_group(name); }};
}
Text route_name() {
  return {"a name", "people", 1, 64, check_route_name};
}
Text list_name() {
  return {"a name", "spamhaus-drop", 1, 64, check_name};
}
Text list_source() {
  return {"a path or URL", "https://example.org/drop.txt", 1, PATH_MAX - 1, [](std::string_view text) {
            const auto checked = lists::check_source(text);
            return checked ? Result<void>() : complaint(text, checked.error().message());
          }};
}
Text list_path() {
  return {"a path", "/etc/sluice/lists/spamhaus-drop.txt", 1, PATH_MAX - 1, check_path};
}
Text include_path() {
  return {"a path", "/etc/sluice/learned.toml", 1, PATH_MAX - 1, check_file};
}
Text route_pattern() {
  return {"a pattern", "/people/{subject}", 1, 1024, detection::check_pattern};
}
Text url_path() {
  return {"a path", "/people/all-contacts", 1, 1024, check_url_path};
}
Text file_extension() {
  return {"a file extension", "png", 1, 16, check_extension};
}
Text field_name() {
  return {"the name of a field", "remote_addr", 0, 256, check_nothing};
}

}  // namespace sluice::config
