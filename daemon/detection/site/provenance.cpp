// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/provenance.h"

#include <algorithm>

#include "daemon/base/text.h"
#include "daemon/detection/site/target.h"

namespace sluice::detection {

std::string_view host_of_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  return without_www(bare_host(host));
}

void RefererHosts::note(std::string_view referer) {
  const std::string_view host = host_of_url(referer);
  if (host.empty() || host.size() > kLongest) return;
  auto at =
      std::ranges::find_if(entries_, [&](const Entry& one) { return equal_ignoring_case(one.host, host); });
  if (at == entries_.end()) {
    // The rarest makes room once it is used up, so that a frequent host cannot be pushed out by many rare
    // ones.
    at = std::ranges::min_element(entries_, {}, &Entry::count);
    if (at->count > 1) {
      --at->count;
      ++total_;
      return;
    }
    *at = {std::string(host), 0};
  }
  ++at->count;
  if (++total_ < kHalveAt) return;
  total_ /= 2;
  for (Entry& entry : entries_)
    entry.count /= 2;
}

bool RefererHosts::has(std::string_view host) const {
  const auto at =
      std::ranges::find_if(entries_, [&](const Entry& one) { return equal_ignoring_case(one.host, host); });
  return at != entries_.end() && 5 * std::uint64_t{at->count} >= total_;
}

Provenance provenance_of(const Request& request, const RefererHosts& own_hosts) {
  const bool is_opened = request.fetch_dest.empty() ? request.fetch_mode.empty() ||
                                                          equal_ignoring_case(request.fetch_mode, "navigate")
                                                    : equal_ignoring_case(request.fetch_dest, "document");
  if (!is_opened) return Provenance::elsewhere;
  const std::string_view host = host_of_url(request.referer);
  if (host.empty()) return Provenance::unknown;
  if (!request.host.empty())
    return equal_ignoring_case(host, without_www(bare_host(request.host))) ? Provenance::own
                                                                           : Provenance::elsewhere;
  if (!own_hosts.known()) return Provenance::unknown;
  return own_hosts.has(host) ? Provenance::own : Provenance::elsewhere;
}

}  // namespace sluice::detection
