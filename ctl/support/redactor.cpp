// SPDX-License-Identifier: Apache-2.0
// A text is cut at white space and quotes into chunks, in which a path or URL reaches to the end; what else
// is in a chunk is cut at punctuation into words. Each is looked at once, in a time that grows with its size.
#include "ctl/support/redactor.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "daemon/base/address.h"
#include "daemon/base/text.h"

namespace sluice::ctl {
namespace {

constexpr std::size_t kMaxChunk = 4096;
constexpr std::string_view kBetweenWords = "(){},;|'";
constexpr std::string_view kAfterPaths = ".,;:!)]|'";
constexpr std::string_view kBetweenPieces = ":[]=&?!+*$^~#%@";

// Parts of paths, endings of files and words with a slash that every host has.
constexpr auto kOurWords = std::to_array<std::string_view>({"var",
                                                            "log",
                                                            "run",
                                                            "etc",
                                                            "usr",
                                                            "sbin",
                                                            "bin",
                                                            "lib",
                                                            "sys",
                                                            "fs",
                                                            "bpf",
                                                            "proc",
                                                            "dev",
                                                            "tmp",
                                                            "net",
                                                            "sluice",
                                                            "sluiced",
                                                            "nginx",
                                                            "apache2",
                                                            "httpd",
                                                            "haproxy",
                                                            "caddy",
                                                            "traefik",
                                                            "envoy",
                                                            "lists",
                                                            "GeoIP",
                                                            "html",
                                                            "www",
                                                            "access.log",
                                                            "error.log",
                                                            "sluice.log",
                                                            "access.json",
                                                            "metrics",
                                                            "assets",
                                                            "static",
                                                            "robots.txt",
                                                            "state.db",
                                                            "sluice.toml",
                                                            "learned.toml",
                                                            "control.sock",
                                                            "share",
                                                            "resolv.conf",
                                                            "conf.d",
                                                            "TCP",
                                                            "UDP",
                                                            "TLS",
                                                            "s",
                                                            "min",
                                                            "h",
                                                            "application",
                                                            "json",
                                                            "text",
                                                            "and",
                                                            "or",
                                                            "by",
                                                            "localhost",
                                                            "ports",
                                                            "generic",
                                                            "native",
                                                            "block",
                                                            "throttle",
                                                            "allow",
                                                            "drop",
                                                            "pass",
                                                            "sluicectl",
                                                            "reattach",
                                                            "sluiced.service",
                                                            "sluice-filter.service",
                                                            "sluice-reattach.path",
                                                            "sluice-reattach.service"});

bool ends_chunk(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' ||
         c == '`';
}
bool is_one_of(char c, std::string_view all) {
  return all.find(c) != std::string_view::npos;
}

// How many digits a number from 0 to 255 has at the beginning; 0: there is none.
std::size_t match_octet(std::string_view text, unsigned* value = nullptr) {
  std::size_t size = 0;
  unsigned number = 0;
  for (; size < text.size() && is_digit(text[size]); ++size) {
    if (size == 3) return 0;
    number = 10 * number + static_cast<unsigned>(text[size] - '0');
  }
  if (value != nullptr) *value = number;
  return number <= 255 ? size : 0;
}

std::size_t match_hex(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_hex_digit(text[size]))
    ++size;
  return size <= 4 ? size : 0;
}

// "52:54:00:12:34:56"
std::size_t match_mac(std::string_view text) {
  constexpr std::size_t kSize = 17;
  if (text.size() < kSize) return 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    if (i % 3 == 2 ? text[i] != ':' : !is_hex_digit(text[i])) return 0;
  }
  const bool goes_on = text.size() > kSize && (is_hex_digit(text[kSize]) || text[kSize] == ':');
  return goes_on ? 0 : kSize;
}

// "/24" behind an address: its size, and the length.
std::size_t match_length(std::string_view text, unsigned most, unsigned& length) {
  if (text.empty() || text[0] != '/') return 0;
  const std::size_t size = match_octet(text.substr(1), &length);
  return size == 0 || length > most ? 0 : 1 + size;
}

bool is_escaped(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 < text.size() && is_hex_digit(text[at + 1]) && is_hex_digit(text[at + 2])) return true;
  }
  return false;
}

// "Chrome/120.0": what a user agent is made of.
bool is_product(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size()) return false;
  const auto plain = [](char c) { return is_letter(c) || is_digit(c) || is_one_of(c, "._-"); };
  return is_digit(text[slash + 1]) && std::ranges::all_of(text.substr(0, slash), plain) &&
         std::ranges::all_of(text.substr(slash + 1), [](char c) { return is_digit(c) || c == '.'; }) &&
         std::ranges::any_of(text.substr(0, slash), is_letter);
}

// Of a product: not what may as well be an address. Browsers write theirs as 120.0.0.0.
bool is_version(std::string_view text) {
  const std::size_t quad = match_v4(text);
  return quad == 0 || (quad == text.size() && text.ends_with(".0.0.0"));
}

Address address_of(std::string_view quad) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::uint8_t& byte : bytes) {
    unsigned value = 0;
    const std::size_t size = match_octet(quad, &value);
    byte = static_cast<std::uint8_t>(value);
    quad.remove_prefix(std::min(size + 1, quad.size()));
  }
  return Address::from_v4(bytes);
}

// An address, with the length of its network where one follows.
struct Found {
  std::size_t size = 0;  // of the text; 0: there is none
  std::string pseudonym;
};

// The length that follows, and the network that it makes; an address that is not the network's own keeps the
// bits behind.
std::string with_length(const Pseudonyms& pseudonyms, const Address& address, std::string_view behind,
                        std::size_t& size) {
  unsigned length = 0;
  const std::size_t more = match_length(behind, max_prefix_length(address.family()), length);
  size += more;
  if (more == 0) return pseudonyms.of(address).to_string();
  const Prefix prefix(address, length);
  const Address made = prefix.address() == address ? pseudonyms.of(prefix).address() : pseudonyms.of(address);
  return fmt::format("{}/{}", made.to_string(), length);
}

Found find_v6(const Pseudonyms& pseudonyms, std::string_view text) {
  if (const std::size_t mac = match_mac(text); mac > 0)
    return {mac, pseudonyms.word("mac", lowered(text.substr(0, mac)))};
  Found found{match_v6(text), {}};
  if (found.size == 0) return {};
  const std::string_view own = text.substr(0, found.size);
  const auto address = Address::parse(own);
  if (!address) return {};
  found.pseudonym = address->family() == Family::ipv4 ? "::ffff:" : "";  // mapped
  found.pseudonym += with_length(pseudonyms, *address, text.substr(found.size), found.size);
  return found;
}

Found find_v4(const Pseudonyms& pseudonyms, std::string_view text) {
  Found found{match_v4(text), {}};
  if (found.size == 0) return {};
  const std::string_view own = text.substr(0, found.size);
  const Address address = address_of(own);
  const char separator = own[own.find_first_not_of("0123456789")];
  const bool is_network = found.size < text.size() && text[found.size] == '/';
  const auto bytes = address.bytes();
  if (!is_network && bytes[1] == 0 && bytes[2] == 0 && bytes[3] == 0) {
    found.pseudonym = own;  // nobody's: a version, as browsers write theirs (Chrome/120.0.0.0)
    return found;
  }
  found.pseudonym = with_length(pseudonyms, address, text.substr(found.size), found.size);
  if (separator != '.') std::ranges::replace(found.pseudonym, '.', separator);
  // Numbers that go on may be the end of the address that was meant.
  while (found.size + 1 < text.size() && text[found.size] == separator && is_digit(text[found.size + 1])) {
    found.size += 1;
    while (found.size < text.size() && is_digit(text[found.size]))
      ++found.size;
    found.pseudonym += separator;
    found.pseudonym += 'x';
  }
  return found;
}

}  // namespace

std::size_t match_v6(std::string_view text) {
  std::size_t best = 0;
  std::size_t at = 0;
  int groups = 0;
  bool compressed = false;
  if (text.starts_with("::")) {
    compressed = true;
    best = at = 2;
  }
  while (groups < 8) {
    const std::string_view rest = text.substr(at);
    const bool may_end_in_v4 = compressed ? groups <= 5 : groups == 6;
    if (const std::size_t quad = match_v4(rest);
        may_end_in_v4 && quad > 0 && is_one_of(rest[rest.find_first_not_of("0123456789")], "."))
      return at + quad;
    const std::size_t group = match_hex(rest);
    if (group == 0) return best;
    at += group;
    ++groups;
    if (compressed ? groups <= 7 : groups == 8) best = at;
    if (text.substr(at).starts_with("::")) {
      if (compressed || groups > 7) return best;
      compressed = true;
      at += 2;
      best = at;
    } else if (at < text.size() && text[at] == ':') {
      ++at;
    } else {
      return best;
    }
  }
  return best;
}

std::size_t match_v4(std::string_view text) {
  std::size_t at = match_octet(text);
  if (at == 0 || at == text.size() || !is_one_of(text[at], ".-_")) return 0;
  const char separator = text[at];
  for (int i = 0; i < 3; ++i) {
    if (at >= text.size() || text[at] != separator) return 0;
    const std::size_t octet = match_octet(text.substr(at + 1));
    if (octet == 0) return 0;
    at += 1 + octet;
  }
  return at;
}

void Redactor::hide(std::string_view word, std::string_view kind) {
  if (!word.empty()) hidden_.emplace(lowered(word), pseudonyms_.word(kind, lowered(word)));
}

bool Redactor::is_kept(std::string_view word) const {
  return std::ranges::find(kOurWords, word) != kOurWords.end() || kept_.contains(std::string(word));
}

const std::string* Redactor::hidden(std::string_view word) const {
  const auto at = hidden_.find(lowered(word));
  return at == hidden_.end() ? nullptr : &at->second;
}

std::string Redactor::text(std::string_view text) const {
  std::string made;
  made.reserve(text.size());
  while (!text.empty()) {
    if (ends_chunk(text[0])) {
      made += text[0];
      text.remove_prefix(1);
      continue;
    }
    const auto end = std::ranges::find_if(text, ends_chunk);
    const std::string_view own = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    made += own.size() > kMaxChunk ? fmt::format("({} bytes left out)", own.size()) : chunk(own);
    text.remove_prefix(own.size());
  }
  return made;
}

std::string Redactor::log_line(std::string_view line) const {
  // What follows either is somebody's own words.
  constexpr std::string_view kUnreadable = " more since the last one shown): ";
  constexpr std::string_view kOperator = "by operator ";
  std::size_t end = line.size();
  if (const auto at = line.find(kUnreadable); at != std::string_view::npos) end = at + kUnreadable.size();
  if (const auto at = line.substr(0, end).find(kOperator); at != std::string_view::npos) {
    const std::size_t name = at + kOperator.size();
    const auto colon = line.find(": ", name);
    const std::size_t name_end = std::min({line.size(), colon, line.find_first_of(" ;,", name)});
    const std::size_t shown = colon == std::string_view::npos ? line.size() : colon + 2;
    std::string made = text(line.substr(0, name));
    made += pseudonyms_.word("user", lowered(line.substr(name, name_end - name)));
    made += text(line.substr(name_end, std::max(shown, name_end) - name_end));
    return shown < line.size() ? made + fmt::format("({} bytes left out)", line.size() - shown) : made;
  }
  std::string made = text(line.substr(0, end));
  return end < line.size() ? made + fmt::format("({} bytes left out)", line.size() - end) : made;
}

std::string Redactor::chunk(std::string_view chunk) const {
  std::string made;
  while (!chunk.empty()) {
    if (is_one_of(chunk[0], kBetweenWords)) {
      made += chunk[0];
      chunk.remove_prefix(1);
      continue;
    }
    const std::string_view own = chunk.substr(0, chunk.find_first_of(kBetweenWords));
    const auto scheme = own.find("://");
    const std::size_t before = std::min(scheme, own.find('/'));
    // "path=/x", "url:https://x": what stands before is a word.
    const std::size_t key =
        before == std::string_view::npos ? before : own.substr(0, before).find_last_of("=:");
    const bool is_prefix = before != std::string_view::npos && own.substr(0, before).ends_with("::");
    const bool begins = own[0] == '/' || scheme != std::string_view::npos ||
                        (key != std::string_view::npos && key + 1 == before && !is_prefix);
    if (!begins) {
      made += word(own);
      chunk.remove_prefix(own.size());
      continue;
    }
    const std::size_t start = key == std::string_view::npos || own[0] == '/' ? 0 : key + 1;
    made += word(own.substr(0, start));
    std::string_view rest = chunk.substr(start);
    const auto last = rest.find_last_not_of(kAfterPaths);
    const std::string_view behind =
        last == std::string_view::npos ? std::string_view() : rest.substr(last + 1);
    rest.remove_suffix(behind.size());
    const auto at = rest.find("://");
    if (rest[0] != '/' && at != std::string_view::npos) {
      made += word(rest.substr(0, at));
      made += "://";
      made += url(rest.substr(at + 3));
    } else {
      made += path(rest);
    }
    made += behind;
    break;
  }
  return made;
}

std::string Redactor::url(std::string_view rest) const {
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  return authority(rest.substr(0, end)) + path(rest.substr(end));
}

std::string Redactor::authority(std::string_view authority) const {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  std::string_view host = authority;
  std::string_view port;
  if (const auto colon = authority.rfind(':');
      colon != std::string_view::npos && std::ranges::all_of(authority.substr(colon + 1), is_digit)) {
    host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (host.empty() || is_kept(host)) return std::string(authority);
  std::string_view bare = host;
  if (bare.size() > 2 && bare.front() == '[' && bare.back() == ']') bare = bare.substr(1, bare.size() - 2);
  if (match_v6(bare) == bare.size() || match_v4(bare) == bare.size()) return word(host) + std::string(port);
  return pseudonyms_.word("host", lowered(host)) + std::string(port);
}

std::string Redactor::path(std::string_view path) const {
  const std::size_t end = std::min(path.find_first_of("?#"), path.size());
  std::string made;
  std::string_view parts = path.substr(0, end);
  while (!parts.empty()) {
    const std::size_t slash = std::min(parts.find('/'), parts.size());
    made += path_part(parts.substr(0, slash));
    if (slash < parts.size()) made += '/';
    parts.remove_prefix(std::min(slash + 1, parts.size()));
  }
  if (end + 1 < path.size()) made += pseudonyms_.word("?query", path.substr(end + 1));
  return made;
}

std::string Redactor::path_part(std::string_view part) const {
  if (part.empty() || part == "*" || part == "{subject}" || is_kept(part)) return std::string(part);
  // "sluice.toml:12"
  const auto colon = part.find(':');
  if (colon != std::string_view::npos && is_kept(part.substr(0, colon)) &&
      std::ranges::all_of(part.substr(colon), [](char c) { return is_digit(c) || c == ':'; }))
    return std::string(part);
  for (const std::size_t size : {match_v6(part), match_v4(part)}) {
    if (size == part.size()) return word(part);
  }
  return pseudonyms_.word("part", part);
}

std::string Redactor::word(std::string_view word) const {
  if (is_escaped(word)) return pseudonyms_.word("encoded", word);
  if (is_host(word)) return piece(word);
  if (is_product(word) && is_version(word.substr(word.find('/') + 1))) return std::string(word);
  std::string made;
  std::size_t begin = 0;  // of what is no address
  for (std::size_t i = 0; i < word.size();) {
    const char c = word[i];
    const char before = i == 0 ? ' ' : word[i - 1];
    Found found;
    if ((is_hex_digit(c) && !is_hex_digit(before)) || (c == ':' && before != ':' && !is_hex_digit(before)))
      found = find_v6(pseudonyms_, word.substr(i));
    if (found.size == 0 && is_digit(c) && !is_digit(before)) found = find_v4(pseudonyms_, word.substr(i));
    if (found.size == 0) {
      ++i;
      continue;
    }
    made += gap(word.substr(begin, i - begin));
    made += found.pseudonym;
    begin = i += found.size;
  }
  return made + gap(word.substr(begin));
}

std::string Redactor::gap(std::string_view gap) const {
  if (const auto at = gap.find('@'); at != std::string_view::npos && at > 0 && at + 1 < gap.size())
    return pseudonyms_.word("mail", lowered(gap));
  if (gap.find('/') != std::string_view::npos && gap.size() > 1 && !is_product(gap)) return path(gap);
  std::string made;
  while (!gap.empty()) {
    const std::size_t end = std::min(gap.find_first_of(kBetweenPieces), gap.size());
    made += piece(gap.substr(0, end));
    if (end < gap.size()) made += gap[end];
    gap.remove_prefix(std::min(end + 1, gap.size()));
  }
  return made;
}

std::string Redactor::piece(std::string_view piece) const {
  std::string_view own = piece;
  while (own.ends_with('.'))
    own.remove_suffix(1);
  const std::string_view behind = piece.substr(own.size());
  if (const std::string* pseudonym = hidden(own)) return *pseudonym + std::string(behind);
  if (is_host(own)) return pseudonyms_.word("host", lowered(own)) + std::string(behind);
  return std::string(piece);
}

bool Redactor::is_host(std::string_view piece) const {
  while (piece.ends_with('.'))
    piece.remove_suffix(1);
  const auto dot = piece.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view top = piece.substr(dot + 1);
  const bool is_top =
      top.starts_with("xn--") || (top.size() >= 2 && std::ranges::all_of(top, [](char c) {
                                    return is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
                                  }));
  if (!is_top || is_kept(piece)) return false;
  return std::ranges::all_of(piece, [](char c) {
    return is_letter(c) || is_digit(c) || is_one_of(c, "._-") || static_cast<unsigned char>(c) >= 0x80;
  });
}

}  // namespace sluice::ctl
