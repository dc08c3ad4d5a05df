// SPDX-License-Identifier: Apache-2.0
// to_toml() of proposal.h: proposals as an operator pastes them into the configuration.
#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/printable.h"
#include "daemon/base/text.h"
#include "daemon/detection/site/discovery/proposal.h"

namespace sluice::detection {
namespace {

using Role = ProposedRoute::Role;

// A basic string of TOML. The text is UTF-8 (is_plain_in_pattern).
std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string result = "[";
  for (const std::string& text : texts)
    result += (result.size() > 1 ? ", " : "") + in_quotes(text);
  return result + "]";
}

std::string evidence_of(const ProposedRoute& route) {
  std::string text = fmt::format("# {}: {} requests, {:.0f} % of the visitors", printable(route.shape),
                                 route.requests, 100 * route.visitors);
  if (route.role != Role::list) {
    text += fmt::format(", about {:.0f} different values ({}), for example {}\n", route.values,
                        to_text(route.kind), printable(route.example));
    text += fmt::format("# can be guessed {}: {}\n", to_text(route.guess.guess), route.guess.reason);
    text += fmt::format("# people: {:.0f} %\n", 100 * route.people);
  } else {
    text += '\n';
  }
  for (const std::string& reason : route.reasons)
    text += fmt::format("#   {}\n", printable(reason));
  return text;
}

std::string table_of(const ProposedRoute& route) {
  std::string text = "[[route]]\n";
  const auto add = [&](std::string_view key, const std::string& value) {
    text += fmt::format("{} = {}\n", key, value);
  };
  add("name", in_quotes(route.name));
  add("pattern", in_quotes(route.pattern));
  if (!route.hosts.empty()) add("hosts", list_of(route.hosts));
  if (!route.methods.empty()) add("methods", list_of(route.methods));
  if (!route.except.empty()) add("except", list_of(route.except));
  if (!route.extensions.empty()) add("extensions", list_of(route.extensions));
  if (!route.space.empty()) add("space", in_quotes(route.space));
  const bool is_number = std::ranges::all_of(route.exposes, is_digit);
  if (!route.exposes.empty()) add("exposes", is_number ? route.exposes : in_quotes(route.exposes));
  if (route.assets) add("assets", "true");
  return text;
}

std::string as_comment(std::string_view text) {
  std::string result;
  while (!text.empty())
    result += fmt::format("# {}\n", take_until(text, '\n'));
  return result;
}

// Whether the route may harm people where the evidence errs.
bool needs_a_decision(const ProposedRoute& route) {
  return route.role == Role::image;
}

// Those of which there is some doubt, for somebody who knows the site. In comments they change nothing.
std::string others_as_comments(const std::vector<ProposedRoute>& routes, bool stands_behind) {
  constexpr std::size_t kMost = 5;
  constexpr double kDoubt = 0.01;  // less is the page of a list, a date, what somebody searched for
  std::string text;
  std::size_t count = 0;
  for (const ProposedRoute& route : routes) {
    const bool may_be = !route.is_people() && route.people >= kDoubt && route.role != Role::image;
    if (!may_be || ++count > kMost) continue;
    text += '\n' + evidence_of(route) + as_comment(table_of(route));
  }
  if (text.empty()) return text;
  return (stands_behind ? "\n" : "") +
         std::string(
             "# Many different values stand here too, which do not look like people. Should one of these be a route?\n") +
         text;
}

}  // namespace

std::string to_toml(const std::vector<ProposedRoute>& routes) {
  std::string text;
  for (const ProposedRoute& route : routes) {
    if (!route.is_people()) continue;
    if (!text.empty()) text += '\n';
    text += evidence_of(route);
    if (needs_a_decision(route)) {
      text +=
          "# Pictures of people are personal data too. A list shows many of them at once, so decide yourself:\n";
      text += as_comment(table_of(route));
    } else {
      text += table_of(route);
    }
  }
  return text + others_as_comments(routes, !text.empty());
}

}  // namespace sluice::detection
