// SPDX-License-Identifier: Apache-2.0
// What a request asks for: a page or an asset, which route, whose data, a decoy. Compiled once from the
// configuration, then pure look-ups. Used by the detector. Keeps nothing of a request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/detection/observation.h"
#include "daemon/detection/site/assets.h"
#include "daemon/detection/site/pattern.h"
#include "daemon/detection/site/route_index.h"
#include "daemon/detection/site/subject.h"
#include "daemon/detection/site/target.h"

namespace sluice::detection {

struct RouteOptions {
  std::string name;
  std::string pattern;                            // PathPattern: "/people/{subject}/photos"
  Sensitivity sensitivity = Sensitivity::normal;  // low, normal or high
  std::vector<std::string> methods = {"GET", "HEAD"};
  // Masks of the hosts that have the route, "{subject}.example.org" too; their subjects are the same people.
  // Empty: every host has the route, and each host has people of its own. "www." in front is no part of a
  // host.
  std::vector<std::string> hosts = {};
  std::vector<std::string> except = {};  // masks of what is no subject: "about", "Special:*"
  std::string space = {};                // routes that show the same people name the same space
  std::vector<std::string> extensions = {"asp", "aspx", "htm", "html", "json", "jsp", "php", "txt", "xml"};
  // How many people an answer shows that its URL does not name: a number, or the query key that says it.
  std::string exposes = {};
  bool assets = false;     // an image of the route is personal data too: a portrait
  bool fold_case = false;  // "Anna" is "anna"

  bool operator==(const RouteOptions&) const = default;
};

// What ready-made sites add to what the operator wrote. Their routes stand behind the operator's.
struct SoftwareRoutes {
  std::vector<RouteOptions> routes;
  std::vector<std::string> asset_prefixes;
  std::vector<std::string> decoys;

  bool operator==(const SoftwareRoutes&) const = default;
};

struct RouteTableOptions {
  // When every page counts as a subject of its own, so that a site whose routes nobody has named is protected
  // too.
  enum class EveryPage : std::uint8_t { until_routes, always, never };

  std::vector<RouteOptions> routes = default_routes();
  std::vector<std::string> asset_extensions = {
      "css",  "js",    "mjs", "map", "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico",        "bmp",
      "woff", "woff2", "ttf", "otf", "eot", "mp4", "webm", "mp3", "json", "xml",  "txt", "webmanifest"};
  std::vector<std::string> asset_prefixes = {"/assets/", "/static/"};
  std::vector<std::string> decoys;  // exact paths
  TargetRules target;
  EveryPage every_page = EveryPage::until_routes;
  SoftwareRoutes software;

  [[nodiscard]] static std::vector<RouteOptions> default_routes();
  // Whether the routes are those that nobody wrote.
  [[nodiscard]] bool has_default_routes() const {
    return routes == default_routes() && software.routes.empty();
  }
  // Those in force, in their order.
  [[nodiscard]] std::vector<RouteOptions> all_routes() const;

  bool operator==(const RouteTableOptions&) const = default;
};

// What the target of a request is. The views point into the request or into the buffer that was handed in.
struct RouteMatch {
  static constexpr int kNone = -1;

  std::string_view path;           // normalised
  std::string_view query;          // behind '?', as sent
  int route = kNone;               // index into RouteTable::routes(), or kNone
  std::string_view subject;        // canonical; empty when the request names none
  std::uint64_t subject_hash = 0;  // 0: the request names no subject
  std::uint32_t listed = 0;        // people whom the answer shows beside the subject; 0 to kMostListed
  std::uint64_t list_hash = 0;     // of the list and the page of it, if `listed`
  std::uint64_t space = 0;         // of the subjects, if there are any
  bool told = false;               // the application said whom the answer shows, or how many
  bool asset = false;              // pages load it by themselves
  bool data = false;               // JSON, XML or text of no route: an asset where a page loads it
  bool every_page = false;         // the subject is the page itself: no route is known for it
  bool decoy = false;
  bool robots_txt = false;  // the file itself
  bool malformed = false;   // as in Target

  // Whether a route matched, or the application named the subjects. The route may be one that shows nobody.
  [[nodiscard]] bool is_covered() const { return told || (route != kNone && !every_page); }
  // Whether the route that matched shows nobody: it has no {subject} and exposes nobody.
  [[nodiscard]] bool shows_nobody() const { return is_covered() && !told && subject.empty() && listed == 0; }
};

// Room for what a match points to. Reused from request to request.
struct MatchBuffer {
  std::string path;
  std::string subject;
  std::string scratch;
};

class RouteTable {
 public:
  static constexpr std::uint32_t kMostListed = 1'000;
  // What an answer is taken to list whose URL has not the key that says it.
  static constexpr std::uint32_t kUsuallyListed = 20;

  // Fails on a route that does not parse; the message says which and why.
  [[nodiscard]] static Result<RouteTable> create(const RouteTableOptions& options);

  // The first route that fits counts.
  [[nodiscard]] RouteMatch match(const Request& request, MatchBuffer& buffer) const;

  // As they were given; then one that stands for what the application says, and one for pages that count as
  // subjects of their own.
  [[nodiscard]] const std::vector<RouteOptions>& routes() const { return routes_; }

 private:
  struct Route {
    PathPattern pattern;
    std::vector<Mask> hosts;
    std::vector<Mask> except;
    std::vector<std::string> extensions;  // sorted
    std::uint32_t exposes = 0;
    std::string exposes_key;
  };

  RouteTable() = default;
  [[nodiscard]] static Result<Route> compile(const RouteOptions& options);
  // The request as the routes see it.
  struct Asked {
    std::string_view method;
    std::string_view host;  // without "www."
    std::string_view whole_host;
    std::string_view path;  // without a closing '/'
    std::string_view query;
  };
  [[nodiscard]] int find(const Asked& asked, MatchBuffer& buffer) const;
  [[nodiscard]] bool fits(std::size_t index, const Asked& asked, std::string& subject) const;
  void find_route(RouteMatch& match, const Asked& asked, MatchBuffer& buffer) const;
  void name_subject(RouteMatch& match, const Asked& asked, MatchBuffer& buffer) const;
  void name_page(RouteMatch& match, const Asked& asked, MatchBuffer& buffer) const;
  // What the application says counts, whatever the URL looks like.
  void name_told(RouteMatch& match, const Request& request, const Asked& asked, MatchBuffer& buffer) const;
  [[nodiscard]] static std::uint32_t listed_by(const Route& route, std::string_view query);

  std::vector<RouteOptions> routes_;
  std::vector<Route> compiled_;  // as routes_, without the last two
  RouteIndex index_;
  std::vector<std::string> extensions_;  // of all routes, sorted
  AssetRules assets_;
  std::vector<std::string> decoys_;  // sorted
  TargetRules target_;
  std::string told_space_;  // of names that the application gives: that of the routes, if they share one
  bool every_page_ = false;
};

// Checks one pattern, one mask, and what an answer exposes, as RouteTable::create does; for the
// configuration's faults.
[[nodiscard]] Result<void> check_pattern(std::string_view pattern);
[[nodiscard]] Result<void> check_mask(std::string_view mask);
[[nodiscard]] Result<void> check_exposes(std::string_view exposes);

}  // namespace sluice::detection
