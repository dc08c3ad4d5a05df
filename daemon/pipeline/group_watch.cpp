// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/group_watch.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace sluice::pipeline {
namespace {

GroupKey key_of(GroupKind kind, std::uint64_t shared, int route) {
  const std::uint64_t where = static_cast<std::uint64_t>(route) << 8U | static_cast<std::uint64_t>(kind);
  return {kind, mixed(shared ^ mixed(where + 1))};
}

// What a client sends and loads, as bits: people's browsers of one user agent have them alike.
std::uint64_t manners_of(const Manners& manners) {
  std::uint64_t bits = 1;
  const auto add = [&](bool is_so) { bits = bits << 1U | (is_so ? 1U : 0U); };
  add(manners.assets > 0);
  add(manners.referred > 0);
  add(manners.with_language > 0);
  add(manners.compressed > 0);
  add(2 * manners.http2 > manners.pages);
  add(2 * manners.http1_0 > manners.pages);
  return bits;
}

// At least four of the last ones, and most of them: who reads in the same network reads what others read too,
// or elsewhere.
bool takes_part(const GroupTable::Part& part) {
  return part.own >= GroupWatch::kLeastSteps && 10 * part.own >= 6 * part.asked;
}

}  // namespace

Prefix group_network(const Prefix& source) {
  const unsigned length = source.family() == Family::ipv4 ? 24 : 48;
  return {source.address(), std::min(length, source.length())};
}

GroupWatch::Keys GroupWatch::keys_of(const Prefix& source, const Habits& habits, int route) {
  Keys keys;
  const Prefix network = group_network(source);
  if (network != source) keys.add(key_of(GroupKind::network, hash_value(network), route));
  if (habits.system() != 0) keys.add(key_of(GroupKind::system, habits.system(), route));
  if (habits.tls && !habits.tls->mixed && !habits.tls->fingerprint.empty()) {
    const auto hash = std::hash<std::string_view>()(habits.tls->fingerprint);
    keys.add(key_of(GroupKind::fingerprint, hash, route));
  }
  if (habits.agent != 0 && !is_shared(habits))
    keys.add(key_of(GroupKind::client, habits.agent ^ mixed(manners_of(habits.manners)), route));
  return keys;
}

void GroupWatch::note(const Prefix& source, const Habits& habits, const IdentifierTrail& trail,
                      LogSecond now) {
  if (trail.size() < kLeastSteps) return;
  const bool joins = trail.added() == kLeastSteps;
  for (const GroupKey& key : keys_of(source, habits, trail.route())) {
    if (joins) {
      for (const IdentifierTrail::Step& step : trail.steps(now))
        table_.add(key.number, step.identifier, now);
    } else {
      table_.add(key.number, trail.newest().identifier, now);
    }
    if (table_.empty()) continue;
    if (membership(key, trail, now).group != nullptr)
      table_.add_member(key.number, static_cast<std::uint32_t>(mixed(hash_value(source))));
  }
}

GroupWatch::Membership GroupWatch::membership(GroupKey key, const IdentifierTrail& trail,
                                              LogSecond now) const {
  const GroupTable::Group* group = table_.find(key.number, now);
  if (group == nullptr || !group->divides()) return {};
  const auto steps = trail.steps(now);
  const std::size_t judged = std::min(steps.size(), kJudgedSteps);
  const auto part = table_.part_of(key.number, std::span(steps).last(judged));
  return takes_part(part) ? Membership{group, part} : Membership{};
}

}  // namespace sluice::pipeline
