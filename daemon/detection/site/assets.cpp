// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/assets.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "daemon/base/text.h"

namespace sluice::detection {
namespace {

constexpr std::size_t kMaxExtension = 16;

// Data as much as parts of a page. A manifest or a map of sources is asked for by browsers alone.
constexpr std::array<std::string_view, 3> kData = {"json", "txt", "xml"};

}  // namespace

AssetRules::AssetRules(std::vector<std::string> extensions, std::vector<std::string> prefixes)
    : extensions_(std::move(extensions)), prefixes_(std::move(prefixes)) {
  std::ranges::sort(extensions_);
}

Loaded AssetRules::classify(std::string_view path) const {
  if (std::ranges::any_of(prefixes_, [&](const std::string& prefix) { return path.starts_with(prefix); }))
    return Loaded::as_part;
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const auto dot = file.rfind('.');
  if (dot == std::string_view::npos || file.size() - dot - 1 > kMaxExtension) return Loaded::no;
  std::array<char, kMaxExtension> small{};
  std::ranges::transform(file.substr(dot + 1), small.begin(), [](char c) { return lower(c); });
  const std::string_view extension(small.data(), file.size() - dot - 1);
  if (!std::ranges::binary_search(extensions_, extension)) return Loaded::no;
  return std::ranges::find(kData, extension) == kData.end() ? Loaded::as_part : Loaded::data;
}

}  // namespace sluice::detection
