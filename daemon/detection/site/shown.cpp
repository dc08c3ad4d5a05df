// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/shown.h"

#include <algorithm>
#include <string_view>

#include "daemon/base/hash.h"
#include "daemon/base/text.h"

namespace sluice::detection {
namespace {

// The people of a list have no names here: each has a number on its page of the list.
void add_numbered(std::uint64_t list, std::uint32_t count, std::vector<ShownSubject>& shown) {
  for (std::uint32_t number = 1; number <= count; ++number)
    shown.push_back({std::max<std::uint64_t>(mix_bits(list + number), 1), Sensitivity::listed});
}

void add_told(const Request& request, const RouteMatch& match, Sensitivity sensitivity, std::string& buffer,
              std::vector<ShownSubject>& shown) {
  std::string name;
  for (std::string_view rest = request.subjects; !rest.empty() && shown.size() < RouteTable::kMostListed;) {
    const std::string_view text = trimmed(take_until(rest, ','));
    if (text.empty()) continue;
    name = decode_form(text, buffer);
    make_canonical(name, false);
    shown.push_back({hash_subject(match.space, name), sensitivity});
  }
  if (shown.size() <= kMostOpened) return;
  for (ShownSubject& each : shown)
    each.sensitivity = Sensitivity::listed;
}

}  // namespace

void find_shown(const Request& request, const RouteMatch& match, Sensitivity sensitivity, std::string& buffer,
                std::vector<ShownSubject>& shown) {
  shown.clear();
  if (!is_served(request.status)) return;
  if (!request.subjects.empty()) {
    add_told(request, match, sensitivity, buffer, shown);
  } else if (match.subject_hash != 0) {
    shown.push_back({match.subject_hash, sensitivity});
  }
  const auto named = static_cast<std::uint32_t>(shown.size());
  if (match.listed > named) add_numbered(match.list_hash, match.listed - (match.told ? named : 0), shown);
}

}  // namespace sluice::detection
