// SPDX-License-Identifier: Apache-2.0
// Which groups a source belongs to, by what it shares with other sources, and what the members of each group
// do together. Kept by the detector, read by heuristics/group.h; judges nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "daemon/base/address.h"
#include "daemon/detection/groups/group_table.h"
#include "daemon/detection/sources/source_record.h"

namespace sluice::detection {

enum class GroupKind : std::uint8_t {
  network,      // an IPv4 /24 or an IPv6 /48: the network of one customer
  system,       // an autonomous system, where there is a database of them
  fingerprint,  // JA4
  client,       // the user agent, and what the client sends and loads beside the pages
};

struct GroupKey {
  GroupKind kind = GroupKind::network;
  GroupNumber number = 0;
};

class GroupTracker {
 public:
  // A source that asked for fewer identifiers on a route belongs to no group: it may be a person who looks at
  // their own profile and leaves.
  static constexpr std::size_t kLeastSteps = 4;
  // Whether a source takes part is judged by this many of its last steps.
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

  // Notes that a source asked for an identifier that is new in its trail: the newest step.
  void note(const Prefix& source, const SourceProfile& profile, const IdentifierTrail& trail, LogSecond now);

  // How far the source with this trail took part in the group; `group` is null if it did not.
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
