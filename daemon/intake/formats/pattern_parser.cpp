// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/pattern_parser.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/intake/formats/escapes.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {
namespace {

class PatternParser final : public LineParser {
 public:
  explicit PatternParser(Pattern pattern) : pattern_(std::move(pattern)) {}

  [[nodiscard]] Parsed parse(std::string_view line) override {
    if (line.size() > kMaxLineBytes) return ParseFault::too_long;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return ParseFault::empty;
    if (!line.starts_with(pattern_.begin)) return ParseFault::mismatch;
    builder_.begin();
    unescaper_.begin();
    escaped_ = line.find('\\') != std::string_view::npos;
    std::size_t at = pattern_.begin.size();
    for (const Segment& segment : pattern_.segments) {
      const std::size_t end = end_of(segment, line, at);
      if (end == std::string_view::npos) return ParseFault::mismatch;
      if (const auto fault = take(segment, line.substr(at, end - at))) return *fault;
      at = end + segment.end.size();
    }
    if (at != line.size()) return ParseFault::mismatch;
    Parsed request = builder_.finish();
    if (request && pattern_.account_is_user) {
      request->account = request->user;
      request->fields.add(detection::LogField::account);
    }
    return request;
  }

  [[nodiscard]] ForwardingHeaders forwarding_headers() const override {
    return builder_.forwarding_headers();
  }

 private:
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

  std::optional<ParseFault> take(const Segment& segment, std::string_view text) {
    for (const Segment::Cut& cut : segment.before) {
      const std::size_t at = text.find(cut.literal);
      if (at == std::string_view::npos) return ParseFault::mismatch;
      if (const auto fault = set(cut.field, text.substr(0, at))) return fault;
      text.remove_prefix(at + cut.literal.size());
    }
    for (const Segment::Cut& cut : segment.after) {
      const std::size_t at = text.rfind(cut.literal);
      if (at == std::string_view::npos) return ParseFault::mismatch;
      if (const auto fault = set(cut.field, text.substr(at + cut.literal.size()))) return fault;
      text = text.substr(0, at);
    }
    return set(segment.open, text);
  }

  std::optional<ParseFault> set(Field field, std::string_view text) {
    if (field == Field::skip) return std::nullopt;
    if (field == Field::time) {
      const auto time = pattern_.time.parse(text);
      if (!time) return ParseFault::bad_time;
      builder_.set_time(*time);
      return std::nullopt;
    }
    return builder_.set(field, escaped_ ? unescaper_.undo(text, pattern_.escape) : text);
  }

  Pattern pattern_;
  RequestBuilder builder_;
  Unescaper unescaper_;
  bool escaped_ = false;  // the line holds a backslash
};

}  // namespace

NamedVariables named_variables(const LogOptions& options) {
  return {options.account, options.credential, options.fingerprint, options.subjects, options.subject_count};
}

Result<std::unique_ptr<LineParser>> make_pattern_parser(Result<Pattern> pattern) {
  if (!pattern) return Error(fmt::format("pattern {}", pattern.error().message()));
  return make_pattern_parser(*std::move(pattern));
}

std::unique_ptr<LineParser> make_pattern_parser(Pattern pattern) {
  return std::make_unique<PatternParser>(std::move(pattern));
}

}  // namespace sluice::intake
