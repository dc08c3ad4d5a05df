// SPDX-License-Identifier: Apache-2.0
// The record of a source that has asked for a single page and its assets. Most sources never ask for a second
// page; for them these 72 bytes stand in for a SourceProfile of 248 and its parts. Also PageFacts, which both
// forms are filled from. Used by ProfileStorage and SourceRecord.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "daemon/detection/observation.h"
#include "daemon/detection/site/provenance.h"
#include "daemon/detection/site/routes.h"
#include "daemon/detection/site/shown.h"
#include "daemon/detection/sources/source_profile.h"

namespace sluice::detection {

// One request of a source, as the routes understand it.
struct Visit {
  const Request& request;
  RouteMatch match;
  Sensitivity sensitivity = Sensitivity::normal;
  std::span<const ShownSubject> shown = {};  // by the answer; the subject of the URL first
  // A page asked for it by itself (site/background.h): it is no page, but what it showed was shown.
  bool background = false;
  bool probe = false;                           // only scanners ask for it (site/probes.h)
  bool disallowed = false;                      // robots.txt disallows it to this client
  Provenance provenance = Provenance::unknown;  // of decoys, of what is missing and of what probes ask for
  std::uint64_t agent = 0;  // number of its user agent, as in SourceProfile; 0: the log has none
  // The user agent is all that the request says about its client.
  bool client_is_plain = false;
  bool in_short = false;  // the profile's short form has room for it (ProfileStorage::fits_short)

  // Such a request is noted for every source, even one that has no profile yet.
  [[nodiscard]] bool is_mark() const { return match.decoy || match.robots_txt || probe || disallowed; }
};

// What note() did with the subject of a request.
struct Noted {
  std::uint32_t subject = 0;  // its hash, as in SubjectSet; 0: no subject was served
  bool kept = true;           // false: it is new, and there was no room
};

// What one page says about its source.
struct PageFacts {
  // The number in its subject; where it has none, the beginning of the name.
  std::uint64_t identifier = 0;
  std::array<char, NameOrder::kBytes> name{};
  std::int16_t route = RouteMatch::kNone;
  std::uint32_t subject = 0;  // hash; 0: the page has no subject
  std::uint32_t bytes = 0;    // of the body, up to SourceProfile::kMaxPageBytes
  Sensitivity sensitivity = Sensitivity::normal;
  bool about_subject : 1 = false;
  bool about_people : 1 = false;  // the subject is not the page itself
  bool ordered : 1 = false;       // the page has a place in the order of reading
  bool numbered : 1 = false;
  bool found : 1 = false;
  bool served : 1 = false;
  // How the page was asked for, as RequestStyle counts it. Prefetched: a browser guessed that it will be
  // needed, or a page
  // asked for it by itself.
  bool prefetched : 1 = false;
  bool referred : 1 = false;
  bool revalidated : 1 = false;
  bool compressed : 1 = false;
  bool with_language : 1 = false;
  bool http2 : 1 = false;
  bool http1_0 : 1 = false;
};

[[nodiscard]] PageFacts facts_of(const Visit& visit);

// What one asset says about its source.
struct AssetFacts {
  bool icon = false;         // the icon of the site: browsers ask for it by themselves
  std::uint32_t loaded = 0;  // hash of the path of a style or script that was sent whole; 0: another asset
};

[[nodiscard]] AssetFacts facts_of_asset(const Visit& visit);

struct OnePageRecord {
  PageFacts page;
  std::uint64_t agent = 0;   // as in SourceProfile; the same for the page and its assets
  std::uint32_t second = 0;  // of the page
  LogFields logged;
  std::uint32_t attempts = 0;  // as in KernelCounts
  std::uint32_t loaded = 0;    // the asset that is followed, as in ClientCount
  std::uint16_t assets = 0;
  std::uint8_t icons = 0;
  std::uint8_t loads = 0;  // of `loaded`

  // Whether an asset can be noted: there is room, and it came on the same day.
  [[nodiscard]] bool takes(const AssetFacts& asset, LogSecond at) const;
  void note(const AssetFacts& asset);
};
static_assert(sizeof(OnePageRecord) == 72);  // with the eight bytes that malloc adds a block of 80

// Counts a page or an asset in a profile. Returns false if the subject of the page is new and was not kept.
bool note_page(SourceProfile& profile, const PageFacts& page, LogSecond second, bool may_grow);
void note_asset(SourceProfile& profile, const AssetFacts& asset, LogSecond second);

// The full profile that the record stands for. `kept` is false if the subject of the page was not kept.
struct Unfolded {
  SourceProfile profile;
  bool kept = true;
};
[[nodiscard]] Unfolded unfold(const OnePageRecord& first, bool may_grow);

}  // namespace sluice::detection
