// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/software.h"

#include <algorithm>
#include <set>
#include <utility>

#include "daemon/base/hash.h"
#include "daemon/detection/site/pattern.h"

namespace sluice::detection {
namespace {

constexpr std::size_t kMostTargets = 512;
constexpr std::size_t kMostBytes = 256;
// A forum or a wiki may stand below folders of the site: "/community/board/viewtopic.php".
constexpr unsigned kMostFolders = 2;

// What makes it clear.
constexpr std::size_t kLeastTargets = 20;  // of the sample
constexpr std::size_t kLeastMarkers = 2;
constexpr std::size_t kLeastSources = 3;
constexpr double kLeastShare = 0.02;  // of the sample that is markers

std::vector<PathPattern> compiled(const std::vector<std::string>& patterns) {
  std::vector<PathPattern> made;
  for (const std::string& text : patterns) {
    if (auto pattern = PathPattern::parse(text)) made.push_back(*std::move(pattern));
  }
  return made;
}

std::string_view without_slash(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

bool fits(const PathPattern& pattern, std::string_view path, std::string_view query, std::string& scratch) {
  scratch.clear();
  return pattern.fits_path(path, scratch) && (!pattern.has_query() || pattern.fits_query(query, scratch));
}

// At the root of the site, or below a folder or two.
bool fits_below(const PathPattern& pattern, std::string_view path, std::string_view query,
                std::string& scratch) {
  for (unsigned folders = 0; folders <= kMostFolders; ++folders) {
    if (fits(pattern, path, query, scratch)) return true;
    const auto next = path.find('/', 1);
    if (next == std::string_view::npos) return false;
    path.remove_prefix(next);
  }
  return false;
}

class Evidence {
 public:
  explicit Evidence(const KnownSoftware& known)
      : known_(known), markers_(compiled(known.markers)), seen_(markers_.size(), false) {}

  [[nodiscard]] FoundSoftware read(const std::vector<ServedSample::Target>& targets) {
    std::vector<bool> marked(targets.size(), false);
    for (std::size_t i = 0; i < targets.size(); ++i)
      marked[i] = has_marker(targets[i]);
    FoundSoftware found{known_.name, false, false, 0, {}};
    for (std::size_t i = 0; i < markers_.size() && markers_.size() == known_.markers.size(); ++i) {
      if (seen_[i]) found.markers.push_back(known_.markers[i]);
    }
    if (found.markers.empty()) return found;
    const auto all = static_cast<double>(targets.size());
    const auto count = static_cast<double>(std::ranges::count(marked, true));
    found.is_clear = targets.size() >= kLeastTargets && found.markers.size() >= kLeastMarkers &&
                     sources_.size() >= kLeastSources && count >= kLeastShare * all;
    const std::vector<PathPattern> routes = compiled(known_.patterns);
    std::size_t matched = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (marked[i] || is_asset(targets[i].path) || is_of_route(routes, targets[i])) ++matched;
    }
    found.share = static_cast<double>(matched) / all;
    return found;
  }

 private:
  bool has_marker(const ServedSample::Target& target) {
    bool any = false;
    for (std::size_t i = 0; i < markers_.size(); ++i) {
      if (!fits_below(markers_[i], without_slash(target.path), target.query, scratch_)) continue;
      seen_[i] = any = true;
    }
    if (any) sources_.insert(target.source);
    return any;
  }

  [[nodiscard]] bool is_asset(std::string_view path) const {
    return std::ranges::any_of(known_.asset_prefixes,
                               [&](const std::string& prefix) { return path.starts_with(prefix); });
  }

  bool is_of_route(const std::vector<PathPattern>& routes, const ServedSample::Target& target) {
    return std::ranges::any_of(routes, [&](const PathPattern& route) {
      return fits(route, without_slash(target.path), target.query, scratch_);
    });
  }

  const KnownSoftware& known_;
  std::vector<PathPattern> markers_;
  std::vector<bool> seen_;
  std::set<std::uint64_t> sources_;
  std::string scratch_;
};

}  // namespace

void ServedSample::note(std::string_view path, std::string_view query, const Prefix& source) {
  if (path.size() + query.size() > kMostBytes || !path.starts_with('/')) return;
  ++seen_;
  std::size_t place = targets_.size();
  if (place == kMostTargets) {
    random_ = mix_bits(random_ + 0x9e3779b97f4a7c15ULL);
    place = random_ % seen_;
    if (place >= kMostTargets) return;
  } else {
    targets_.emplace_back();
  }
  Target& target = targets_[place];
  target.path = path;
  target.query = query;
  target.source = hash_value(source);
}

std::vector<FoundSoftware> find_software(const ServedSample& sample,
                                         const std::vector<KnownSoftware>& known) {
  std::vector<FoundSoftware> found;
  for (const KnownSoftware& software : known) {
    FoundSoftware one = Evidence(software).read(sample.targets());
    if (!one.markers.empty()) found.push_back(std::move(one));
  }
  std::ranges::stable_sort(found, [](const FoundSoftware& a, const FoundSoftware& b) {
    return std::pair(a.is_clear, a.share) > std::pair(b.is_clear, b.share);
  });
  return found;
}

}  // namespace sluice::detection
