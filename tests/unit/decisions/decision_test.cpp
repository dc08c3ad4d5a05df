// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/decision.h"

#include <gtest/gtest.h>

namespace sluice::decisions {
namespace {

TEST(Action, NamesReadBack) {
  for (const Action action :
       {Action::none, Action::allow, Action::throttle, Action::challenge, Action::block}) {
    EXPECT_EQ(*parse_action(to_string(action)), action);
  }
  EXPECT_FALSE(parse_action("ban"));
}

TEST(Actor, NamesReadBack) {
  for (const Actor& actor : {Actor{ActorKind::detector, ""}, Actor{ActorKind::operator_, "alice"},
                             Actor{ActorKind::operator_, "uid 1234"}, Actor{ActorKind::list, "protected"},
                             Actor{ActorKind::grant, "acme"}}) {
    EXPECT_EQ(*parse_actor(to_string(actor)), actor);
  }
  EXPECT_FALSE(parse_actor("operators alice"));
  EXPECT_FALSE(parse_actor(""));
}

}  // namespace
}  // namespace sluice::decisions
