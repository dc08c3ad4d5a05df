// SPDX-License-Identifier: Apache-2.0
// What a page loads by itself: styles, scripts, images, fonts. Told by the end of the path and by folders.
// Used by the route table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::detection {

enum class Loaded : std::uint8_t {
  no,       // a page
  data,     // JSON, XML, text: pages load it, and programs ask for it by itself
  as_part,  // nobody asks for it by itself
};

class AssetRules {
 public:
  AssetRules() = default;
  // Extensions are in small letters, prefixes begin with '/'.
  AssetRules(std::vector<std::string> extensions, std::vector<std::string> prefixes);

  // `path` is normalised.
  [[nodiscard]] Loaded classify(std::string_view path) const;

 private:
  std::vector<std::string> extensions_;  // sorted
  std::vector<std::string> prefixes_;
};

}  // namespace sluice::detection
