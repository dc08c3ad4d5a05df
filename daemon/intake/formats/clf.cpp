// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/clf.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "daemon/base/text.h"
#include "daemon/intake/formats/escapes.h"
#include "daemon/intake/formats/request_line.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {
namespace {

// Each takes its piece off the front of the rest of a line.

// The text between quotes, and both of them.
std::optional<std::string_view> take_quoted(std::string_view& rest) {
  if (!rest.starts_with('"')) return std::nullopt;
  const std::size_t close = find_bare_quote(rest, 1);
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view text = rest.substr(1, close - 1);
  rest.remove_prefix(close + 1);
  return text;
}

// What parts fields; no value holds a tab, for servers escape it.
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// Up to the next blank or the end.
std::string_view take_word(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && !is_blank(rest[size]))
    ++size;
  const std::string_view text = rest.substr(0, size);
  rest.remove_prefix(size);
  return text;
}

bool take_space(std::string_view& rest) {
  if (rest.empty() || !is_blank(rest.front())) return false;
  rest.remove_prefix(1);
  return true;
}

template <ClfParser::Fields kFields>
Result<std::unique_ptr<LineParser>> make(const LogOptions&) {
  return std::unique_ptr<LineParser>(std::make_unique<ClfParser>(kFields));
}

template <const FormatSpec& kSpec>
std::vector<LogOptions> guess() {
  std::vector<LogOptions> guesses(1);
  guesses[0].format = kSpec;
  return guesses;
}

}  // namespace

namespace formats {
constinit const FormatSpec kCombined = {
    .name = "combined", .make_parser = &make<ClfParser::Fields::combined>, .guesses = &guess<kCombined>};
constinit const FormatSpec kCommon = {
    .name = "common", .make_parser = &make<ClfParser::Fields::common>, .guesses = &guess<kCommon>};
constinit const FormatSpec kVhostCombined = {.name = "vhost_combined",
                                             .make_parser = &make<ClfParser::Fields::vhost_combined>,
                                             .guesses = &guess<kVhostCombined>};
constinit const FormatSpec kVhostCommon = {.name = "vhost_common",
                                           .make_parser = &make<ClfParser::Fields::vhost_common>,
                                           .guesses = &guess<kVhostCommon>};
}  // namespace formats

Parsed ClfParser::parse(std::string_view line) {
  if (line.size() > kMaxLineBytes) return ParseFault::too_long;
  line = without_margins(line);
  if (line.empty()) return ParseFault::empty;
  escaped_ = line.find(escape_sign(Escape::c)) != std::string_view::npos;
  if (escaped_) unescaper_.begin(line);
  has_request_ = false;
  if (!has_host()) return parse_line(line);
  std::string_view rest = line;
  const std::string_view host = take_word(rest);
  if (!take_space(rest)) return ParseFault::no_client;
  // "192.0.2.7, 198.51.100.4 - -": what proxies say, and no host. The last one would pass for the visitor.
  if (host.ends_with(',') && parse_endpoint(host.substr(0, host.size() - 1))) return ParseFault::bad_client;
  Parsed request = parse_line(rest);
  if (request) {
    request->host = unescape(or_empty(host));
    request->fields.add(detection::LogField::host);
  }
  return request;
}

Parsed ClfParser::parse_cut(std::string_view line, ParseFault fault) {
  may_be_cut_ = true;
  const Parsed request = parse(line);
  may_be_cut_ = false;
  return request ? request : fault;
}

// The client, or a list of addresses in its place, off the front.
std::optional<ParseFault> ClfParser::take_client(std::string_view& front, detection::Request& request) {
  const std::string_view begin = front;
  const std::string_view first = take_word(front);
  if (first.empty()) return ParseFault::no_client;
  if (!first.ends_with(',')) {
    const auto address = Address::parse(first);
    const auto endpoint = address ? std::optional(*address) : parse_endpoint(first);
    if (!endpoint) return first == "-" ? ParseFault::no_client : ParseFault::bad_client;
    request.client = *endpoint;
    return std::nullopt;
  }
  for (bool more = true; more && take_space(front);)
    more = take_word(front).ends_with(',');
  forwarding_.visitor = begin.substr(0, begin.size() - front.size());
  forwarding_.peer_unknown = true;
  for (std::string_view rest = forwarding_.visitor; !rest.empty();) {
    const auto address = parse_endpoint(trimmed(take_until(rest, ',')));
    if (!address) continue;
    request.client = *address;
    return std::nullopt;
  }
  return ParseFault::bad_client;
}

// "client ident user"
std::optional<ParseFault> ClfParser::take_who(std::string_view who, detection::Request& request) {
  if (const auto fault = take_client(who, request)) return fault;
  if (!take_space(who)) return std::nullopt;
  const std::string_view ident = take_word(who);
  // "host client - user": a format with the host in front. The host is what the visitor sends; taking it
  // for the client would let him choose who is blamed.
  if (ident != "-" && parse_endpoint(ident.substr(0, ident.find(',')))) return ParseFault::bad_client;
  if (take_space(who)) request.user = unescape(or_empty(who));
  // The same is true where the host, as the visitor sent it, held a client and a user.
  if (has_host() && holds_client(request.user)) return ParseFault::bad_client;
  return std::nullopt;
}

Parsed ClfParser::parse_line(std::string_view line) {
  forwarding_ = {};
  // The user is whatever the visitor typed, spaces and brackets included, but never a bare quote. So the
  // request starts at the first quote, and the time stands right before it: nothing a visitor sends can shift
  // the fields.
  const std::size_t open = find_bare_quote(line, 0);
  if (open == std::string_view::npos) return ParseFault::no_request;
  has_request_ = true;
  constexpr std::size_t kTimeField = kClfTimeBytes + 3;  // "[", "]" and a space
  if (open < kTimeField || line[open - kTimeField] != '[' || line[open - 2] != ']' ||
      !is_blank(line[open - 1])) {
    return ParseFault::no_time;
  }
  detection::Request request;
  const auto time = time_of(line.substr(open - kTimeField + 1, kClfTimeBytes));
  if (!time) return ParseFault::bad_time;
  request.time = *time;

  std::string_view who = line.substr(0, open - kTimeField);
  if (!who.empty() && is_blank(who.back())) who.remove_suffix(1);
  if (const auto fault = take_who(who, request)) return *fault;

  std::string_view back = line.substr(open);
  const auto request_line = take_quoted(back);
  if (request_line) {
    split_request_line(unescape(*request_line), request);
    return parse_answer(line, back, request);
  }
  if (!may_be_cut_) return ParseFault::unterminated_quote;
  split_cut_request_line(unescape(back.substr(1)), request);
  request.cut = true;
  request.status = kStatusOfCutLine;
  return request;
}

// What stands behind the request: " 200 5120 "referer" "user agent"".
Parsed ClfParser::parse_answer(std::string_view line, std::string_view back, detection::Request& request) {
  const auto cut_or = [&](ParseFault fault, bool is_cut) -> Parsed {
    if (!is_cut) return fault;
    request.cut = true;
    return request;
  };
  // Where the line ends within the status or before it.
  const auto ends = [&] { return may_be_cut_ && back.empty() && may_be_cut_outside_quotes(line); };
  if (may_be_cut_) request.status = kStatusOfCutLine;
  if (!take_space(back)) return cut_or(ParseFault::missing_field, ends());
  const auto status = parse_status(take_word(back));
  if (!status) return cut_or(ParseFault::bad_status, ends());
  request.status = *status;
  if (!take_space(back)) return cut_or(ParseFault::missing_field, ends());
  const auto bytes = parse_bytes(take_word(back));
  if (!bytes) return cut_or(ParseFault::bad_bytes, ends());
  request.bytes = *bytes;
  if (ends_with_bytes()) return request;

  for (const auto& [field, name] : {std::pair(&request.referer, detection::LogField::referer),
                                    std::pair(&request.user_agent, detection::LogField::user_agent)}) {
    if (!take_space(back) || back.empty()) return cut_or(ParseFault::missing_field, ends());
    const bool is_quoted = back.starts_with('"');
    const auto text = take_quoted(back);
    if (!text) return cut_or(ParseFault::unterminated_quote, may_be_cut_ && is_quoted);
    *field = unescape(or_empty(*text));
    request.fields.add(name);
  }
  return request;
}

std::optional<WallTime> ClfParser::time_of(std::string_view text) {
  if (!last_time_ || std::memcmp(text.data(), last_text_.data(), kClfTimeBytes) != 0) {
    last_time_ = parse_clf_time(text);
    std::ranges::copy(text, last_text_.begin());
  }
  return last_time_;
}

}  // namespace sluice::intake
