// SPDX-License-Identifier: Apache-2.0
// The places in URLs where subjects may stand: for each shape the one of its variables that most likely is
// the subject, and all shapes of one place together. Used by the proposals of routes.
#pragma once

#include <cstddef>
#include <vector>

#include "daemon/detection/site/discovery/people.h"
#include "daemon/detection/site/discovery/shape.h"

namespace sluice::detection {

struct SubjectPlace {
  NodeId node = kNoNode;        // the class of the subject's last part
  std::vector<NodeId> way;      // from the root's child to it
  std::vector<NodeId> earlier;  // further parts: "/org/{subject}/member/{subject}" has one
  bool of_images = false;
  std::vector<const FoundShape*> shapes;  // largest first
  PeopleEvidence people;
  std::vector<std::size_t> same;   // other places that show the same subjects
  std::vector<std::size_t> equal;  // those of them with the same values, which nobody could have counted
  bool is_background = false;

  [[nodiscard]] std::uint64_t requests() const;
  [[nodiscard]] double values(const UrlTree& tree) const;
};

// Values in one place before it counts as one where many different ones stand.
inline constexpr double kManyValues = 20;

// Those with many values, by requests. The places point into `shapes`.
[[nodiscard]] std::vector<SubjectPlace> find_subject_places(const UrlTree& tree,
                                                            const std::vector<FoundShape>& shapes);

}  // namespace sluice::detection
