// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/pattern_parser.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "daemon/intake/formats/escapes.h"
#include "daemon/intake/formats/request_line.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {
namespace {

class PatternParser final : public LineParser {
 public:
  explicit PatternParser(Pattern pattern) : pattern_(std::move(pattern)) {}

  [[nodiscard]] Parsed parse(std::string_view line) override {
    if (line.size() > kMaxLineBytes) return ParseFault::too_long;
    line = without_margins(line);
    if (line.empty()) return ParseFault::empty;
    auto fault = read(line);
    if (fault && (line.ends_with(' ') || line.ends_with('\t'))) {
      // Something on the way wrote blanks behind the line. A value that ends with some was read above.
      const Failure before{variable_, read_};
      fault = read(line.substr(0, line.find_last_not_of(" \t") + 1));
      if (fault && read_ < before.progress)
        std::tie(variable_, read_) = std::tie(before.field, before.progress);
    }
    if (fault) return *fault;
    return finish(false);
  }

  [[nodiscard]] Parsed parse_cut(std::string_view line, ParseFault fault) override {
    if (!read(without_margins(line)) || !is_cut_) return fault;
    const Parsed request = finish(true);
    return request ? request : fault;
  }

  [[nodiscard]] Failure failure(ParseFault fault) const override {
    return variable_.empty() ? usual_failure(fault) : Failure{variable_, read_};
  }

  [[nodiscard]] ForwardingHeaders forwarding_headers() const override {
    return builder_.forwarding_headers();
  }

 private:
  // Gives the values of the line to the builder.
  std::optional<ParseFault> read(std::string_view line) {
    variable_ = {};
    read_ = 0;
    is_cut_ = false;
    if (!line.starts_with(pattern_.begin)) return ParseFault::mismatch;
    if (pattern_.quotes > 0 && static_cast<std::size_t>(std::ranges::count(line, '"')) != pattern_.quotes)
      return ParseFault::mismatch;
    builder_.begin();
    escaped_ = line.find(escape_sign(pattern_.escape)) != std::string_view::npos;
    if (escaped_) unescaper_.begin(line);
    std::size_t at = pattern_.begin.size();
    for (const Segment& segment : pattern_.segments) {
      variable_ = segment.open_variable;
      const std::size_t end = end_of(segment, line, at);
      if (end == std::string_view::npos) {
        is_cut_ = take_cut(segment, line, at);
        return ParseFault::mismatch;
      }
      if (const auto fault = take(segment, line.substr(at, end - at))) {
        is_cut_ = segment.at_line_end && fault == ParseFault::mismatch && may_be_cut_outside_quotes(line);
        return fault;
      }
      at = end + segment.end.size();
    }
    if (at != line.size()) return ParseFault::mismatch;
    variable_ = {};
    return std::nullopt;
  }

  // Whether the line ends within the segment that begins at `at`; then the values that are there go to the
  // builder. Without quotes nothing tells a line that was cut from one of another format.
  bool take_cut(const Segment& segment, std::string_view line, std::size_t at) {
    if (pattern_.quotes > 0 || segment.at_line_end) return false;
    const char mark = segment.end[segment.mark];
    const std::size_t found = mark == '"' ? find_bare_quote(line, at) : line.find(mark, at);
    const std::string_view rest = line.substr(at);
    if (found == std::string_view::npos) return take_beginning(segment, rest, line);
    // The value is whole, and the line ends within what stands behind it.
    if (found < at + segment.mark) return false;
    const std::size_t end = found - segment.mark;
    return segment.end.starts_with(line.substr(end)) && may_be_cut_outside_quotes(line) &&
           !take(segment, line.substr(at, end - at));
  }

  // Gives the values to the builder that begin in `text`, behind which the line ends.
  bool take_beginning(const Segment& segment, std::string_view text, std::string_view line) {
    const bool is_quoted = text.data() > line.data() && *(text.data() - 1) == '"';
    if (!is_quoted && !may_be_cut_outside_quotes(line)) return false;
    for (const Segment::Cut& cut : segment.before) {
      variable_ = cut.variable;
      const std::size_t at = first_cut(cut, text);
      if (at == std::string_view::npos) {
        builder_.set_cut(cut.field, unescaped(text));
        return true;
      }
      if (set(cut.field, text.substr(0, at))) return false;
      text.remove_prefix(at + cut.literal.size());
    }
    builder_.set_cut(segment.open, unescaped(text));
    return true;
  }

  [[nodiscard]] std::string_view unescaped(std::string_view text) {
    return escaped_ ? unescaper_.undo(text, pattern_.escape) : text;
  }

  Parsed finish(bool is_cut) {
    if (pattern_.host_of_target) builder_.take_host_of_target();
    Parsed request = is_cut ? builder_.finish_cut() : builder_.finish();
    // A host with blanks in it, as old servers let one through, may look like a client.
    if (request && pattern_.host_before_client && holds_client(request->user))
      request = ParseFault::bad_client;
    if (request && pattern_.account_is_user) {
      request->account = request->user;
      request->fields.add(detection::LogField::account);
    }
    return request;
  }

  // Where the literal behind the segment begins; std::string_view::npos where the line has another.
  static std::size_t end_of(const Segment& segment, std::string_view line, std::size_t at) {
    if (segment.at_line_end) {
      const std::string_view rest = line.substr(at);
      return rest.ends_with(segment.end) ? line.size() - segment.end.size() : std::string_view::npos;
    }
    const char mark = segment.end[segment.mark];
    const std::size_t found = mark == '"' ? find_bare_quote(line, at) : line.find(mark, at);
    if (found == std::string_view::npos || found < at + segment.mark) return std::string_view::npos;
    const std::size_t end = found - segment.mark;
    return line.substr(end).starts_with(segment.end) ? end : std::string_view::npos;
  }

  // Whether the literal there is within a list: "10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80".
  static bool is_within_list(std::string_view text, std::size_t at, std::string_view literal) {
    if (literal.front() != ' ') return false;
    const bool is_behind_mark = at > 0 && (text[at - 1] == ',' || (at > 1 && text.substr(at - 2, 2) == " :"));
    return is_behind_mark || text.substr(at).starts_with(" : ");
  }

  static std::size_t first_cut(const Segment::Cut& cut, std::string_view text) {
    std::size_t at = text.find(cut.literal);
    while (cut.is_list && at != std::string_view::npos && is_within_list(text, at, cut.literal))
      at = text.find(cut.literal, at + 1);
    return at;
  }
  static std::size_t last_cut(const Segment::Cut& cut, std::string_view text) {
    std::size_t at = text.rfind(cut.literal);
    while (cut.is_list && at != std::string_view::npos && is_within_list(text, at, cut.literal))
      at = at == 0 ? std::string_view::npos : text.rfind(cut.literal, at - 1);
    return at;
  }

  std::optional<ParseFault> take(const Segment& segment, std::string_view text) {
    for (const Segment::Cut& cut : segment.before) {
      variable_ = cut.variable;
      const std::size_t at = first_cut(cut, text);
      if (at == std::string_view::npos) return ParseFault::mismatch;
      if (const auto fault = set(cut.field, text.substr(0, at))) return fault;
      text.remove_prefix(at + cut.literal.size());
    }
    for (const Segment::Cut& cut : segment.after) {
      variable_ = cut.variable;
      const std::size_t at = last_cut(cut, text);
      if (at == std::string_view::npos) return ParseFault::mismatch;
      if (const auto fault = set(cut.field, text.substr(at + cut.literal.size()))) return fault;
      text = text.substr(0, at);
    }
    variable_ = segment.open_variable;
    return set(segment.open, text);
  }

  std::optional<ParseFault> set(Field field, std::string_view text) {
    if (field == Field::skip) return std::nullopt;
    if (field == Field::time) {
      const auto time = pattern_.time.parse(text);
      if (!time) return ParseFault::bad_time;
      builder_.set_time(*time);
    } else if (const auto fault = builder_.set(field, unescaped(text))) {
      return fault;
    }
    ++read_;
    return std::nullopt;
  }

  Pattern pattern_;
  RequestBuilder builder_;
  Unescaper unescaper_;
  bool escaped_ = false;  // the line holds what an escape begins with
  // Where in the pattern the reading of the last line ended, and how many values came before.
  std::string_view variable_;
  std::size_t read_ = 0;
  bool is_cut_ = false;  // it ended within a value, and what was there is in the builder
};

}  // namespace

NamedVariables named_variables(const LogOptions& options) {
  return {options.account,  options.credential,    options.fingerprint,
          options.subjects, options.subject_count, options.client};
}

Result<std::unique_ptr<LineParser>> make_pattern_parser(Result<Pattern> pattern) {
  if (!pattern) return Error(fmt::format("pattern {}", pattern.error().message()));
  return make_pattern_parser(*std::move(pattern));
}

std::unique_ptr<LineParser> make_pattern_parser(Pattern pattern) {
  return std::make_unique<PatternParser>(std::move(pattern));
}

}  // namespace sluice::intake
