// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/sync/source.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/address.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kMaxUrl = 2000;
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

// Without the port.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  const auto address = Address::parse(host);
  return address && address->family() == Family::ipv4 && address->bytes().front() == 127;
}

Result<void> check_url(std::string_view url) {
  if (url.size() > kMaxUrl) return Error("is longer than 2000 bytes");
  if (!std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~'; }))
    return Error("holds a character that no URL has; write it as %XX");
  const bool plain = url.starts_with(kHttp);
  std::string_view rest = url.substr((plain ? kHttp : kHttps).size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos)
    return Error("has a user name, which everybody may see who can read the configuration; take it out");
  if (url.find('#') != std::string_view::npos) return Error("has a fragment; take it out from # on");
  const std::string_view host = host_of(authority);
  if (host.empty()) return Error("names no host");
  if (plain && !is_loopback(host))
    return Error("is http, where anybody on the way can write the list; use https");
  return {};
}

// A name with an extension, such as drop.txt: no key is written so. A long one of letters and digits might
// be.
bool is_name_of_file(std::string_view name) {
  constexpr std::size_t kLongest = 40;
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < name.size() && name.size() <= kLongest;
}

}  // namespace

bool is_url(std::string_view source) {
  return source.starts_with(kHttps) || source.starts_with(kHttp);
}

std::string shown_source(std::string_view source) {
  if (!is_url(source)) return std::string(source);
  const std::size_t host = source.find("://") + 3;
  const std::size_t path = std::min(source.find_first_of("/?#", host), source.size());
  std::string shown(source.substr(0, path));
  std::string_view rest = source.substr(path);
  const bool has_query = rest.find_first_of("?#") != std::string_view::npos;
  rest = rest.substr(0, rest.find_first_of("?#"));
  const std::size_t last = rest.rfind('/');
  const std::string_view name = last == std::string_view::npos ? std::string_view() : rest.substr(last + 1);
  if (last != std::string_view::npos && last > 0) shown += "/...";
  if (is_name_of_file(name)) {
    shown += fmt::format("/{}", name);
  } else if (!name.empty()) {
    shown += "/...";
  }
  return has_query ? shown + "?..." : shown;
}

Result<void> check_source(std::string_view source) {
  if (is_url(source)) return check_url(source);
  if (source.starts_with('/')) return {};
  if (source.find("://") != std::string_view::npos)
    return Error("is of a kind that is not fetched; use https, or the path of a file");
  return Error("is neither an https URL nor a path from / on");
}

}  // namespace sluice::lists
