// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/pattern_plan.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace sluice::intake {
namespace {

constexpr int kNamed = 100;  // the rank of what the operator named

// Whether a value of the variable may hold the character, marks apart.
bool may_hold(const Token& variable, char c) {
  switch (variable.holds) {
    case Holds::anything:
      return true;
    case Holds::word:
      return c > ' ' && c < 0x7f && c != '"' && c != '\'';
    case Holds::name:
      return is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == '*';
    case Holds::address:
      return is_hex_digit(c) || c == ':' || c == '.';
    case Holds::number:
      return is_digit(c) || c == '.' || c == '-' || c == '+';
    case Holds::capture:
      return c != '{' && c != '}' && c != '|' && c != '"';
    case Holds::captures:
      return c != '{' && c != '}' && c != '"';
    case Holds::hops:
      return is_hex_digit(c) || c == ':' || c == '.' || c == ',';
    case Holds::list:  // a blank within it is told from one behind it: see Segment::Cut
      return c > ' ' && c < 0x7f && c != '"';
    case Holds::time:
      return !variable.time || variable.time->may_hold(c);
  }
  return true;
}

// Where in a literal stands a character that no value can hold; npos if nowhere.
std::size_t mark_in(std::string_view literal) {
  const auto at =
      std::ranges::find_if(literal, [](char c) { return c == '"' || static_cast<unsigned char>(c) < 0x20; });
  return at == literal.end() ? std::string_view::npos : static_cast<std::size_t>(at - literal.begin());
}

// A pattern on its way to a plan.
class Planner {
 public:
  Planner(std::vector<Token> tokens, Escape escape) : tokens_(std::move(tokens)), escape_(escape) {}

  Result<Pattern> make(const NamedVariables& named) {
    if (auto done = take_named(named); !done) return done.error();
    choose();
    join_targets();
    join_ports();
    find_target();
    for (const auto& [field, why] : kNeeded) {
      if (std::ranges::none_of(field, [&](Field f) { return find(f) != nullptr; }))
        return Error(std::string(why));
    }
    Pattern pattern{{}, {}, *find(Field::time)->time, escape_, account_is_user_};
    pattern.host_before_client = is_host_before_client();
    if (auto cut = cut_up(pattern); !cut) return cut.error();
    return pattern;
  }

 private:
  using Needed = std::pair<std::vector<Field>, std::string_view>;
  inline static const std::array<Needed, 3> kNeeded = {{
      {{Field::time}, "says no time: nothing could be judged"},
      {{Field::client, Field::peer, Field::client_and_port, Field::peer_and_port, Field::visitor},
       "says no client address: nobody could be held to account; if a header of a proxy has it, name that as "
       "client"},
      {{Field::request, Field::target, Field::path}, "does not say what was asked for"},
  }};

  [[nodiscard]] const Token* find(Field field) const {
    const auto at = std::ranges::find(tokens_, field, &Token::field);
    return at == tokens_.end() ? nullptr : &*at;
  }

  Result<void> take_named(const NamedVariables& named) {
    const std::array<std::pair<const std::string*, Field>, 6> names = {
        {{&named.client, Field::visitor},
         {&named.account, Field::account},
         {&named.credential, Field::credential},
         {&named.fingerprint, Field::fingerprint},
         {&named.subjects, Field::subjects},
         {&named.subject_count, Field::subject_count}}};
    for (const auto& [name, field] : names) {
      if (name->empty()) continue;
      const auto at = std::ranges::find_if(tokens_, [wanted = name](const Token& token) {
        return !token.is_literal && token.text == *wanted;
      });
      if (at == tokens_.end())
        return Error(fmt::format("does not have {}; add it there and in the server's configuration", *name));
      if (field == Field::account && at->field == Field::user) {
        account_is_user_ = true;
      } else if (field == Field::visitor && is_peer(at->field)) {
        at->field = Field::client;
        at->rank = kNamed;
      } else if (at->field != Field::skip && at->rank >= kNamed) {
        return Error(fmt::format("has {} once, and it cannot be two things", *name));
      } else if (!may_be_renamed(at->field)) {
        return Error(fmt::format("has {} for something else already; name another variable", *name));
      } else {
        at->field = field;
        at->rank = kNamed;
        // What a visitor writes there could be any address as well.
        if (field == Field::visitor && at->holds == Holds::anything) at->holds = Holds::list;
      }
    }
    return {};
  }

  static bool is_peer(Field field) { return field == Field::client || field == Field::peer; }

  // Whether an operator may say that a variable is something else than its name says.
  static bool may_be_renamed(Field field) {
    return field == Field::skip || field == Field::fingerprint || field == Field::subjects ||
           field == Field::subject_count || field == Field::content_type || field == Field::forwarded_for ||
           field == Field::proxy_client;
  }

  // Where several variables say the same, the one of the highest rank counts.
  void choose() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const auto better = [&](const Token& other) {
        return &other != &tokens_[i] && other.field == tokens_[i].field &&
               (other.rank > tokens_[i].rank || (other.rank == tokens_[i].rank && &other < &tokens_[i]));
      };
      if (tokens_[i].field != Field::skip && std::ranges::any_of(tokens_, better)) beaten_.push_back(i);
    }
    for (const std::size_t i : beaten_)
      tokens_[i].field = Field::skip;
    // With the whole line there its parts are spare, and so are the two halves of a target.
    const bool has_line = find(Field::request) != nullptr;
    const bool has_target = find(Field::target) != nullptr;
    for (Token& token : tokens_) {
      const bool half = token.field == Field::path || token.field == Field::query;
      const bool part =
          token.field == Field::method || token.field == Field::target || token.field == Field::protocol;
      if ((half && (has_line || has_target)) || (part && has_line)) token.field = Field::skip;
    }
  }

  // "$uri$is_args$args", "%U%q": path and query written as one.
  void join_targets() {
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].field != Field::path) continue;
      std::size_t end = i + 1;
      while (end < tokens_.size() && (tokens_[end].text == "$is_args" || tokens_[end].text == "?"))
        ++end;
      if (end == tokens_.size() || tokens_[end].field != Field::query) continue;
      tokens_[i].field = Field::target;
      tokens_[i].holds = Holds::anything;
      for (std::size_t j = i + 1; j <= end; ++j)
        tokens_[i].text += tokens_[j].text;
      tokens_.erase(tokens_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                    tokens_.begin() + static_cast<std::ptrdiff_t>(end) + 1);
    }
  }

  // "$remote_addr:$remote_port", "%a:%p": an address may hold colons too, but the last one is before the
  // port. "$host:$server_port" is the host as a visitor sends it.
  void join_ports() {
    for (std::size_t i = 0; i + 2 < tokens_.size(); ++i) {
      const Token& colon = tokens_[i + 1];
      const Token& port = tokens_[i + 2];
      const bool is_host = tokens_[i].field == Field::host && tokens_[i].holds == Holds::word;
      const bool is_address = !tokens_[i].is_literal &&
                              (tokens_[i].holds == Holds::address || is_host || is_peer(tokens_[i].field));
      if (!is_address || !colon.is_literal || colon.text != ":" || port.is_literal ||
          port.holds != Holds::number || port.field != Field::skip) {
        continue;
      }
      tokens_[i].text += ":" + port.text;
      if (tokens_[i].field == Field::client) tokens_[i].field = Field::client_and_port;
      if (tokens_[i].field == Field::peer) tokens_[i].field = Field::peer_and_port;
      tokens_.erase(tokens_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                    tokens_.begin() + static_cast<std::ptrdiff_t>(i) + 3);
    }
  }

  // "$request_method $filtered_uri $server_protocol": between these two stands the target, whatever the
  // operator calls it.
  void find_target() {
    for (const Field field : {Field::request, Field::target, Field::path}) {
      if (find(field) != nullptr) return;
    }
    for (std::size_t i = 0; i + 4 < tokens_.size(); ++i) {
      const bool is_line = tokens_[i].field == Field::method && tokens_[i + 1].text == " " &&
                           !tokens_[i + 2].is_literal && tokens_[i + 2].field == Field::skip &&
                           tokens_[i + 3].text == " " && tokens_[i + 4].field == Field::protocol;
      if (!is_line) continue;
      tokens_[i + 2].field = Field::target;
      return;
    }
  }

  static bool is_any_client(Field field) {
    return is_peer(field) || field == Field::client_and_port || field == Field::peer_and_port ||
           field == Field::visitor;
  }

  // Whether host, client and user stand in this order with nothing between them that no value can hold.
  [[nodiscard]] bool is_host_before_client() const {
    bool host = false;
    bool client = false;
    for (const Token& token : tokens_) {
      if (token.is_literal && mark_in(token.text) != std::string_view::npos) {
        host = client = false;
      } else if (token.field == Field::host) {
        host = true;
      } else if (host && is_any_client(token.field)) {
        client = true;
      } else if (client && token.field == Field::user) {
        return true;
      }
    }
    return false;
  }

  Result<void> cut_up(Pattern& pattern) {
    std::size_t at = 0;
    if (!tokens_.empty() && tokens_[0].is_literal) pattern.begin = tokens_[at++].text;
    while (at < tokens_.size()) {
      std::vector<Token> stretch;
      Segment segment;
      for (; at < tokens_.size(); ++at) {
        const Token& token = tokens_[at];
        const std::size_t mark = token.is_literal ? mark_in(token.text) : std::string_view::npos;
        const bool is_last = at + 1 == tokens_.size();
        if (token.is_literal && (is_last || mark != std::string_view::npos)) {
          segment.end = token.text;
          segment.mark = mark == std::string_view::npos ? 0 : mark;
          segment.at_line_end = mark == std::string_view::npos;
          ++at;
          break;
        }
        stretch.push_back(token);
        if (is_last) {
          segment.at_line_end = true;
          ++at;
          break;
        }
      }
      if (auto done = plan_stretch(merged(std::move(stretch)), segment); !done) return done.error();
      pattern.segments.push_back(std::move(segment));
    }
    return {};
  }

  // A variable that is not looked at and may hold anything swallows its neighbours that are not looked at
  // either.
  static std::vector<Token> merged(std::vector<Token> stretch) {
    const auto is_void = [](const Token& token) { return token.is_literal || token.field == Field::skip; };
    const auto is_open_void = [](const Token& token) {
      return !token.is_literal && token.field == Field::skip && token.holds == Holds::anything;
    };
    for (std::size_t first = 0; first < stretch.size(); ++first) {
      if (!is_open_void(stretch[first])) continue;
      std::size_t last = first;
      for (std::size_t i = first + 1; i < stretch.size() && is_void(stretch[i]); ++i) {
        // An empty text is between two variables that touch.
        if (is_open_void(stretch[i])) last = i;
      }
      for (std::size_t i = first + 1; i <= last; ++i)
        stretch[first].text += stretch[i].text;
      stretch.erase(stretch.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                    stretch.begin() + static_cast<std::ptrdiff_t>(last) + 1);
    }
    return stretch;
  }

  // Literals and variables by turns, variables first and last.
  Result<void> plan_stretch(const std::vector<Token>& stretch, Segment& segment) const {
    std::vector<const Token*> variables;
    std::vector<std::string_view> literals;  // literals[i] stands before variables[i + 1]
    for (const Token& token : stretch) {
      if (token.is_literal) {
        literals.emplace_back(token.text);
        continue;
      }
      if (variables.size() > literals.size()) return touching(*variables.back(), token);
      variables.push_back(&token);
    }
    if (variables.empty()) return {};
    const auto is_open = [](const Token* variable) { return variable->holds == Holds::anything; };
    const auto first_open = std::ranges::find_if(variables, is_open);
    const auto second_open =
        first_open == variables.end() ? first_open : std::find_if(first_open + 1, variables.end(), is_open);
    if (second_open != variables.end()) return two_open(**first_open, **second_open);

    // Where the rest may stand; without a variable that needs to be it, the last that will do.
    std::optional<std::size_t> open;
    for (std::size_t i = variables.size(); i-- > 0 && !open;) {
      if (first_open != variables.end() && variables[i] != *first_open) continue;
      if (can_be_rest(variables, literals, i)) open = i;
    }
    if (!open) return unclear(variables, literals);
    const auto cut = [&](std::size_t variable, std::size_t literal) {
      return Segment::Cut{variables[variable]->field, std::string(literals[literal]),
                          is_list(*variables[variable]), variables[variable]->text};
    };
    for (std::size_t i = 0; i < *open; ++i)
      segment.before.push_back(cut(i, i));
    segment.open = variables[*open]->field;
    segment.open_variable = variables[*open]->text;
    for (std::size_t i = variables.size() - 1; i > *open; --i)
      segment.after.push_back(cut(i, i - 1));
    return {};
  }

  static bool can_be_rest(const std::vector<const Token*>& variables,
                          const std::vector<std::string_view>& literals, std::size_t rest) {
    for (std::size_t i = 0; i < rest; ++i) {
      if (may_hold(*variables[i], literals[i].front())) return false;
    }
    for (std::size_t i = rest + 1; i < variables.size(); ++i) {
      if (may_hold(*variables[i], literals[i - 1].back())) return false;
    }
    return true;
  }

  static bool is_list(const Token& variable) {
    return variable.holds == Holds::list || variable.holds == Holds::hops;
  }

  static Error touching(const Token& a, const Token& b) {
    return Error(fmt::format(
        "has {} and {} with nothing between them: nobody could tell where one ends; put a space there",
        a.text, b.text));
  }
  static Error two_open(const Token& a, const Token& b) {
    return Error(
        fmt::format("has {} and {} without a quote between them: what a visitor writes into one could pass "
                    "for the other; put each into \"\", here and in the server's configuration",
                    a.text, b.text));
  }
  static Error unclear(const std::vector<const Token*>& variables,
                       const std::vector<std::string_view>& literals) {
    for (std::size_t i = 0; i + 1 < variables.size(); ++i) {
      if (may_hold(*variables[i], literals[i].front()))
        return Error(
            fmt::format("has '{}' after {}, which may hold that itself: nobody could tell where it ends; put "
                        "a space or a quote there, here and in the server's configuration",
                        literals[i], variables[i]->text));
    }
    return Error("cannot be cut into its values without doubt; put them into \"\"");
  }

  std::vector<Token> tokens_;
  Escape escape_;
  std::vector<std::size_t> beaten_;
  bool account_is_user_ = false;
};

}  // namespace

Result<std::vector<Token>> dollar_tokens(std::string_view text, Token (*variable)(std::string_view name)) {
  std::vector<Token> tokens;
  std::string literal;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      literal += text[i++];
      continue;
    }
    ++i;
    const bool braced = i < text.size() && text[i] == '{';
    if (braced) ++i;
    const std::size_t begin = i;
    while (i < text.size() && (is_alphanumeric(text[i]) || text[i] == '_'))
      ++i;
    const std::string_view name = text.substr(begin, i - begin);
    if (name.empty() || (braced && (i == text.size() || text[i] != '}')))
      return Error(fmt::format("has a '$' at byte {} and no variable after it", begin));
    if (braced) ++i;
    tokens.push_back({true, std::exchange(literal, {}), Field::skip, Holds::anything, 0, std::nullopt});
    tokens.push_back(variable(name));
  }
  tokens.push_back({true, std::move(literal), Field::skip, Holds::anything, 0, std::nullopt});
  return tokens;
}

Result<Pattern> plan(std::vector<Token> tokens, Escape escape, const NamedVariables& named) {
  // Literals that touch are one; so marks and ends are looked for once.
  std::vector<Token> joined;
  for (Token& token : tokens) {
    if (token.is_literal && token.text.empty()) continue;
    if (token.is_literal && !joined.empty() && joined.back().is_literal) {
      joined.back().text += token.text;
    } else {
      joined.push_back(std::move(token));
    }
  }
  return Planner(std::move(joined), escape).make(named);
}

}  // namespace sluice::intake
