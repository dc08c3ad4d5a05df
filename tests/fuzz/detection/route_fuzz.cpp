// SPDX-License-Identifier: Apache-2.0
// Any text as the pattern of a route, and another as the path that it is asked about. What the index of
// routes finds must be what the pattern itself says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/detection/site/route_index.h"

namespace {

using namespace sluice::detection;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view pattern_text = text.substr(0, text.find('\n'));
  text.remove_prefix(pattern_text.size());
  const auto pattern = PathPattern::parse(pattern_text);
  if (!pattern) return 0;
  std::string_view path = text.substr(text.empty() ? 0 : 1);
  if (!path.starts_with('/') || path.find("//") != std::string_view::npos) return 0;
  if (path.ends_with('/')) path.remove_suffix(1);
  RouteIndex index;
  index.add(*pattern, 7);
  RouteIndex::Numbers found;
  index.find(path, found);
  std::string subject;
  require((found.size() == 1) == pattern->fits_path(path, subject));
  // Any text is a query, too; what names nobody adds nothing.
  subject.clear();
  const bool fits = pattern->fits_query(path, subject);
  require(!fits || pattern->has_query() || subject.empty());
  return 0;
}
