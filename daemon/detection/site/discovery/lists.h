// SPDX-License-Identifier: Apache-2.0
// Pages that show several subjects and name none: lists, searches, answers of an API. Found by what follows
// them, by the keys of their query, and by their words. Used by the proposals of routes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/detection/site/discovery/subject_places.h"

namespace sluice::detection {

struct FoundList {
  std::vector<NodeId> way;  // to the page; a key of the query and its values at the end where it needs one
  std::size_t place = 0;    // the subjects that it shows, by their place
  std::string exposes;      // a number, or the key of the query that has it
  std::string because;      // how that is known
  bool is_assumed = false;  // nothing says how many
  std::uint64_t requests = 0;
  std::vector<const FoundShape*> shapes;
};

// Of the places that look like people.
[[nodiscard]] std::vector<FoundList> find_lists(const UrlTree& tree, const std::vector<FoundShape>& shapes,
                                                const std::vector<SubjectPlace>& places);

}  // namespace sluice::detection
