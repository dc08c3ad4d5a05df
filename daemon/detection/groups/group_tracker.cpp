// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/groups/group_tracker.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "daemon/detection/identify.h"

namespace sluice::detection {
namespace {

GroupKey key_of(GroupKind kind, std::uint64_t shared, int route) {
  const std::uint64_t where = static_cast<std::uint64_t>(route) << 8U | static_cast<std::uint64_t>(kind);
  return {kind, mix_bits(shared ^ mix_bits(where + 1))};
}

// What a client sends and loads, as bits. Browsers with the same user agent have the same bits.
std::uint64_t style_bits(const RequestStyle& style) {
  std::uint64_t bits = 1;
  const auto add = [&](bool is_so) { bits = bits << 1U | (is_so ? 1U : 0U); };
  add(style.assets > 0);
  add(style.referred > 0);
  add(style.with_language > 0);
  add(style.compressed > 0);
  add(2 * style.http2 > style.pages);
  add(2 * style.http1_0 > style.pages);
  return bits;
}

// At least four of the last identifiers, and most of them, must be the source's own share. Somebody else in
// the same network reads what others read too, or reads elsewhere.
bool takes_part(const GroupTable::Part& part) {
  return part.own >= GroupTracker::kLeastSteps && 10 * part.own >= 6 * part.asked;
}

}  // namespace

GroupTracker::Keys GroupTracker::keys_of(const Prefix& source, const SourceProfile& profile, int route) {
  Keys keys;
  const Prefix network = group_network(source);
  if (network != source) keys.add(key_of(GroupKind::network, hash_value(network), route));
  if (profile.system() != 0) keys.add(key_of(GroupKind::system, profile.system(), route));
  if (profile.tls && !profile.tls->several_clients && !profile.tls->fingerprint.empty()) {
    const auto hash = std::hash<std::string_view>()(profile.tls->fingerprint);
    keys.add(key_of(GroupKind::fingerprint, hash, route));
  }
  if (profile.agent != 0 && !is_shared(profile))
    keys.add(key_of(GroupKind::client, profile.agent ^ mix_bits(style_bits(profile.style)), route));
  return keys;
}

void GroupTracker::note(const Prefix& source, const SourceProfile& profile, const IdentifierTrail& trail,
                        LogSecond now) {
  if (trail.size() < kLeastSteps) return;
  const bool joins = trail.added() == kLeastSteps;
  for (const GroupKey& key : keys_of(source, profile, trail.route())) {
    if (joins) {
      for (const IdentifierTrail::Step& step : trail.steps(now))
        table_.add(key.number, step.identifier, now);
    } else {
      table_.add(key.number, trail.newest().identifier, now);
    }
    if (table_.empty()) continue;
    if (membership(key, trail, now).group != nullptr)
      table_.add_member(key.number, static_cast<std::uint32_t>(mix_bits(hash_value(source))));
  }
}

GroupTracker::Membership GroupTracker::membership(GroupKey key, const IdentifierTrail& trail,
                                                  LogSecond now) const {
  const GroupTable::Group* group = table_.find(key.number, now);
  if (group == nullptr || !group->divides()) return {};
  const auto steps = trail.steps(now);
  const std::size_t judged = std::min(steps.size(), kJudgedSteps);
  const auto part = table_.part_of(key.number, std::span(steps).last(judged));
  return takes_part(part) ? Membership{group, part} : Membership{};
}

}  // namespace sluice::detection
