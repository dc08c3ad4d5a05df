// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/w3c.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/intake/formats/any_time.h"
#include "daemon/intake/formats/escapes.h"
#include "daemon/intake/formats/field.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/time_zone.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kMaxColumns = 256;
constexpr std::string_view kFieldsDirective = "#Fields:";
constexpr std::string_view kViewersHost = "x-host-header";

// What IIS logs unless an administrator says otherwise, with and without the referer, and CloudFront's
// standard log, whose later versions have added columns at the end.
constexpr std::string_view kIis =
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status time-taken";
constexpr std::string_view kIisWithoutReferer =
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status "
    "sc-substatus sc-win32-status time-taken";
constexpr std::string_view kCloudFront =
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    "cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol "
    "cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type "
    "cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte "
    "x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end";
constexpr std::size_t kFewestOfCloudFront = 12;

enum class Meaning : std::uint8_t { field, date, time, header };
struct Column {
  std::string_view name;
  Field field = Field::skip;
  Meaning meaning = Meaning::field;
};
// Names are compared without regard to case. A later one wins over an earlier one of the same field.
constexpr std::array<Column, 31> kColumns = {
    {{"date", Field::time, Meaning::date},
     {"time", Field::time, Meaning::time},
     {"c-ip", Field::client},
     {"cs-username", Field::user},
     {"cs-method", Field::method},
     {"cs-uri-stem", Field::path},
     {"cs-uri-query", Field::query},
     {"cs-uri", Field::target},
     {"cs-version", Field::protocol},
     {"cs-protocol-version", Field::protocol},
     {"sc-status", Field::status},
     {"sc-bytes", Field::bytes},
     {"time-taken", Field::duration_ms},
     {"sc-content-type", Field::content_type},
     {"x-forwarded-for", Field::forwarded_for, Meaning::header},
     {"x-host-header", Field::host},
     {"cs-host", Field::host},
     {"cs(Host)", Field::host},
     {"cs(User-Agent)", Field::user_agent, Meaning::header},
     {"cs(Referer)", Field::referer, Meaning::header},
     {"cs(Referrer)", Field::referer, Meaning::header},
     {"cs(Accept-Encoding)", Field::accept_encoding, Meaning::header},
     {"cs(Accept-Language)", Field::accept_language, Meaning::header},
     {"cs(Sec-Purpose)", Field::purpose, Meaning::header},
     {"cs(Sec-Fetch-Mode)", Field::fetch_mode, Meaning::header},
     {"cs(Sec-Fetch-Dest)", Field::fetch_dest, Meaning::header},
     {"cs(X-Forwarded-For)", Field::forwarded_for, Meaning::header},
     {"cs(Forwarded)", Field::forwarded, Meaning::header},
     {"sc(Content-Type)", Field::content_type, Meaning::header},
     {"sc(X-Sluice-Subjects)", Field::subjects, Meaning::header},
     {"sc(X-Sluice-Subject-Count)", Field::subject_count, Meaning::header}}};

struct Columns {
  struct Each {
    std::string name;
    Field field = Field::skip;
    Meaning meaning = Meaning::field;
  };
  std::vector<Each> each;

  [[nodiscard]] bool has(Field field) const {
    return std::ranges::find(each, field, &Each::field) != each.end();
  }
};

// What follows "#Fields:".
Columns columns_of(std::string_view names, const NamedVariables& named) {
  const std::array<std::pair<const std::string*, Field>, 6> own = {
      {{&named.client, Field::visitor},
       {&named.account, Field::account},
       {&named.credential, Field::credential},
       {&named.fingerprint, Field::fingerprint},
       {&named.subjects, Field::subjects},
       {&named.subject_count, Field::subject_count}}};
  Columns columns;
  while (columns.each.size() < kMaxColumns) {
    names = trimmed(names);
    if (names.empty()) break;
    const std::string_view name = names.substr(0, names.find_first_of(" \t"));
    names.remove_prefix(name.size());
    Columns::Each column{std::string(name)};
    const auto known =
        std::ranges::find_if(kColumns, [&](const Column& c) { return equal_ignoring_case(c.name, name); });
    if (known != kColumns.end()) {
      column.field = known->field;
      column.meaning = known->meaning;
    }
    for (const auto& [wanted, field] : own) {
      if (!wanted->empty() && equal_ignoring_case(*wanted, name)) {
        column.field = field;
        column.meaning = Meaning::header;
      }
    }
    columns.each.push_back(std::move(column));
  }
  return columns;
}

class W3cParser final : public LineParser {
 public:
  W3cParser(NamedVariables named, TimeZone zone, std::string_view fields)
      : named_(std::move(named)), zone_(std::move(zone)), decoded_(kMaxLineBytes) {
    if (!fields.empty()) columns_ = columns_of(fields, named_);
  }

  [[nodiscard]] Parsed parse(std::string_view line) override {
    at_ = {};
    read_ = 0;
    if (line.size() > kMaxLineBytes) return ParseFault::too_long;
    line = without_margins(line);
    if (line.empty()) return ParseFault::empty;
    if (line.front() == '#') {
      if (line.starts_with(kFieldsDirective))
        columns_ = columns_of(line.substr(kFieldsDirective.size()), named_);
      return ParseFault::directive;
    }
    const auto tabs = static_cast<std::size_t>(std::ranges::count(line, '\t'));
    separator_ = tabs > 0 ? '\t' : ' ';
    const std::size_t values =
        (tabs > 0 ? tabs : static_cast<std::size_t>(std::ranges::count(line, ' '))) + 1;
    if (columns_.each.empty()) return read(line, usual_columns(values));
    return read(line, columns_);
  }

  [[nodiscard]] Failure failure(ParseFault fault) const override {
    return at_.empty() ? usual_failure(fault) : Failure{at_, read_};
  }
  [[nodiscard]] ForwardingHeaders forwarding_headers() const override {
    return builder_.forwarding_headers();
  }

 private:
  const Columns& usual_columns(std::size_t values) {
    if (values != usual_values_) {
      usual_values_ = values;
      if (separator_ == '\t' && values >= kFewestOfCloudFront) {
        usual_ = columns_of(kCloudFront, named_);
      } else if (separator_ == ' ' && values == 15) {
        usual_ = columns_of(kIis, named_);
      } else if (separator_ == ' ' && values == 14) {
        usual_ = columns_of(kIisWithoutReferer, named_);
      } else {
        usual_ = {};
      }
    }
    return usual_;
  }

  // The next value and the separator behind it, without quotes where it has some.
  std::optional<std::string_view> take_value(std::string_view& rest) const {
    if (!rest.starts_with('"')) return take_until(rest, separator_);
    const std::size_t close = find_bare_quote(rest, 1);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view value = rest.substr(1, close - 1);
    rest.remove_prefix(std::min(close + 2, rest.size()));
    return value;
  }

  Parsed read(std::string_view line, const Columns& columns) {
    builder_.begin();
    used_ = 0;
    has_viewers_host_ = false;
    if (columns.each.empty()) {
      at_ = kFieldsDirective;
      return ParseFault::missing_field;
    }
    std::string_view date;
    std::string_view time;
    for (const Columns::Each& column : columns.each) {
      if (line.empty()) {
        // CloudFront adds columns; a line of an older file is shorter.
        if (has_all(read_, columns)) break;
        at_ = column.name;
        return ParseFault::missing_field;
      }
      at_ = column.name;
      const auto value = take_value(line);
      if (!value) return ParseFault::unterminated_quote;
      if (column.meaning == Meaning::date) {
        date = *value;
      } else if (column.meaning == Meaning::time) {
        time = *value;
      } else if (column.field != Field::skip) {
        if (const auto fault = set(column, *value)) return *fault;
      }
      ++read_;
    }
    if (const auto fault = set_time(date, time)) {
      at_ = "time";
      return *fault;
    }
    at_ = {};
    return builder_.finish();
  }

  // Whether what is needed stands among so many columns.
  static bool has_all(std::size_t count, const Columns& columns) {
    const auto seen = [&](Field field) {
      return std::ranges::any_of(columns.each.begin(),
                                 columns.each.begin() + static_cast<std::ptrdiff_t>(count),
                                 [&](const Columns::Each& column) { return column.field == field; });
    };
    return seen(Field::time) && seen(Field::client) && (seen(Field::path) || seen(Field::target)) &&
           seen(Field::status) && seen(Field::user_agent);
  }

  std::optional<ParseFault> set(const Columns::Each& column, std::string_view value) {
    Field field = column.field;
    // Seconds with a fraction in CloudFront, milliseconds in IIS.
    if (field == Field::duration_ms && value.find('.') != std::string_view::npos) field = Field::duration_s;
    // CloudFront's cs(Host) is its own name; x-host-header is what the visitor asked for.
    if (field == Field::host && has_viewers_host_) return std::nullopt;
    if (column.name == kViewersHost) {
      if (value == "-") return std::nullopt;
      has_viewers_host_ = true;
    }
    return builder_.set(field, column.meaning == Meaning::header ? decoded(value) : value);
  }

  std::optional<ParseFault> set_time(std::string_view date, std::string_view time) {
    if (time.empty()) return ParseFault::no_time;
    std::array<char, 48> text{};
    if (date.size() + time.size() + 1 > text.size()) return ParseFault::bad_time;
    char* out = std::ranges::copy(date, text.begin()).out;
    if (!date.empty()) *out++ = ' ';
    out = std::ranges::copy(time, out).out;
    const auto read = any_time({text.data(), static_cast<std::size_t>(out - text.data())}, zone_);
    if (!read) return ParseFault::bad_time;
    builder_.set_time(*read);
    return std::nullopt;
  }

  // IIS writes '+' for a blank; CloudFront percent-encodes, once or twice.
  std::string_view decoded(std::string_view value) {
    if (separator_ == ' ') {
      if (value.find('+') == std::string_view::npos) return value;
      return keep(value, [](std::string_view& rest) {
        const char c = rest.front();
        rest.remove_prefix(1);
        return c == '+' ? ' ' : c;
      });
    }
    const auto without_percent = [](std::string_view& rest) {
      const int high = rest.size() > 2 && rest[0] == '%' ? hex_digit(rest[1]) : -1;
      const int low = high >= 0 ? hex_digit(rest[2]) : -1;
      const char c = low >= 0 ? static_cast<char>(high * 16 + low) : rest[0];
      rest.remove_prefix(low >= 0 ? 3 : 1);
      return c;
    };
    for (int i = 0; i < 2 && value.find('%') != std::string_view::npos; ++i)
      value = keep(value, without_percent);
    return value;
  }

  // A copy, made character by character; the value itself where there is no room.
  template <class Take>
  std::string_view keep(std::string_view value, Take&& take) {
    if (value.size() > decoded_.size() - used_) return value;
    char* const begin = decoded_.data() + used_;
    char* out = begin;
    while (!value.empty())
      *out++ = take(value);
    used_ += static_cast<std::size_t>(out - begin);
    return {begin, static_cast<std::size_t>(out - begin)};
  }

  NamedVariables named_;
  TimeZone zone_;
  Columns columns_;  // of the last "#Fields:", or of the configuration
  Columns usual_;    // of a line with usual_values_ values where none said what they are
  std::size_t usual_values_ = 0;
  char separator_ = ' ';
  RequestBuilder builder_;
  bool has_viewers_host_ = false;  // the line has one
  std::vector<char> decoded_;
  std::size_t used_ = 0;
  std::string_view at_;  // the column at which the last line failed
  std::size_t read_ = 0;
};

Result<std::unique_ptr<LineParser>> make_w3c_parser(const LogOptions& options) {
  auto zone = zone_or(options.timezone, TimeZone::utc());
  if (!zone) return zone.error();
  std::string_view fields = trimmed(options.pattern);
  if (fields.starts_with(kFieldsDirective)) fields.remove_prefix(kFieldsDirective.size());
  if (!fields.empty()) {
    const Columns columns = columns_of(fields, {});
    const bool has_client =
        columns.has(Field::client) || columns.has(Field::forwarded_for) || !options.client.empty();
    if (!columns.has(Field::time))
      return Error("pattern says no time: nothing could be judged; log the fields date and time");
    if (!has_client)
      return Error("pattern says no client address: nobody could be held to account; log the field c-ip");
    if (!columns.has(Field::path) && !columns.has(Field::target))
      return Error("pattern does not say what was asked for; log the field cs-uri-stem");
  }
  return std::unique_ptr<LineParser>(
      std::make_unique<W3cParser>(named_variables(options), *std::move(zone), fields));
}

std::vector<LogOptions> guess_w3c() {
  std::vector<LogOptions> guesses(1);
  guesses[0].format = formats::kW3c;
  return guesses;
}

}  // namespace

namespace formats {
constinit const FormatSpec kW3c = {.name = "w3c",
                                   .may_have_pattern = true,
                                   .has_zone = true,
                                   .make_parser = &make_w3c_parser,
                                   .guesses = &guess_w3c};
}  // namespace formats

}  // namespace sluice::intake
