// SPDX-License-Identifier: Apache-2.0
// How all browsers together ask this site for its pages. A source is compared with this: a missing referer or
// missing assets mean something only where the other browsers have them. Behind a cache that answers for the
// assets, for example, nobody seems to load any. Kept by the detector; holds nothing about single sources.
#pragma once

#include <cstdint>
#include <string_view>

#include "daemon/detection/observation.h"
#include "daemon/detection/site/provenance.h"

namespace sluice::detection {

class SiteProfile {
 public:
  // Only this many pages of one source count, with their assets: a scraper that claims to be a browser must
  // not shape the profile.
  static constexpr std::uint32_t kMostOfOne = 50;
  // Pages before the profile is used: six sources with all the pages that count of them.
  static constexpr std::uint32_t kEnough = 300;
  // All counts are halved at this many pages, so that a change of the site shows after as many pages again.
  static constexpr std::uint32_t kHalveAt = 20'000;

  // Counts a request of a source that claims to be a browser. `pages` is how many the source has asked for.
  void note(const Request& request, bool asset, std::uint32_t pages) {
    if (pages > kMostOfOne) return;
    if (asset) {
      ++assets_;
      return;
    }
    ++pages_;
    const auto count = [](std::uint32_t& number, bool is_so) { number += is_so ? 1 : 0; };
    count(referred_, !request.referer.empty());
    count(http2_, request.protocol.starts_with("HTTP/2") || request.protocol.starts_with("HTTP/3"));
    count(http1_0_, request.protocol == "HTTP/1.0");
    count(compressed_, !request.accept_encoding.empty());
    count(with_language_, !request.accept_language.empty());
    count(revalidated_, request.status == 304);
    if (pages_ >= kHalveAt) halve();
  }

  // Counts a request by whether the log says its user agent.
  void note_agent(bool named) {
    if (named) named_ = true;
    if (!named && unnamed_ < kNeverNamed) ++unnamed_;
  }
  // False: the log has a column for it that the server never fills, so that an empty one means nothing.
  [[nodiscard]] bool names_agents() const { return named_ || unnamed_ < kNeverNamed; }

  // The referer of an asset that the site served. `pages`: as for note().
  void note_asset_referer(std::string_view referer, std::uint32_t pages) {
    if (pages <= kMostOfOne) own_hosts_.note(referer);
  }
  [[nodiscard]] const RefererHosts& own_hosts() const { return own_hosts_; }

  [[nodiscard]] bool known() const { return pages_ >= kEnough; }
  [[nodiscard]] double assets_a_page() const { return share(assets_); }
  // Shares of the pages, 0 to 1.
  [[nodiscard]] double referred() const { return share(referred_); }
  [[nodiscard]] double http2() const { return share(http2_); }
  [[nodiscard]] double http1_0() const { return share(http1_0_); }
  [[nodiscard]] double compressed() const { return share(compressed_); }
  [[nodiscard]] double with_language() const { return share(with_language_); }
  [[nodiscard]] double revalidated() const { return share(revalidated_); }

 private:
  [[nodiscard]] double share(std::uint32_t number) const {
    return pages_ == 0 ? 0 : static_cast<double>(number) / pages_;
  }
  void halve() {
    for (std::uint32_t* number :
         {&pages_, &assets_, &referred_, &http2_, &http1_0_, &compressed_, &with_language_, &revalidated_})
      *number /= 2;
  }

  static constexpr std::uint32_t kNeverNamed = 100;  // requests

  RefererHosts own_hosts_;
  std::uint32_t pages_ = 0;
  std::uint32_t assets_ = 0;
  std::uint32_t referred_ = 0;
  std::uint32_t http2_ = 0;
  std::uint32_t http1_0_ = 0;
  std::uint32_t compressed_ = 0;
  std::uint32_t with_language_ = 0;
  std::uint32_t revalidated_ = 0;
  std::uint32_t unnamed_ = 0;  // up to kNeverNamed
  bool named_ = false;
};

}  // namespace sluice::detection
