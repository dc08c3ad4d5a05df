// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/request_line.h"

#include <algorithm>
#include <array>

#include "daemon/base/text.h"
#include "daemon/intake/forwarding_headers.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kMaxMethodBytes = 32;  // the longest registered one, UPDATEREDIRECTREF, has 17

// tchar of RFC 9110, section 5.6.2.
constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "abcdefghijklmnopqrstuvwxyz")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= kMaxMethodBytes &&
         std::ranges::all_of(text, [](char c) { return kTokenBytes[static_cast<unsigned char>(c)]; });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view front) {
  return equal_ignoring_case(text.substr(0, front.size()), front);
}

}  // namespace

void split_request_line(std::string_view text, detection::Request& request) {
  request.method = {};
  request.protocol = {};
  request.target = or_empty(text);

  const auto first = text.find(' ');
  if (first == std::string_view::npos) return;
  const std::string_view method = text.substr(0, first);
  std::string_view rest = text.substr(first + 1);
  const auto last = rest.rfind(' ');
  std::string_view protocol = last == std::string_view::npos ? std::string_view() : rest.substr(last + 1);
  if (protocol.starts_with("HTTP/")) {
    rest = rest.substr(0, last);
    if (rest.empty() || !is_method(method)) return;
  } else {
    // HTTP/0.9 knows GET alone. Without its two marks any two words would pass for a request.
    if (method != "GET" || !rest.starts_with('/')) return;
    protocol = {};
  }
  request.method = method;
  request.target = path_of_target(rest);
  request.protocol = protocol;
}

void split_cut_request_line(std::string_view text, detection::Request& request) {
  request.method = {};
  request.protocol = {};
  request.target = {};
  request.path_cut = true;
  const auto first = text.find(' ');
  if (first == std::string_view::npos || !is_method(text.substr(0, first))) return;
  request.method = text.substr(0, first);
  take_cut_target(text.substr(first + 1), request);
}

void take_cut_target(std::string_view text, detection::Request& request) {
  const auto protocol = text.rfind(" HTTP/");
  const bool is_whole = protocol != std::string_view::npos;
  request.target = path_of_target(text.substr(0, protocol));
  const auto query = request.target.find('?');
  request.path_cut = !is_whole && query == std::string_view::npos;
  if (is_whole || request.path_cut) return;
  const auto last = request.target.rfind('&');
  request.target = request.target.substr(0, last == std::string_view::npos || last < query ? query : last);
}

std::string_view path_of_target(std::string_view target) {
  if (target.starts_with('/')) return target;
  std::size_t authority = 0;
  if (starts_with_ignoring_case(target, "http://")) authority = 7;
  if (starts_with_ignoring_case(target, "https://")) authority = 8;
  if (authority == 0) return target;
  const auto path = target.find_first_of("/?", authority);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

bool holds_client(std::string_view user) {
  for (auto at = user.find(" -"); at != std::string_view::npos; at = user.find(" -", at + 1)) {
    const std::string_view before = user.substr(0, at);
    if (parse_endpoint(before.substr(before.rfind(' ') + 1))) return true;
  }
  return false;
}

std::optional<std::uint16_t> parse_status(std::string_view text) {
  if (text == "-") return 0;
  if (text.size() != 3) return std::nullopt;
  const int status = digits_at(text, 0, 3);
  if (status < 0) return std::nullopt;
  return static_cast<std::uint16_t>(status >= 100 && status <= 599 ? status : 0);
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  if (text == "-") return 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  return parse_number<std::uint64_t>(text);
}

}  // namespace sluice::intake
