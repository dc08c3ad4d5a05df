// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/haproxy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/intake/formats/clf_time.h"
#include "daemon/intake/formats/escapes.h"
#include "daemon/intake/formats/field.h"
#include "daemon/intake/formats/haproxy_pattern.h"
#include "daemon/intake/formats/pattern_parser.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kTimeBytes = 24;  // 24/Nov/2026:08:07:24.123
constexpr std::size_t kSecondBytes = 20;

struct Header {
  std::string_view name;
  Field field;
};
constexpr std::array<Header, 14> kRequestHeaders = {{{"host", Field::host},
                                                     {"user-agent", Field::user_agent},
                                                     {"referer", Field::referer},
                                                     {"accept-encoding", Field::accept_encoding},
                                                     {"accept-language", Field::accept_language},
                                                     {"sec-purpose", Field::purpose},
                                                     {"sec-fetch-mode", Field::fetch_mode},
                                                     {"sec-fetch-dest", Field::fetch_dest},
                                                     {"x-forwarded-for", Field::forwarded_for},
                                                     {"forwarded", Field::forwarded},
                                                     {"ja4", Field::fingerprint},
                                                     {"x-ja4", Field::fingerprint},
                                                     // A proxy may put what the answer said among these.
                                                     {"x-sluice-subjects", Field::subjects},
                                                     {"x-sluice-subject-count", Field::subject_count}}};
constexpr std::array<Header, 3> kResponseHeaders = {{{"content-type", Field::content_type},
                                                     {"x-sluice-subjects", Field::subjects},
                                                     {"x-sluice-subject-count", Field::subject_count}}};

// What stands between one pair of braces: the captured headers of the request or of the answer. HAProxy
// writes braces and bars within the values as #XX.
struct Group {
  std::size_t at = 0;  // in the line
  std::string_view text;
  [[nodiscard]] std::size_t values() const {
    return static_cast<std::size_t>(std::ranges::count(text, '|')) + 1;
  }
};

// The time of a second that clocks in the zone showed.
std::optional<WallTime> local_second(std::string_view text, const TimeZone& zone) {
  constexpr std::string_view kUtc = " +0000";
  std::array<char, kClfTimeBytes> with_zone{};
  std::ranges::copy(kUtc, std::ranges::copy(text, with_zone.begin()).out);
  const auto as_utc = parse_clf_time({with_zone.data(), with_zone.size()});
  if (!as_utc) return std::nullopt;
  return zone.to_utc(LocalSeconds(std::chrono::floor<Seconds>(as_utc->time_since_epoch())));
}

class HaproxyParser final : public LineParser {
 public:
  HaproxyParser(std::vector<Field> headers, std::vector<Field> response_headers, TimeZone zone)
      : headers_(std::move(headers)),
        response_headers_(std::move(response_headers)),
        zone_(std::move(zone)) {}

  [[nodiscard]] Parsed parse(std::string_view line) override {
    if (line.size() > kMaxLineBytes) return ParseFault::too_long;
    line = without_margins(line);
    while (line.ends_with(' '))
      line.remove_suffix(1);
    if (line.empty()) return ParseFault::empty;
    is_cut_ = false;
    builder_.begin();
    escaped_ = line.find(escape_sign(Escape::hash)) != std::string_view::npos;
    if (escaped_) unescaper_.begin(line);
    line_ = line;
    found_ = 0;
    const std::size_t bracket = find_time(line);
    if (bracket == std::string_view::npos) return ParseFault::no_time;
    if (auto fault = take_front(line, bracket)) return *fault;
    if (auto fault = take_back(line.substr(bracket + kTimeBytes + 2))) return *fault;
    take_captures();
    return is_cut_ ? builder_.finish_cut() : builder_.finish();
  }

  [[nodiscard]] Parsed parse_cut(std::string_view line, ParseFault fault) override {
    may_be_cut_ = true;
    const Parsed request = parse(line);
    may_be_cut_ = false;
    return request ? request : fault;
  }

  // Without its time nothing tells that a line is HAProxy's.
  [[nodiscard]] Failure failure(ParseFault fault) const override {
    return fault == ParseFault::no_time ? Failure{"the time", 0} : usual_failure(fault);
  }
  [[nodiscard]] ForwardingHeaders forwarding_headers() const override {
    return builder_.forwarding_headers();
  }

 private:
  // The bracket before the time. What stands before it the server and syslog write.
  static std::size_t find_time(std::string_view line) {
    for (std::size_t at = line.find('['); at != std::string_view::npos; at = line.find('[', at + 1)) {
      if (at + kTimeBytes + 1 < line.size() && line[at + 3] == '/' && line[at + kTimeBytes + 1] == ']')
        return at;
    }
    return std::string_view::npos;
  }

  std::optional<ParseFault> take_front(std::string_view line, std::size_t bracket) {
    const auto time = time_of(line.substr(bracket + 1, kTimeBytes));
    if (!time) return ParseFault::bad_time;
    builder_.set_time(*time);
    std::string_view front = line.substr(0, bracket);
    if (!front.ends_with(' ')) return ParseFault::no_client;
    front.remove_suffix(1);
    const std::string_view client = front.substr(front.rfind(' ') + 1);
    take_groups_at_end(front.substr(0, front.size() - client.size()));
    const auto colon = client.rfind(':');  // of the port
    if (colon == std::string_view::npos) return ParseFault::no_client;
    return builder_.set(Field::client, client.substr(0, colon));
  }

  std::optional<WallTime> time_of(std::string_view text) {
    const std::string_view second = text.substr(0, kSecondBytes);
    if (!last_second_ || std::memcmp(second.data(), last_text_.data(), kSecondBytes) != 0) {
      last_second_ = local_second(second, zone_);
      std::ranges::copy(second, last_text_.begin());
    }
    const int ms = digits_at(text, kSecondBytes + 1, kTimeBytes - kSecondBytes - 1);
    if (ms < 0 || !last_second_ || text[kSecondBytes] != '.') return std::nullopt;
    return *last_second_ + std::chrono::milliseconds(ms);
  }

  // " frontend backend/server 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {a|b} {c} "GET / HTTP/1.1""
  std::optional<ParseFault> take_back(std::string_view rest) {
    std::array<std::string_view, 5> words;  // frontend, backend and server, timers, status, bytes
    for (std::string_view& word : words) {
      take_groups_at_begin(rest);
      if (!rest.starts_with(' ')) return ParseFault::missing_field;
      rest.remove_prefix(1);
      word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(word.size());
    }
    if (words[2].find('/') == std::string_view::npos) return ParseFault::mismatch;
    std::string_view total = words[2].substr(words[2].rfind('/') + 1);
    std::string_view bytes = words[4];
    for (std::string_view* number : {&total, &bytes}) {
      if (number->starts_with('+')) number->remove_prefix(1);  // `option logasap`: so far
    }
    static_cast<void>(builder_.set(Field::duration_ms, total));
    const std::string_view status = words[3] == "-1" ? std::string_view("-") : words[3];
    if (auto fault = builder_.set(Field::status, status)) return fault;
    if (auto fault = builder_.set(Field::bytes, bytes)) return fault;
    take_groups_at_begin(rest);
    return take_request(rest);
  }

  // Captured cookies, which stand before the request, may hold quotes; in httpslog the server name after it
  // may. The request itself holds none.
  std::optional<ParseFault> take_request(std::string_view rest) {
    rest = take_groups_at_end(rest);
    std::size_t open = std::string_view::npos;
    std::size_t close = std::string_view::npos;
    if (rest.ends_with('"') && rest.size() > 1) {
      close = rest.size() - 1;
      open = rest.rfind('"', close - 1);
    } else {
      open = rest.find('"');
      if (open != std::string_view::npos) close = rest.find('"', open + 1);
    }
    if (open == std::string_view::npos || close == std::string_view::npos || begins_request(rest, close)) {
      if (may_be_cut_) return take_beginning(rest);
      return rest.find('"') == std::string_view::npos ? ParseFault::no_request
                                                      : ParseFault::unterminated_quote;
    }
    if (auto fault = builder_.set(Field::request, unescape(rest.substr(open + 1, close - open - 1))))
      return fault;
    take_groups_at_end(rest.substr(0, open));
    std::string_view behind = rest.substr(close + 1);
    take_groups_at_begin(behind);
    return std::nullopt;
  }

  // Whether the quote there is no end: a method follows, and the quote before it was a cookie's.
  static bool begins_request(std::string_view rest, std::size_t quote) {
    return quote + 1 < rest.size() && is_letter(rest[quote + 1]);
  }

  // The line ends within the request, whose quote is the last of the line, or before it.
  std::optional<ParseFault> take_beginning(std::string_view rest) {
    const std::size_t open = rest.rfind('"');
    const std::string_view begin =
        open == std::string_view::npos ? std::string_view() : rest.substr(open + 1);
    const bool is_request =
        open != std::string_view::npos && begin.find(' ') != 0 && open > 0 && rest[open - 1] == ' ';
    if (!is_request && !may_be_cut_outside_quotes(line_)) return ParseFault::no_request;
    is_cut_ = true;
    if (!is_request) return std::nullopt;
    builder_.set_cut(Field::request, unescape(begin));
    take_groups_at_end(rest.substr(0, open));
    return std::nullopt;
  }

  void add_group(std::string_view text) {
    if (found_ < groups_.size())
      groups_[found_++] = {static_cast<std::size_t>(text.data() - line_.data()), text};
  }

  // " {a|b} {c} rest": takes the groups off the front.
  void take_groups_at_begin(std::string_view& rest) {
    while (rest.starts_with(" {")) {
      const auto close = rest.find('}');
      if (close == std::string_view::npos) return;
      add_group(rest.substr(2, close - 2));
      rest.remove_prefix(close + 1);
    }
  }

  // "rest {a|b} {c} ": gives the text without the groups at its end.
  std::string_view take_groups_at_end(std::string_view text) {
    for (;;) {
      std::string_view before = text;
      while (before.ends_with(' '))
        before.remove_suffix(1);
      if (!before.ends_with('}')) return text;
      const auto open = before.rfind('{');
      if (open == std::string_view::npos || (open > 0 && before[open - 1] != ' ')) return text;
      add_group(before.substr(open + 1, before.size() - open - 2));
      text = before.substr(0, open);
    }
  }

  // HAProxy writes the group of the request before that of the answer. Where only one of the two is known to
  // be captured, its place decides; another number of values than the operator listed is nobody's guess.
  void take_captures() {
    const std::span<Group> groups = std::span(groups_).first(found_);
    std::ranges::sort(groups, {}, &Group::at);
    if (groups.empty() || groups.size() > 2) return;
    const bool are_both = groups.size() == 2;
    const bool is_request = !headers_.empty() && groups.front().values() == headers_.size();
    if (is_request) take_values(groups.front().text, headers_);
    if (!response_headers_.empty() && groups.back().values() == response_headers_.size() &&
        (are_both || !is_request)) {
      take_values(groups.back().text, response_headers_);
    }
  }

  void take_values(std::string_view group, const std::vector<Field>& headers) {
    for (const Field field : headers) {
      const std::string_view value = group.substr(0, group.find('|'));
      group.remove_prefix(std::min(group.size(), value.size() + 1));
      if (field != Field::skip) static_cast<void>(builder_.set(field, unescape(value)));
    }
  }

  // HAProxy writes quotes, braces, bars, '#' and what is not printable as #XX.
  std::string_view unescape(std::string_view text) {
    return escaped_ ? unescaper_.undo(text, Escape::hash) : text;
  }

  std::vector<Field> headers_;
  std::vector<Field> response_headers_;
  TimeZone zone_;
  RequestBuilder builder_;
  std::string_view line_;
  std::array<Group, 4> groups_;  // as found; more than two are not looked at
  std::size_t found_ = 0;
  Unescaper unescaper_;
  bool escaped_ = false;     // the line holds what may be an escape
  bool may_be_cut_ = false;  // as parse_cut() takes it
  bool is_cut_ = false;      // and so it is
  std::array<char, kSecondBytes> last_text_{};
  std::optional<WallTime> last_second_;
};

template <std::size_t kSize>
std::vector<Field> fields_of(const std::vector<std::string>& names, const std::array<Header, kSize>& known) {
  std::vector<Field> fields;
  for (const std::string& name : names) {
    const auto at =
        std::ranges::find_if(known, [&](const Header& h) { return equal_ignoring_case(h.name, name); });
    fields.push_back(at == known.end() ? Field::skip : at->field);
  }
  return fields;
}

// Whether the list has the name; then its place is the field.
bool name_field(const std::vector<std::string>& headers, std::vector<Field>& fields, std::string_view wanted,
                Field field) {
  const auto at = std::ranges::find_if(
      headers, [&](const std::string& header) { return equal_ignoring_case(header, wanted); });
  if (at == headers.end()) return false;
  fields[static_cast<std::size_t>(at - headers.begin())] = field;
  return true;
}

struct AllCaptures {
  Captures request;
  Captures response;
};

// What each captured header is. The error names a header that the operator names and that is in neither list.
Result<AllCaptures> captured_fields(const std::vector<std::string>& headers,
                                    const std::vector<std::string>& response_headers,
                                    const NamedVariables& named) {
  AllCaptures captures{{headers, fields_of(headers, kRequestHeaders)},
                       {response_headers, fields_of(response_headers, kResponseHeaders)}};
  const std::array<std::pair<const std::string*, Field>, 6> names = {
      {{&named.client, Field::visitor},
       {&named.account, Field::account},
       {&named.credential, Field::credential},
       {&named.fingerprint, Field::fingerprint},
       {&named.subjects, Field::subjects},
       {&named.subject_count, Field::subject_count}}};
  for (const auto& [name, field] : names) {
    if (name->empty() || name_field(headers, captures.request.fields, *name, field) ||
        name_field(response_headers, captures.response.fields, *name, field)) {
      continue;
    }
    return Error(
        fmt::format("headers does not have '{}'; add it there and as `capture request header`, or to "
                    "response_headers and as `capture response header`",
                    *name));
  }
  return captures;
}

Result<std::unique_ptr<LineParser>> make_from_options(const LogOptions& options) {
  auto zone = zone_or(options.timezone, TimeZone::host());
  if (!zone) return zone.error();
  if (!options.pattern.empty()) {
    const auto captures =
        captured_fields(options.headers, options.response_headers, named_variables(options));
    if (!captures) return captures.error();
    return make_pattern_parser(
        compile_haproxy(options.pattern, captures->request, captures->response, *zone));
  }
  return make_haproxy_parser(options.headers, named_variables(options), options.response_headers,
                             *std::move(zone));
}

std::vector<LogOptions> guess_haproxy() {
  std::vector<LogOptions> guesses(1);
  guesses[0].format = formats::kHaproxy;
  return guesses;
}

}  // namespace

namespace formats {
constinit const FormatSpec kHaproxy = {.name = "haproxy",
                                       .may_have_pattern = true,
                                       .has_headers = true,
                                       .has_zone = true,
                                       .make_parser = &make_from_options,
                                       .guesses = &guess_haproxy};
}  // namespace formats

Result<std::unique_ptr<LineParser>> make_haproxy_parser(const std::vector<std::string>& headers,
                                                        const NamedVariables& named,
                                                        const std::vector<std::string>& response_headers,
                                                        TimeZone zone) {
  auto fields = captured_fields(headers, response_headers, named);
  if (!fields) return fields.error();
  return std::unique_ptr<LineParser>(std::make_unique<HaproxyParser>(
      std::move(fields->request.fields), std::move(fields->response.fields), std::move(zone)));
}

}  // namespace sluice::intake
