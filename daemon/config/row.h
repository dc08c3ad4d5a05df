// SPDX-License-Identifier: Apache-2.0
// Makes a row of keys.h of a kind of value and the member it goes into. For the files of this folder that
// hold rows.
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "daemon/config/keys.h"

namespace sluice::config {

// For rows that go into the T itself.
inline constexpr auto kItself = [](auto& it) -> auto& {
  return it;
};

// A row: the value of this kind goes into a member of the part of T that `part` picks.
template <class T, class Kind, class Part, class Owner, class Member>
Key<T> key(std::string name, Kind kind, Part part, Member Owner::*member, Trait trait = Trait::plain) {
  static_assert(std::is_same_v<Member, typename Kind::Value>);
  return {std::move(name), trait,
          [kind, part, member](const toml::node& node, T& out, const Place& place) {
            if (auto value = kind.read(node, place)) part(out).*member = *std::move(value);
          },
          [kind, part, member](const T& from) { return kind.write(part(from).*member); }};
}

}  // namespace sluice::config
