// SPDX-License-Identifier: Apache-2.0
#include "ctl/options.h"

namespace sluice::ctl {
namespace {

std::string fault_of_actor(const std::string& text) {
  const auto actor = control::Actor::parse(text);
  return actor && actor->kind != control::ActorKind::unset
             ? ""
             : "must be detector, operator, list or grant, or one of them with a name";
}

}  // namespace

void add_action_option(CLI::App& command, control::Action& to, const std::vector<std::string>& choices,
                       const std::string& description) {
  command
      .add_option_function<std::string>(
          "--action",
          [&to](const std::string& text) {
            to = control::from_text<control::Action>(text).value_or(control::Action::unset);
          },
          description)
      ->check(CLI::IsMember(choices));
}

void add_actor_option(CLI::App& command, control::Actor& to, const std::string& description,
                      const std::string& name) {
  command
      .add_option_function<std::string>(
          name, [&to](const std::string& text) { to = *control::Actor::parse(text); }, description)
      ->check(fault_of_actor)
      ->type_name("WHO");
}

}  // namespace sluice::ctl
