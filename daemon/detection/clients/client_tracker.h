// SPDX-License-Identifier: Apache-2.0
// What the detector finds out about the clients of its sources: their user agents, whether a crawler is
// genuine, whether the TLS hello fits the browser that is claimed, and how the browsers of the site behave.
// Writes it into the profiles of the sources. Used by Detector; judges nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/base/address.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/detection/clients/knowledge.h"
#include "daemon/detection/clients/site_profile.h"
#include "daemon/detection/clients/tls/recent_hellos.h"
#include "daemon/detection/clients/user_agent_cache.h"
#include "daemon/detection/observation.h"
#include "daemon/detection/sources/source_record.h"

namespace sluice::detection {

class ClientTracker {
 public:
  // After this time, in log time, a crawler is verified again.
  static constexpr LogSecond kWhilePending = 3;
  static constexpr LogSecond kAfterUnknown = 600;
  static constexpr LogSecond kAfterFound = 3600;

  // Both must outlive it.
  ClientTracker(const Knowledge& knowledge, NameOracle& names) : agents_(knowledge), names_(&names) {}

  // Goes on with other knowledge of the same seed, which must outlive it.
  void renew(const Knowledge& knowledge) { agents_ = UserAgentCache(knowledge); }

  // The client of a request, by its user agent; 0 and null where the log writes none.
  struct Client {
    std::uint64_t agent = 0;            // as in SourceProfile
    const KnownAgent* known = nullptr;  // until the next call
  };
  // The client of a request, for a source that has a profile or will have one.
  [[nodiscard]] Client meet(const Request& request);
  // Whether the user agent is all that a request says about its client.
  [[nodiscard]] bool tells_only_its_agent(const Prefix& source, const Client& client, bool asset) const {
    return (client.known == nullptr || client.known->crawlers.empty()) && (asset || !hellos_.waits(source));
  }
  static void note_agent(SourceProfile& profile, std::uint64_t agent);
  // Notes the client of a request. The request was counted before.
  void note(const Prefix& source, const Request& request, bool asset, const Client& client,
            SourceRecord& record);
  void note(const Prefix& source, const Hello& hello);

  [[nodiscard]] const UserAgentCache& agents() const { return agents_; }
  [[nodiscard]] UserAgentCache& agents() { return agents_; }
  [[nodiscard]] const SiteProfile& site() const { return site_; }
  void note_asset_referer(std::string_view referer, std::uint32_t pages) {
    site_.note_asset_referer(referer, pages);
  }
  [[nodiscard]] const RecentHellos& hellos() const { return hellos_; }
  // Hellos that could not be read, by the part that was at fault.
  using HelloFaults = std::array<std::uint64_t, static_cast<std::size_t>(HelloPart::count)>;
  [[nodiscard]] const HelloFaults& hello_faults() const { return hello_faults_; }

 private:
  void note_crawler(SourceProfile& profile, const KnownAgent& known, const Request& request, bool asset);
  void join_hello(const Prefix& source, const Request& request, const KnownAgent* known,
                  SourceProfile& profile);

  UserAgentCache agents_;
  NameOracle* names_;
  SiteProfile site_;
  RecentHellos hellos_;
  HelloFaults hello_faults_{};
};

}  // namespace sluice::detection
