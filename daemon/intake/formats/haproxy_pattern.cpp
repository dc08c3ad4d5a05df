// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/haproxy_pattern.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/intake/formats/pattern_plan.h"

namespace sluice::intake {
namespace {

struct HaproxyVariable {
  std::string_view name;
  Field field;
  Holds holds;
  int rank = 1;
};
// "Custom log format" in HAProxy's manual. Of names that begin alike the longer one stands first.
constexpr std::array<HaproxyVariable, 57> kHaproxyVariables = {{{"ci", Field::client, Holds::address},
                                                                {"cp", Field::skip, Holds::number},
                                                                {"trg", Field::time, Holds::time, 2},
                                                                {"trl", Field::time, Holds::time, 3},
                                                                {"tr", Field::time, Holds::time, 4},
                                                                {"tsc", Field::skip, Holds::word},
                                                                {"ts", Field::skip, Holds::word},
                                                                {"t", Field::time, Holds::time, 4},
                                                                {"TR", Field::skip, Holds::number},
                                                                {"TD", Field::skip, Holds::number},
                                                                {"Ta", Field::duration_ms, Holds::number, 2},
                                                                {"Tt", Field::duration_ms, Holds::number},
                                                                {"Tu", Field::skip, Holds::number},
                                                                {"Tc", Field::skip, Holds::number},
                                                                {"Td", Field::skip, Holds::number},
                                                                {"Th", Field::skip, Holds::number},
                                                                {"Ti", Field::skip, Holds::number},
                                                                {"Tq", Field::skip, Holds::number},
                                                                {"Tr", Field::skip, Holds::number},
                                                                {"Tw", Field::skip, Holds::number},
                                                                {"Tl", Field::time, Holds::time, 2},
                                                                {"Ts", Field::time, Holds::time},
                                                                {"T", Field::time, Holds::time, 2},
                                                                {"ST", Field::status, Holds::number},
                                                                {"B", Field::bytes, Holds::number},
                                                                {"U", Field::skip, Holds::number},
                                                                {"CC", Field::skip, Holds::anything},
                                                                {"CS", Field::skip, Holds::anything},
                                                                {"HM", Field::method, Holds::word},
                                                                {"HPO", Field::path, Holds::anything},
                                                                {"HP", Field::path, Holds::anything},
                                                                {"HQ", Field::query, Holds::anything},
                                                                {"HU", Field::target, Holds::anything},
                                                                {"HV", Field::protocol, Holds::word},
                                                                {"H", Field::skip, Holds::word},
                                                                {"ID", Field::skip, Holds::word},
                                                                {"ac", Field::skip, Holds::number},
                                                                {"bc", Field::skip, Holds::number},
                                                                {"bi", Field::skip, Holds::address},
                                                                {"bp", Field::skip, Holds::number},
                                                                {"bq", Field::skip, Holds::number},
                                                                {"b", Field::skip, Holds::name},
                                                                {"fc", Field::skip, Holds::number},
                                                                {"fi", Field::skip, Holds::address},
                                                                {"fp", Field::skip, Holds::number},
                                                                {"ft", Field::skip, Holds::word},
                                                                {"f", Field::skip, Holds::word},
                                                                {"lc", Field::skip, Holds::number},
                                                                {"ms", Field::skip, Holds::number},
                                                                {"pid", Field::skip, Holds::number},
                                                                {"rc", Field::skip, Holds::number},
                                                                {"rt", Field::skip, Holds::number},
                                                                {"r", Field::request, Holds::anything},
                                                                {"sslc", Field::skip, Holds::word},
                                                                {"sslv", Field::skip, Holds::word},
                                                                {"sc", Field::skip, Holds::number},
                                                                {"s", Field::skip, Holds::word}}};
constexpr std::array<HaproxyVariable, 3> kOfServers = {{{"si", Field::skip, Holds::address},
                                                        {"sp", Field::skip, Holds::number},
                                                        {"sq", Field::skip, Holds::number}}};

// Expressions that are the same as a variable.
constexpr std::array<HaproxyVariable, 6> kExpressions = {{{"src", Field::client, Holds::address},
                                                          {"src_port", Field::skip, Holds::number},
                                                          {"capture.req.method", Field::method, Holds::word},
                                                          {"capture.req.uri", Field::target, Holds::anything},
                                                          {"capture.req.ver", Field::protocol, Holds::word},
                                                          {"unique-id", Field::skip, Holds::word}}};

class Reader {
 public:
  Reader(std::string_view text, const Captures& request, const Captures& response, const TimeZone& zone)
      : text_(text), request_(request), response_(response), zone_(zone) {}

  Result<std::vector<Token>> read() {
    while (!text_.empty()) {
      const auto percent = text_.find('%');
      tokens_.push_back(Token::literal(text_.substr(0, percent)));
      if (percent == std::string_view::npos) break;
      text_.remove_prefix(percent);
      if (text_.starts_with("%%")) {
        tokens_.push_back(Token::literal("%"));
        text_.remove_prefix(2);
      } else if (auto done = take(); !done) {
        return done.error();
      }
    }
    return std::move(tokens_);
  }

 private:
  struct Flags {
    bool quoted = false;
    bool escaped = false;
  };

  // "%{+Q,-E}r", "%[expression]"
  Result<void> take() {
    text_.remove_prefix(1);
    Flags flags = flags_;
    if (text_.starts_with('{')) {
      const auto close = text_.find('}');
      if (close == std::string_view::npos) return Error("has a '{' that is never closed");
      read_flags(text_.substr(1, close - 1), flags);
      text_.remove_prefix(close + 1);
    }
    if (text_.starts_with('[')) return take_expression(flags);
    if (text_.starts_with('o')) {  // no variable: these flags count from here on
      flags_ = flags;
      text_.remove_prefix(1);
      if (text_.starts_with(' ')) text_.remove_prefix(1);
      return {};
    }
    for (const auto& [name, captures] : {std::pair{"hr", &request_}, std::pair{"hs", &response_}}) {
      if (!text_.starts_with(name)) continue;
      text_.remove_prefix(2);
      if (text_.starts_with('l'))
        return Error(fmt::format("has %{}l, which is not read; write %{} in its place", name, name));
      add_group(name, *captures, flags);
      return {};
    }
    const auto begins = [&](const HaproxyVariable& v) { return text_.starts_with(v.name); };
    auto known = std::ranges::find_if(kOfServers, begins);
    const HaproxyVariable* variable = known != kOfServers.end() ? &*known : nullptr;
    if (variable == nullptr) {
      const auto at = std::ranges::find_if(kHaproxyVariables, begins);
      if (at == kHaproxyVariables.end())
        return Error(
            fmt::format("has %{}, which HAProxy does not know; see \"Custom log format\" in its manual",
                        text_.substr(0, std::min(text_.find(' '), std::size_t{16}))));
      variable = &*at;
    }
    text_.remove_prefix(variable->name.size());
    return add(*variable, fmt::format("%{}", variable->name), flags);
  }

  static void read_flags(std::string_view text, Flags& flags) {
    while (!text.empty()) {
      const std::string_view flag = trimmed(take_until(text, ','));
      if (flag == "+Q" || flag == "Q") flags.quoted = true;
      if (flag == "-Q") flags.quoted = false;
      if (flag == "+E" || flag == "E") flags.escaped = true;
      if (flag == "-E") flags.escaped = false;
    }
  }

  Result<void> add(const HaproxyVariable& variable, std::string name, const Flags& flags) {
    Token token{false, std::move(name), variable.field, variable.holds, variable.rank, std::nullopt};
    if (token.field == Field::time) {
      auto time = time_of(variable.name);
      if (!time) return time.error();
      token.time = *std::move(time);
    }
    // Numbers are never quoted.
    const bool quoted = flags.quoted && variable.holds != Holds::number && variable.holds != Holds::time;
    if (quoted) tokens_.push_back(Token::literal("\""));
    tokens_.push_back(std::move(token));
    if (quoted) tokens_.push_back(Token::literal("\""));
    return {};
  }

  Result<TimeFormat> time_of(std::string_view name) const {
    if (name == "Ts") return TimeFormat::seconds();
    if (name != "t" && name != "tr") return TimeFormat::common_log();
    return TimeFormat::from_strftime({{false, "%d/%b/%Y:%T"}, {true, "."}, {false, "msec_frac"}}, zone_);
  }

  // "{a|b}": HAProxy writes braces and bars within the values as #XX.
  void add_group(std::string_view name, const Captures& captures, const Flags& flags) {
    tokens_.push_back(Token::literal(flags.quoted ? "\"{" : "{"));
    for (std::size_t i = 0; i < captures.fields.size(); ++i) {
      if (i > 0) tokens_.push_back(Token::literal("|"));
      tokens_.push_back({false, fmt::format("%{} ({})", name, captures.names[i]), captures.fields[i],
                         Holds::capture, 1, std::nullopt});
    }
    if (captures.fields.empty())
      tokens_.push_back({false, fmt::format("%{}", name), Field::skip, Holds::captures, 0, std::nullopt});
    tokens_.push_back(Token::literal(flags.quoted ? "}\"" : "}"));
  }

  Result<void> take_expression(const Flags& flags) {
    const auto close = text_.find(']');
    if (close == std::string_view::npos) return Error("has a '[' that is never closed");
    const std::string_view whole = text_.substr(1, close - 1);
    text_.remove_prefix(close + 1);
    std::string_view rest = whole;
    const std::string_view fetch = trimmed(take_until(rest, ','));
    const bool is_json = rest.find("json") != std::string_view::npos;
    const auto same = std::ranges::find(kExpressions, fetch, &HaproxyVariable::name);
    if (same != kExpressions.end()) return add(*same, fmt::format("%[{}]", whole), flags);
    if (!flags.escaped && !is_json) {
      return Error(
          fmt::format("has %[{}] without +E: a visitor could write quotes there that pass for its end; "
                      "write %{{+Q,+E}}[{}], here and in the server's configuration",
                      whole, whole));
    }
    return add({{}, field_of(fetch), Holds::anything}, fmt::format("%[{}]", whole), flags);
  }

  // "capture.req.hdr(0)": that of the list.
  [[nodiscard]] Field field_of(std::string_view fetch) const {
    for (const auto& [name, captures] : {std::pair{std::string_view("capture.req.hdr("), &request_},
                                         std::pair{std::string_view("capture.res.hdr("), &response_}}) {
      if (!fetch.starts_with(name) || !fetch.ends_with(')')) continue;
      const auto index = parse_number<std::size_t>(fetch.substr(name.size(), fetch.size() - name.size() - 1));
      if (index && *index < captures->fields.size()) return captures->fields[*index];
    }
    return Field::skip;
  }

  std::string_view text_;
  const Captures& request_;
  const Captures& response_;
  const TimeZone& zone_;
  Flags flags_;
  std::vector<Token> tokens_;
};

// The text as HAProxy reads it: without its quotes, and with a blank for "\ ".
std::string unquoted(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with("log-format")) text = trimmed(text.substr(std::string_view("log-format").size()));
  const bool has_quotes =
      text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
  const bool is_weak = !has_quotes || text.front() == '"';
  if (has_quotes) text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_weak && text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

}  // namespace

Result<Pattern> compile_haproxy(std::string_view text, const Captures& request, const Captures& response,
                                const TimeZone& zone) {
  if (text.size() > kMaxPatternBytes) return Error(fmt::format("is longer than {} bytes", kMaxPatternBytes));
  const std::string format = unquoted(text);
  auto tokens = Reader(format, request, response, zone).read();
  if (!tokens) return tokens.error();
  return plan(*std::move(tokens), Escape::hash, {});
}

}  // namespace sluice::intake
