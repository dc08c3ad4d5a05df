// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/source_table.h"

#include <utility>

namespace sluice::pipeline {

Features& SourceTable::touch(const Prefix& source, std::size_t& forgotten_slots) {
  if (const auto found = index_.find(source); found != index_.end()) {
    const Place place = found->second;
    if (place != newest_) {
      unlink(place);
      link_newest(place);
    }
    return nodes_[place].features;
  }
  Place place = kNone;
  if (nodes_.size() < capacity_) {
    place = static_cast<Place>(nodes_.size());
    nodes_.emplace_back();
  } else {
    place = oldest_;
    unlink(place);
    forgotten_slots = nodes_[place].features.subject_slots();
    index_.erase(nodes_[place].source);
    nodes_[place].features = Features();
    ++forgotten_;
  }
  nodes_[place].source = source;
  index_.emplace(source, place);
  link_newest(place);
  return nodes_[place].features;
}

const Features* SourceTable::find(const Prefix& source) const {
  const auto found = index_.find(source);
  return found == index_.end() ? nullptr : &nodes_[found->second].features;
}

Features* SourceTable::find(const Prefix& source) {
  return const_cast<Features*>(std::as_const(*this).find(source));
}

void SourceTable::unlink(Place place) {
  const Node& node = nodes_[place];
  (node.older == kNone ? oldest_ : nodes_[node.older].newer) = node.newer;
  (node.newer == kNone ? newest_ : nodes_[node.newer].older) = node.older;
}

void SourceTable::link_newest(Place place) {
  Node& node = nodes_[place];
  node.older = newest_;
  node.newer = kNone;
  (newest_ == kNone ? oldest_ : nodes_[newest_].newer) = place;
  newest_ = place;
}

}  // namespace sluice::pipeline
