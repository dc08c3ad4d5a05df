// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/source_table.h"

#include <algorithm>
#include <utility>

#include "daemon/base/hash.h"

namespace sluice::detection {

SourceRecord& SourceTable::touch(const Prefix& source, std::size_t& forgotten_slots) {
  Place place = place_of(source);
  if (place != kNone) {
    if (place != newest_) {
      unlink(place);
      link_newest(place);
    }
    return nodes_[place].record;
  }
  if (size() >= capacity_) {
    place = oldest_;
    forgotten_slots = forget(place);
  } else if (free_ != kNone) {
    place = free_;
    free_ = nodes_[place].next;
    --free_count_;
  } else {
    if (nodes_.size() == buckets_.size()) widen();
    place = static_cast<Place>(nodes_.size());
    nodes_.emplace_back();
  }
  nodes_[place].source = source;
  enter(place);
  link_newest(place);
  return nodes_[place].record;
}

const SourceRecord* SourceTable::find(const Prefix& source) const {
  const Place place = place_of(source);
  return place == kNone ? nullptr : &nodes_[place].record;
}

SourceRecord* SourceTable::find(const Prefix& source) {
  return const_cast<SourceRecord*>(std::as_const(*this).find(source));
}

std::size_t SourceTable::bucket_of(const Prefix& source) const {
  return mix_bits(hash_value(source) ^ seed_) & (buckets_.size() - 1);
}

SourceTable::Place SourceTable::place_of(const Prefix& source) const {
  if (buckets_.empty()) return kNone;
  // The source that was touched last is usually looked up again for the same request.
  if (newest_ != kNone && nodes_[newest_].source == source) return newest_;
  Place place = buckets_[bucket_of(source)];
  while (place != kNone && nodes_[place].source != source)
    place = nodes_[place].next;
  return place;
}

void SourceTable::enter(Place place) {
  Place& first = buckets_[bucket_of(nodes_[place].source)];
  nodes_[place].next = first;
  first = place;
}

void SourceTable::leave(Place place) {
  Place* at = &buckets_[bucket_of(nodes_[place].source)];
  while (*at != place)
    at = &nodes_[*at].next;
  *at = nodes_[place].next;
}

// To be called while no node is free.
void SourceTable::widen() {
  constexpr std::size_t kFirstBuckets = 1024;
  buckets_.assign(std::max(kFirstBuckets, 2 * buckets_.size()), kNone);
  for (Place place = 0; place < nodes_.size(); ++place)
    enter(place);
}

std::size_t SourceTable::forget(Place place) {
  unlink(place);
  const std::size_t slots = nodes_[place].record.profile.subject_slots();
  leave(place);
  nodes_[place].record = SourceRecord();
  ++forgotten_;
  return slots;
}

std::size_t SourceTable::shrink() {
  std::size_t slots = 0;
  for (const std::size_t left = size() / 2; size() > left;) {
    const Place place = oldest_;
    slots += forget(place);
    nodes_[place].next = free_;
    free_ = place;
    ++free_count_;
  }
  capacity_ = std::min(capacity_, std::max(kLeast, size()));
  return slots;
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

std::vector<Prefix> SourceTable::seen_since(WallTime since, std::size_t most) const {
  std::vector<Prefix> sources;
  for (Place at = newest_; at != kNone && sources.size() < most; at = nodes_[at].older) {
    const SourceRecord& record = nodes_[at].record;
    if (record.pages > 0 && record.last_seen >= since) sources.push_back(nodes_[at].source);
  }
  return sources;
}

}  // namespace sluice::detection
