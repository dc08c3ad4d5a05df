// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/target.h"

#include <array>
#include <cstddef>

#include "daemon/base/text.h"

namespace sluice::detection {
namespace {

// What a byte of a path needs beyond being passed on.
enum class Byte : std::uint8_t { plain, slash, escape, parameter, backslash, upper };

constexpr std::array<Byte, 256> kBytes = [] {
  std::array<Byte, 256> bytes{};
  bytes['/'] = Byte::slash;
  bytes['%'] = Byte::escape;
  bytes[';'] = Byte::parameter;
  bytes['\\'] = Byte::backslash;
  for (unsigned char c = 'A'; c <= 'Z'; ++c)
    bytes[c] = Byte::upper;
  return bytes;
}();

Byte kind_of(char c) {
  return kBytes[static_cast<unsigned char>(c)];
}

constexpr int kNoEscape = -1;

// The byte that an escape at the beginning of `text` stands for.
int escaped_byte(std::string_view text) {
  if (text.size() < 3 || text[0] != '%' || !is_hex_digit(text[1]) || !is_hex_digit(text[2])) return kNoEscape;
  return hex_digit(text[1]) * 16 + hex_digit(text[2]);
}

// What depends on the server, and on what the operator set.
struct Reading {
  bool folds = false;
  bool splits_at_backslash = false;
  bool decodes_slash = false;  // "/people%2F5" is "/people/5"; Apache refuses it
  bool stays_at_top = false;   // "/../people/5" is "/people/5"; others refuse it

  explicit Reading(const TargetRules& rules)
      : folds(rules.fold_case || rules.server == Server::iis),
        splits_at_backslash(rules.server == Server::iis),
        decodes_slash(rules.server != Server::apache),
        stays_at_top(rules.server == Server::caddy || rules.server == Server::other) {}
};

// Whether a path is already in the normal form. It begins with '/'.
bool is_plain(std::string_view path, const Reading& reading) {
  for (std::size_t at = 0; at < path.size(); ++at) {
    switch (kind_of(path[at])) {
      case Byte::plain:
        break;
      case Byte::slash:
        // A name may begin with a dot; "/.well-known" only costs the longer way.
        if (at + 1 < path.size() && (path[at + 1] == '/' || path[at + 1] == '.')) return false;
        break;
      case Byte::escape:
      case Byte::parameter:
        return false;
      case Byte::backslash:
        if (reading.splits_at_backslash) return false;
        break;
      case Byte::upper:
        if (reading.folds) return false;
        break;
    }
  }
  return true;
}

// Writes the normal form of a path, byte by byte. After each '/' the buffer ends with a whole segment.
class PathWriter {
 public:
  PathWriter(std::string& out, const Reading& reading) : out_(&out), reading_(reading) {
    out_->assign(1, '/');
  }

  // Returns false if the path is malformed.
  bool write(std::string_view path) {
    out_->reserve(path.size());
    for (std::size_t at = 1; at < path.size();) {
      char c = path[at];
      std::size_t length = 1;
      const bool is_escape = c == '%';
      if (is_escape) {
        const int byte = escaped_byte(path.substr(at));
        if (byte <= 0) return false;
        c = static_cast<char>(byte);
        length = 3;
      }
      at += length;
      // A path parameter ends with its segment. Written as an escape, ';' is a letter as any other.
      if (c == ';' && !is_escape) {
        while (at < path.size() && path[at] != '/')
          ++at;
        continue;
      }
      if (is_separator(c, is_escape)) {
        if (!end_segment()) return false;
        if (out_->back() != '/') out_->push_back('/');
      } else if (c == '/') {
        out_->append("%2F");  // this server finds nothing there, so it must not look like two segments
      } else {
        out_->push_back(reading_.folds ? lower(c) : c);
      }
    }
    return end_segment();
  }

 private:
  [[nodiscard]] bool is_separator(char c, bool is_escape) const {
    if (c == '/') return !is_escape || reading_.decodes_slash;
    return c == '\\' && reading_.splits_at_backslash;
  }

  // Resolves the last segment if it is "." or "..".
  bool end_segment() {
    const std::size_t begin = out_->rfind('/') + 1;
    const std::string_view segment = std::string_view(*out_).substr(begin);
    if (segment == ".") {
      out_->resize(begin);
    } else if (segment == "..") {
      if (begin < 2 && !reading_.stays_at_top) return false;
      out_->resize(begin < 2 ? 1 : out_->rfind('/', begin - 2) + 1);
    }
    return true;
  }

  std::string* out_;
  Reading reading_;
};

// Cuts "http://user@host:80" off a URL. Leaves the target as it is where it is none.
std::string_view cut_authority(std::string_view& target) {
  constexpr std::size_t kLongestScheme = 8;
  const auto scheme = target.find("://");
  if (scheme == 0 || scheme >= kLongestScheme) return {};
  const std::size_t begin = scheme + 3;
  std::size_t end = target.find_first_of("/?#", begin);
  if (end == std::string_view::npos) end = target.size();
  std::string_view authority = target.substr(begin, end - begin);
  authority.remove_prefix(authority.rfind('@') + 1);
  target.remove_prefix(end);
  return bare_host(authority);
}

}  // namespace

std::string_view bare_host(std::string_view host) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(1, end - 1);
  }
  // An IPv6 address without brackets has no port.
  const auto colon = host.find(':');
  if (colon != std::string_view::npos && colon == host.rfind(':')) host = host.substr(0, colon);
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

std::string_view without_www(std::string_view host) {
  constexpr std::string_view kWww = "www.";
  const bool has_it = host.size() > kWww.size() && equal_ignoring_case(host.substr(0, kWww.size()), kWww);
  return has_it ? host.substr(kWww.size()) : host;
}

Target normalise(std::string_view target, const TargetRules& rules, std::string& buffer) {
  Target normal;
  const bool is_path = target.starts_with('/');
  if (!is_path) {
    normal.host = cut_authority(target);
    if (!normal.host.empty() && !target.starts_with('/')) {
      // "http://host?x=1": the path is the top.
      const auto query = target.find('?');
      if (query != std::string_view::npos) normal.query = target.substr(query + 1);
      normal.query = normal.query.substr(0, normal.query.find('#'));
      normal.path = "/";
      return normal;
    }
  }
  target = target.substr(0, target.find('#'));
  const auto question = target.find('?');
  normal.path = target.substr(0, question);
  if (question != std::string_view::npos) normal.query = target.substr(question + 1);
  const Reading reading(rules);
  if (!normal.path.starts_with('/') || is_plain(normal.path, reading)) return normal;
  if (PathWriter(buffer, reading).write(normal.path)) {
    normal.path = buffer;
  } else {
    normal.malformed = true;
  }
  return normal;
}

std::string without_escapes(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int byte = escaped_byte(text.substr(at));
    plain.push_back(byte == kNoEscape ? text[at] : static_cast<char>(byte));
    if (byte != kNoEscape) at += 2;
  }
  return plain;
}

std::string_view decode_form(std::string_view text, std::string& buffer) {
  if (text.find_first_of("%+") == std::string_view::npos) return text;
  buffer.clear();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') {
      buffer.push_back(' ');
    } else if (const int byte = escaped_byte(text.substr(at)); byte != kNoEscape) {
      buffer.push_back(static_cast<char>(byte));
      at += 2;
    } else {
      buffer.push_back(text[at]);
    }
  }
  return buffer;
}

}  // namespace sluice::detection
