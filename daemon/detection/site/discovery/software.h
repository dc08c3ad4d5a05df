// SPDX-License-Identifier: Apache-2.0
// Which common software a site runs, by the URLs that it serves: each ready-made site names URLs that only
// its software has (its markers). Used by `sluiced routes` and by the detector, for an operator to read. It
// is evidence, no fact: whoever asks a site for the URLs of other software, and gets an answer, leaves a
// trace here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"

namespace sluice::detection {

// What the file of a ready-made site says, as far as it tells the software apart.
struct KnownSoftware {
  std::string name;                   // of its file: "mediawiki"
  std::vector<std::string> markers;   // patterns of URLs that only this software has
  std::vector<std::string> patterns;  // of its routes
  std::vector<std::string> asset_prefixes;

  bool operator==(const KnownSoftware&) const = default;
};

// A sample of the targets that were served, each request with the same chance (Vitter's algorithm R). At most
// 512 targets of at most 256 bytes: some 150 KB. A target is copied only if it gets a place.
class ServedSample {
 public:
  struct Target {
    std::string path;   // normalised
    std::string query;  // as it was sent
    std::uint64_t source = 0;
  };

  explicit ServedSample(std::uint64_t seed) : random_(seed | 1U) {}

  // `path` and `query`: of a request that got an answer. Longer ones are passed over.
  void note(std::string_view path, std::string_view query, const Prefix& source);

  [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }
  [[nodiscard]] std::uint64_t seen() const { return seen_; }  // of which it is the sample

 private:
  std::vector<Target> targets_;
  std::uint64_t seen_ = 0;
  std::uint64_t random_;
};

struct FoundSoftware {
  std::string name;
  // Several markers, asked for by several visitors, in more than single requests. Else something speaks for
  // it and not enough.
  bool is_clear = false;
  bool is_in_force = false;          // its routes are; find_software() does not know that
  double share = 0;                  // of the served requests that are its markers, assets or routes: 0 to 1
  std::vector<std::string> markers;  // that were seen, in the order of the file
};

// Those that anything speaks for, the clear ones first, then by share.
[[nodiscard]] std::vector<FoundSoftware> find_software(const ServedSample& sample,
                                                       const std::vector<KnownSoftware>& known);

// Whether an answer that was computed at `before` counted requests still says enough at `now`: little changes
// what is known of many.
[[nodiscard]] constexpr bool is_still_good(std::uint64_t before, std::uint64_t now) {
  constexpr std::uint64_t kFew = 1000;  // up to here the answer is cheap, and each request may change it
  return now == before || (now > before && before >= kFew && now - before < before / 32);
}

}  // namespace sluice::detection
