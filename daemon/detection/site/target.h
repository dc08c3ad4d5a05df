// SPDX-License-Identifier: Apache-2.0
// The target of a request in the form in which the web server looks for it: "/%70eople//5", "/x/../people/5"
// and "/people/5" name the same page. Everything that compares URLs (routes, assets, decoys, probes,
// robots.txt) sees this form. Used by the site's parts. Knows no route.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::detection {

// Whose reading of a target counts. They differ in few spellings; tests/e2e/test_targets.py asks real
// servers.
enum class Server : std::uint8_t {
  nginx,
  apache,
  caddy,
  iis,    // and whatever else runs on Windows: "\" separates segments too, and case means nothing
  other,  // everything that may be the same page is taken for the same page
};

struct TargetRules {
  Server server = Server::other;
  bool fold_case = false;  // "/People/5" is "/people/5"; letters of ASCII

  bool operator==(const TargetRules&) const = default;
};

// The views point into the target that was given, or into the buffer beside it.
struct Target {
  std::string_view path;   // decoded, without dot segments, empty segments and path parameters
  std::string_view query;  // behind '?', as sent
  std::string_view host;   // of "http://host/path", without port; empty in the usual form
  // A bad escape, a NUL or steps above the top: the server has no page for it. The path is as it was sent.
  bool malformed = false;
};

// Linear in the length. A plain target is not copied; for any other the path is written into `buffer`. A
// target that is neither a path nor a URL ("*", "example.org:443") is given back as its own path.
[[nodiscard]] Target normalise(std::string_view target, const TargetRules& rules, std::string& buffer);

// A key or value of a query, decoded: "J%C3%B6rg+M" is "Jörg M". A bad escape stays as it is. Written into
// `buffer` if it is not plain.
[[nodiscard]] std::string_view decode_form(std::string_view text, std::string& buffer);

// The text with its escapes decoded; a bad one stays as it is.
[[nodiscard]] std::string without_escapes(std::string_view text);

// The name of the host in a Host header or a log: without port and closing dot, in brackets or not. Letters
// keep their case.
[[nodiscard]] std::string_view bare_host(std::string_view host);

// The name without "www." in front: "www.example.org" and "example.org" are one site, and nobody is called
// "www". Letters keep their case.
[[nodiscard]] std::string_view without_www(std::string_view host);

}  // namespace sluice::detection
