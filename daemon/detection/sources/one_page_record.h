// SPDX-License-Identifier: Apache-2.0
// What one page of a source says, and all that is kept of a source that asked for one page alone, with what
// the page pulled in: most sources never ask for a second. 72 bytes where habits take five times as many.
// Used by SourceRecord.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "daemon/detection/sources/source_profile.h"
#include "daemon/detection/observation.h"
#include "daemon/detection/site/routes.h"

namespace sluice::detection {

// One request of a source, as the routes understand it.
struct Visit {
  const Request& request;
  RouteMatch match;
  Sensitivity sensitivity = Sensitivity::normal;
  bool probe = false;       // nobody who reads asks for it
  bool disallowed = false;  // robots.txt asks this client, a robot or a reader of it, not to
  bool plain = false;       // OnePageRecord has room for all that it says of its source

  // What is noted of whoever asks for it.
  [[nodiscard]] bool is_mark() const { return match.decoy || match.robots_txt || probe || disallowed; }
};

// What became of a request's subject.
struct Noted {
  std::uint32_t subject = 0;  // its hash, as SubjectSet has it; 0: none was served
  bool kept = true;           // false: it is new, and there was no room
};

// Whether a response carried the subject's data: it was sent, or the client was told that its copy is still
// good.
[[nodiscard]] inline bool is_served(std::uint16_t status) {
  return (status >= 200 && status < 300) || status == 304;
}

// Tells the subjects of all routes apart.
[[nodiscard]] std::uint64_t hash_subject(int route, std::string_view subject);

// A page, as far as it says something of its source.
struct PageFacts {
  // Of its subject: the number, or else how the name begins.
  std::uint64_t identifier = 0;
  std::array<char, NameOrder::kBytes> name{};
  std::int16_t route = RouteMatch::kNone;
  std::uint32_t subject = 0;  // hash, never 0; 0: there is none
  std::uint32_t bytes = 0;    // of the body, up to SourceProfile::kMaxPageBytes
  Sensitivity sensitivity = Sensitivity::normal;
  bool about_subject : 1 = false;
  bool numbered : 1 = false;
  bool found : 1 = false;
  bool served : 1 = false;
  // How it was asked for, as RequestStyle counts it; prefetched: by a browser that guesses.
  bool prefetched : 1 = false;
  bool referred : 1 = false;
  bool revalidated : 1 = false;
  bool compressed : 1 = false;
  bool with_language : 1 = false;
  bool http2 : 1 = false;
  bool http1_0 : 1 = false;
};

[[nodiscard]] PageFacts facts_of(const Visit& visit);

// Something that a page pulled in.
struct AssetFacts {
  bool icon = false;         // the site's own: browsers ask for it unbidden
  std::uint32_t loaded = 0;  // hash of a style or script that was sent whole; 0: another
};

[[nodiscard]] AssetFacts facts_of_asset(const Visit& visit);

struct OnePageRecord {
  PageFacts page;
  std::uint64_t agent = 0;   // as in SourceProfile; of the page and its assets
  std::uint32_t second = 0;  // of the page
  LogFields told;
  std::uint32_t attempts = 0;  // as in Connections
  std::uint32_t loaded = 0;    // the asset that is followed, as in ClientCount
  std::uint16_t assets = 0;
  std::uint8_t icons = 0;
  std::uint8_t loads = 0;  // of `loaded`

  // Whether an asset can be noted: there is room, and it is of the same day.
  [[nodiscard]] bool takes(const AssetFacts& asset, LogSecond at) const;
  void note(const AssetFacts& asset);
};
static_assert(sizeof(OnePageRecord) == 72);  // with the eight bytes that malloc adds a block of 80

// Whether a page has nothing to say that OnePageRecord has no room for.
[[nodiscard]] bool is_plain_page(const Visit& visit);

// Counts what a page or an asset says. Of a page's subject: false when it is new and was not kept.
bool note_page(SourceProfile& profile, const PageFacts& page, LogSecond second, bool may_grow);
void note_asset(SourceProfile& profile, const AssetFacts& asset, LogSecond second);

// SourceProfile as they would be had they begun with the page; `kept` is of its subject.
struct Unfolded {
  SourceProfile profile;
  bool kept = true;
};
[[nodiscard]] Unfolded unfold(const OnePageRecord& first, bool may_grow);

}  // namespace sluice::detection
