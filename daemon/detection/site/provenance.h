// SPDX-License-Identifier: Apache-2.0
// Who led a visitor to a request: a page of the site, a page elsewhere, or nobody that the log names. A page
// elsewhere can make every browser that opens it ask for whatever it likes, as a picture for example, so what
// it led to proves nothing against the visitor. Used by the detector for decoys and missing pages. A program
// can claim this too: the heuristics believe it only of what behaves like a browser.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/detection/observation.h"

namespace sluice::detection {

enum class Provenance : std::uint8_t {
  own,        // the referer is a page of the site
  elsewhere,  // the referer is a page of another site, or the browser says that a page embeds it
  unknown,    // no referer: typed, a bookmark, a program, or a page that hides itself
};

// The hosts whose pages load this site's assets: its own, where the log does not say the host of a request.
// Bounded; a host needs a fifth of the referers, so a page elsewhere that shows a picture is none.
class RefererHosts {
 public:
  // Counts the referer of an asset.
  void note(std::string_view referer);
  // Nothing is known of few referers.
  [[nodiscard]] bool known() const { return total_ >= kEnough; }
  [[nodiscard]] bool has(std::string_view host) const;

 private:
  static constexpr std::uint32_t kEnough = 20;
  static constexpr std::uint32_t kHalveAt = 20'000;

  static constexpr std::size_t kLongest = 253;  // bytes of a name (RFC 1035)

  struct Entry {
    std::string host;
    std::uint32_t count = 0;
  };
  std::array<Entry, 8> entries_{};
  std::uint32_t total_ = 0;
};

// "forum.example" of "https://www.forum.example:8443/thread/7"; empty where the text is no URL with a host.
[[nodiscard]] std::string_view host_of_url(std::string_view url);

[[nodiscard]] Provenance provenance_of(const Request& request, const RefererHosts& own_hosts);

}  // namespace sluice::detection
