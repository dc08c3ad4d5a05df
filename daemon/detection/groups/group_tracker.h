// SPDX-License-Identifier: Apache-2.0
// Which groups a source belongs to, by what it shares with others, and what the groups' members do together.
// Kept by the detector, read by heuristics/group.h; judges nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "daemon/base/address.h"
#include "daemon/detection/sources/source_record.h"
#include "daemon/detection/groups/group_table.h"

namespace sluice::detection {

enum class GroupKind : std::uint8_t {
  network,      // a /24 of IPv4, a /48 of IPv6: what one customer is given
  system,       // an autonomous system, where the operator has a database of them
  fingerprint,  // JA4
  client,       // the user agent and what the client sends and loads beside the pages
};

struct GroupKey {
  GroupKind kind = GroupKind::network;
  GroupNumber number = 0;
};

// The network whose sources are one group.
[[nodiscard]] Prefix group_network(const Prefix& source);

class GroupTracker {
 public:
  // Whoever asked for fewer identifiers on a route belongs to no group: an account's owner who looks at what
  // is the owner's own, and goes.
  static constexpr std::size_t kLeastSteps = 4;
  // The last ones, by which it is told who takes part.
  static constexpr std::size_t kJudgedSteps = 16;

  class Keys {
   public:
    void add(GroupKey key) { keys_.at(static_cast<std::size_t>(size_++)) = key; }
    [[nodiscard]] auto begin() const { return keys_.begin(); }
    [[nodiscard]] auto end() const { return keys_.begin() + size_; }

   private:
    std::array<GroupKey, 4> keys_{};
    std::ptrdiff_t size_ = 0;
  };
  [[nodiscard]] static Keys keys_of(const Prefix& source, const SourceProfile& profile, int route);

  // A source asked for an identifier that it had not asked for lately: the newest of the trail.
  void note(const Prefix& source, const SourceProfile& profile, const IdentifierTrail& trail, LogSecond now);

  // The group, and how far the source with this trail took part in it. Group null: it did not.
  struct Membership {
    const GroupTable::Group* group = nullptr;
    GroupTable::Part part;
  };
  [[nodiscard]] Membership membership(GroupKey key, const IdentifierTrail& trail, LogSecond now) const;

  [[nodiscard]] const GroupTable& table() const { return table_; }
  [[nodiscard]] GroupTable& table() { return table_; }

 private:
  GroupTable table_;
};

}  // namespace sluice::detection
