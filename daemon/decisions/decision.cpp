// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/decision.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace sluice::decisions {
namespace {

struct ActionWords {
  Action action;
  std::string_view name;
  std::string_view participle;
};
constexpr std::array<ActionWords, 5> kActions = {{{Action::none, "none", "left alone"},
                                                  {Action::allow, "allow", "allowed"},
                                                  {Action::throttle, "throttle", "throttled"},
                                                  {Action::challenge, "challenge", "challenged"},
                                                  {Action::block, "block", "blocked"}}};

constexpr std::array<std::pair<ActorKind, std::string_view>, 4> kActors = {
    {{ActorKind::detector, "detector"},
     {ActorKind::operator_, "operator"},
     {ActorKind::list, "list"},
     {ActorKind::grant, "grant"}}};

}  // namespace

std::string_view to_string(Action action) {
  return kActions.at(static_cast<std::size_t>(action)).name;
}

std::string_view participle(Action action) {
  return kActions.at(static_cast<std::size_t>(action)).participle;
}

Result<Action> parse_action(std::string_view text) {
  for (const ActionWords& words : kActions) {
    if (words.name == text) return words.action;
  }
  return Error(fmt::format("'{}' is not an action", text));
}

std::string_view to_string(Mode mode) {
  return mode == Mode::observe ? "observe" : "enforce";
}

std::string to_string(const Actor& actor) {
  const std::string_view kind = kActors.at(static_cast<std::size_t>(actor.kind)).second;
  return actor.name.empty() ? std::string(kind) : fmt::format("{} {}", kind, actor.name);
}

Result<Actor> parse_actor(std::string_view text) {
  const auto space = text.find(' ');
  for (const auto& [kind, name] : kActors) {
    if (name != text.substr(0, space)) continue;
    return Actor{kind, space == std::string_view::npos ? std::string() : std::string(text.substr(space + 1))};
  }
  return Error(fmt::format("'{}' is not an actor", text));
}

}  // namespace sluice::decisions
