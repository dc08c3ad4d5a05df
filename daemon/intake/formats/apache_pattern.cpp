// SPDX-License-Identifier: Apache-2.0
// Apache's LogFormat: what its directives mean, and how the line is written.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/intake/formats/pattern_parser.h"
#include "daemon/intake/formats/pattern_plan.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {
namespace {

struct Directive {
  std::string_view name;  // the letters; "{User-Agent}i" with its argument where only that one is meant
  Field field;
  Holds holds;
  int rank = 1;
};

// Arguments are compared without regard to case; the first that fits counts.
constexpr std::array<Directive, 70> kDirectives = {{
    {"{c}a", Field::peer, Holds::address},
    {"a", Field::client, Holds::address, 2},
    {"{c}h", Field::peer, Holds::word},
    {"h", Field::client, Holds::word},
    {"u", Field::user, Holds::anything},
    {"r", Field::request, Holds::anything},
    {"m", Field::method, Holds::word},
    {"U", Field::path, Holds::anything},
    {"q", Field::query, Holds::anything},
    {"H", Field::protocol, Holds::word},
    {"s", Field::status, Holds::number},
    {"b", Field::bytes, Holds::number, 2},
    {"B", Field::bytes, Holds::number, 3},
    {"O", Field::bytes, Holds::number},
    {"{Referer}i", Field::referer, Holds::anything},
    {"{User-Agent}i", Field::user_agent, Holds::anything},
    {"{Host}i", Field::host, Holds::anything, 3},
    {"V", Field::host, Holds::name, 2},
    {"v", Field::host, Holds::name},
    {"{Accept-Encoding}i", Field::accept_encoding, Holds::anything},
    {"{Accept-Language}i", Field::accept_language, Holds::anything},
    {"{Sec-Purpose}i", Field::purpose, Holds::anything, 2},
    {"{Purpose}i", Field::purpose, Holds::anything},
    {"{X-Forwarded-For}i", Field::forwarded_for, Holds::anything},
    {"{Forwarded}i", Field::forwarded, Holds::anything},
    {"D", Field::duration_us, Holds::number},
    {"{us}T", Field::duration_us, Holds::number},
    {"{ms}T", Field::duration_ms, Holds::number},
    {"{s}T", Field::duration_s, Holds::number},
    {"T", Field::duration_s, Holds::number},
    {"{SSL_JA4}e", Field::fingerprint, Holds::anything},
    {"{JA4}e", Field::fingerprint, Holds::anything},
    {"{JA4}n", Field::fingerprint, Holds::anything},
    // A note keeps what was taken out before the visitor sees the answer.
    {"{sluice_subjects}n", Field::subjects, Holds::anything, 2},
    {"{X-Sluice-Subjects}o", Field::subjects, Holds::anything},
    {"{sluice_subject_count}n", Field::subject_count, Holds::anything, 2},
    {"{X-Sluice-Subject-Count}o", Field::subject_count, Holds::anything},
    {"{Sec-Fetch-Mode}i", Field::fetch_mode, Holds::anything},
    {"{Sec-Fetch-Dest}i", Field::fetch_dest, Holds::anything},
    {"{Content-Type}o", Field::content_type, Holds::anything},
    // Nothing that is looked at, but known never to hold a space or a quote.
    {"A", Field::skip, Holds::address},
    {"I", Field::skip, Holds::number},
    {"S", Field::skip, Holds::number},
    {"k", Field::skip, Holds::number},
    {"l", Field::skip, Holds::word},  // "-" without mod_ident, which nobody runs
    {"L", Field::skip, Holds::word},
    {"p", Field::skip, Holds::number},
    {"{canonical}p", Field::skip, Holds::number},
    {"{local}p", Field::skip, Holds::number},
    {"{remote}p", Field::skip, Holds::number},
    {"P", Field::skip, Holds::number},
    {"{pid}P", Field::skip, Holds::number},
    {"{tid}P", Field::skip, Holds::number},
    {"{hextid}P", Field::skip, Holds::word},
    {"R", Field::skip, Holds::word},
    {"X", Field::skip, Holds::word},
    {"^FB", Field::skip, Holds::number},
    {"{SSL_PROTOCOL}x", Field::skip, Holds::word},
    {"{SSL_CIPHER}x", Field::skip, Holds::word},
    {"{UNIQUE_ID}e", Field::skip, Holds::word},
    // Known, and of any content.
    {"f", Field::skip, Holds::anything},
    {"C", Field::skip, Holds::anything},
    {"e", Field::skip, Holds::anything},
    {"i", Field::skip, Holds::anything},
    {"n", Field::skip, Holds::anything},
    {"o", Field::skip, Holds::anything},
    {"x", Field::skip, Holds::anything},
    {"c", Field::skip, Holds::anything},
    {"^ti", Field::skip, Holds::anything},
    {"^to", Field::skip, Holds::anything},
}};

// "%>s", "%{User-Agent}i", "%!200,304{Referer}i": the parts of one directive.
struct Part {
  std::string_view whole;
  std::string_view argument;
  std::string_view letters;
  bool last_of_redirects = false;
};

std::optional<Part> take_directive(std::string_view text) {
  Part part;
  std::size_t i = 1;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '>') part.last_of_redirects = true;
    if (c != '>' && c != '<' && c != '!' && c != ',' && !is_digit(c)) break;
  }
  if (i < text.size() && text[i] == '{') {
    const auto close = text.find('}', i);
    if (close == std::string_view::npos) return std::nullopt;
    part.argument = text.substr(i + 1, close - i - 1);
    i = close + 1;
  }
  if (i == text.size()) return std::nullopt;
  const std::size_t length = text[i] == '^' ? 3 : 1;
  if (i + length > text.size()) return std::nullopt;
  part.letters = text.substr(i, length);
  part.whole = text.substr(0, i + length);
  return part;
}

const Directive* find(const Part& part) {
  for (const Directive& directive : kDirectives) {
    const bool has_argument = directive.name.front() == '{';
    const auto close = directive.name.find('}');
    const std::string_view letters = has_argument ? directive.name.substr(close + 1) : directive.name;
    if (letters != part.letters) continue;
    if (!has_argument || equal_ignoring_case(directive.name.substr(1, close - 1), part.argument))
      return &directive;
  }
  return nullptr;
}

// The text of a format as Apache reads it from within quotes.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == 't' || c == 'n') {
      out += c == 't' ? '\t' : '\n';
    } else {
      if (c != '"' && c != '\\' && c != '\'') out += '\\';
      out += c;
    }
  }
  return out;
}

// "%t", or "%{%F %T}t.%{usec_frac}t %{%z}t": one time that is written in several pieces.
Result<Token> take_time(std::string_view format, const Part& first, const std::optional<TimeZone>& zone,
                        std::size_t& size) {
  Token token{false, std::string(first.whole), Field::time, Holds::time, 1, std::nullopt};
  size = first.whole.size();
  if (first.argument.empty()) {
    token.time = TimeFormat::common_log();
    return token;
  }
  std::vector<TimeFormat::Piece> pieces = {{false, std::string(first.argument)}};
  for (;;) {
    const std::string_view rest = format.substr(size);
    const auto percent = rest.find('%');
    if (percent == std::string_view::npos ||
        rest.substr(0, percent).find_first_of("\"[]") != std::string_view::npos)
      break;
    const auto next = take_directive(rest.substr(percent));
    if (!next || next->letters != "t" || next->argument.empty()) break;
    pieces.push_back({true, std::string(rest.substr(0, percent))});
    pieces.push_back({false, std::string(next->argument)});
    size += percent + next->whole.size();
  }
  auto time = TimeFormat::from_strftime(pieces, zone);
  if (!time) return time.error().in(fmt::format("has {}", token.text));
  token.text = format.substr(0, size);
  token.time = *std::move(time);
  return token;
}

Result<std::vector<Token>> apache_tokens(std::string_view format, const std::optional<TimeZone>& zone) {
  std::vector<Token> tokens;
  while (!format.empty()) {
    const auto percent = format.find('%');
    tokens.push_back(Token::literal(format.substr(0, percent)));
    if (percent == std::string_view::npos) break;
    format.remove_prefix(percent);
    if (format.starts_with("%%")) {
      tokens.push_back(Token::literal("%"));
      format.remove_prefix(2);
      continue;
    }
    const auto part = take_directive(format);
    if (!part) return Error(fmt::format("ends within {}", format));
    std::size_t size = part->whole.size();
    if (part->letters == "t") {
      auto time = take_time(format, *part, zone, size);
      if (!time) return time.error();
      // Apache puts brackets around a time without a format.
      const bool bare = part->argument.empty();
      if (bare) tokens.push_back(Token::literal("["));
      tokens.push_back(*std::move(time));
      if (bare) tokens.push_back(Token::literal("]"));
    } else {
      const Directive* known = find(*part);
      if (known == nullptr)
        return Error(fmt::format("has {}, which Apache does not know; see mod_log_config", part->whole));
      int rank = 2 * known->rank;
      if (part->last_of_redirects)
        ++rank;  // %>s is what the visitor got, %s what an internal redirect began with
      tokens.push_back({false, std::string(part->whole), known->field, known->holds, rank, std::nullopt});
    }
    format.remove_prefix(size);
  }
  return tokens;
}

// What stands between the quotes of `LogFormat "..." name`.
Result<std::string_view> between_quotes(std::string_view text) {
  const auto open = text.find('"');
  if (open == std::string_view::npos) return Error("is a LogFormat without its format in quotes");
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return text.substr(open + 1, i - open - 1);
    }
  }
  return Error("has a quote that is never closed");
}

Result<std::unique_ptr<LineParser>> make_apache_parser(const LogOptions& options) {
  std::optional<TimeZone> zone;
  if (!options.timezone.empty()) {
    auto named = zone_or(options.timezone, TimeZone::utc());
    if (!named) return named.error();
    zone = *std::move(named);
  }
  return make_pattern_parser(compile_apache(options.pattern, named_variables(options), zone));
}

}  // namespace

namespace formats {
constinit const FormatSpec kApache = {
    .name = "apache", .has_pattern = true, .has_zone = true, .make_parser = &make_apache_parser};
}  // namespace formats

Result<Pattern> compile_apache(std::string_view text, const NamedVariables& named,
                               const std::optional<TimeZone>& zone) {
  if (text.size() > kMaxPatternBytes) return Error(fmt::format("is longer than {} bytes", kMaxPatternBytes));
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\n'))
    text.remove_prefix(1);
  while (!text.empty() &&
         (text.back() == '\n' || text.back() == '\r'))  // of a text that stands on a line of its own
    text.remove_suffix(1);
  if (text.starts_with("LogFormat ")) {
    auto inner = between_quotes(text);
    if (!inner) return inner.error();
    text = *inner;
  }
  auto tokens = apache_tokens(unescaped(text), zone);
  if (!tokens) return tokens.error();
  return plan(*std::move(tokens), Escape::c, named);
}

}  // namespace sluice::intake
