// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/site_keys.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/config/parse_toml.h"
#include "daemon/config/row.h"
#include "daemon/config/table.h"
#include "daemon/config/value.h"

namespace sluice::config {
namespace {

using detection::RouteOptions;
using detection::RouteTableOptions;
using detection::Server;

constexpr std::size_t kMostOfRoute = 1'000;  // hosts, exceptions
constexpr std::size_t kMostMarkers = 64;

Text mask() {
  return {"a text, in which * stands for any", "Special:*", 1, 256, detection::check_mask};
}

Result<void> check_method(std::string_view method) {
  if (std::ranges::all_of(method, [](char c) { return c >= 'A' && c <= 'Z'; })) return {};
  return Error(fmt::format("'{}' is no method of HTTP; they are written in capitals, as GET", method));
}

Result<void> check_software(std::string_view name) {
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; };
  if (std::ranges::all_of(name, fits)) return {};
  return Error(fmt::format("'{}' is no name of a ready-made site, such as mediawiki", name));
}

// A whole number, or the name of the query key that holds one.
struct Exposes {
  using Value = std::string;
  [[nodiscard]] std::optional<std::string> read(const toml::node& node, const Place& place) const {
    if (node.is_integer()) {
      const auto count = Whole<std::uint32_t>{1, detection::RouteTable::kMostListed}.read(node, place);
      return count ? std::optional(std::to_string(*count)) : std::nullopt;
    }
    return Text{"a whole number or the name of a query key", "limit", 0, 64, detection::check_exposes}.read(
        node, place);
  }
  [[nodiscard]] std::string write(const std::string& value) const {
    const bool is_number = !value.empty() && std::ranges::all_of(value, is_digit);
    return is_number ? value : in_quotes(value);
  }
};

const auto site = [](auto& c) -> auto& {
  return c.site;
};
const auto site_routes = [](auto& c) -> auto& {
  return c.detector.routes;
};
const auto target = [](auto& c) -> auto& {
  return c.detector.routes.target;
};

// The URLs by which the file of a site shows what its routes mean. Tests read them.
struct Sample {
  std::string url;
  std::string route;
  std::string subject;
  std::uint32_t exposes = 0;
};

std::vector<Key<Sample>> sample_keys() {
  const Text any{"a text", "/wiki/User:Anna", 0, 2048, check_nothing};
  return {
      key<Sample>("url", any, kItself, &Sample::url, Trait::required),
      key<Sample>("route", any, kItself, &Sample::route, Trait::required),
      key<Sample>("subject", any, kItself, &Sample::subject),
      key<Sample>("exposes", Whole<std::uint32_t>{0, 1000}, kItself, &Sample::exposes),
  };
}

// What the file of a site may say.
struct SiteFile {
  detection::SoftwareRoutes found;
  std::vector<std::string> markers;
  std::vector<Sample> samples;
};

std::vector<Key<SiteFile>> site_file_keys() {
  using detection::SoftwareRoutes;
  const auto found = [](auto& file) -> auto& {
    return file.found;
  };
  const List<Text> url_paths{url_path(), 0, kMostOfRoute};
  return {
      key<SiteFile>("markers", List<Text>{route_pattern(), 0, kMostMarkers}, kItself, &SiteFile::markers),
      key<SiteFile>("route", Entries<RouteOptions>{route_keys(), nullptr}, found, &SoftwareRoutes::routes),
      key<SiteFile>("assets.prefixes", url_paths, found, &SoftwareRoutes::asset_prefixes),
      key<SiteFile>("decoy.paths", url_paths, found, &SoftwareRoutes::decoys),
      key<SiteFile>("sample", Entries<Sample>{sample_keys(), nullptr}, kItself, &SiteFile::samples),
  };
}

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

std::vector<Key<RouteOptions>> route_keys() {
  const Choice<detection::Sensitivity> sensitivity{{{"low", detection::Sensitivity::low},
                                                    {"normal", detection::Sensitivity::normal},
                                                    {"high", detection::Sensitivity::high}}};
  const Text method{"a method", "GET", 1, 16, check_method};
  Text space = route_name();
  space.least = 0;
  constexpr Trait kOptional = Trait::optional;
  return {
      key<RouteOptions>("name", route_name(), kItself, &RouteOptions::name, Trait::unique),
      key<RouteOptions>("pattern", route_pattern(), kItself, &RouteOptions::pattern, Trait::required),
      key<RouteOptions>("sensitivity", sensitivity, kItself, &RouteOptions::sensitivity),
      key<RouteOptions>("methods", List<Text>{method, 1, 16}, kItself, &RouteOptions::methods, kOptional),
      key<RouteOptions>("hosts", List<Text>{mask(), 0, kMostOfRoute}, kItself, &RouteOptions::hosts,
                        kOptional),
      key<RouteOptions>("except", List<Text>{mask(), 0, kMostOfRoute}, kItself, &RouteOptions::except,
                        kOptional),
      key<RouteOptions>("space", space, kItself, &RouteOptions::space, kOptional),
      key<RouteOptions>("extensions", List<Text>{file_extension(), 0, kMostOfRoute}, kItself,
                        &RouteOptions::extensions, kOptional),
      key<RouteOptions>("exposes", Exposes{}, kItself, &RouteOptions::exposes, kOptional),
      key<RouteOptions>("assets", Boolean{}, kItself, &RouteOptions::assets, kOptional),
      key<RouteOptions>("fold_case", Boolean{}, kItself, &RouteOptions::fold_case, kOptional),
  };
}

std::vector<Key<Config>> site_table_keys() {
  using detection::TargetRules;
  using EveryPage = RouteTableOptions::EveryPage;
  const Choice<Server> server{{{"nginx", Server::nginx},
                               {"apache", Server::apache},
                               {"caddy", Server::caddy},
                               {"iis", Server::iis},
                               {"other", Server::other}}};
  const Choice<EveryPage> every_page{{{"until_routes", EveryPage::until_routes},
                                      {"always", EveryPage::always},
                                      {"never", EveryPage::never}}};
  const Text software{"the name of a ready-made site", "mediawiki", 1, 64, check_software};
  return {
      key<Config>("site.server", server, target, &TargetRules::server),
      key<Config>("site.fold_case", Boolean{}, target, &TargetRules::fold_case),
      key<Config>("site.every_page", every_page, site_routes, &RouteTableOptions::every_page),
      key<Config>("site.software", List<Text>{software, 0, 32}, site, &SiteOptions::software),
      key<Config>("site.folder", absolute_path(), site, &SiteOptions::folder),

      key<Config>("route", Entries<RouteOptions>{route_keys(), nullptr}, site_routes,
                  &RouteTableOptions::routes),
  };
}

void read_software(const std::function<Result<std::string>(const std::string& path)>& read, Config& config,
                   Report& report) {
  const Origin at = report.origin("site.software");
  for (const std::string& name : config.site.software) {
    const std::string path = fmt::format("{}/{}.toml", config.site.folder, name);
    report.enter(kSoftware, path);
    const auto text = read(path);
    if (!text) {
      report.refuse(at, "site.software",
                    fmt::format("{}: {}; `ls {}` shows which there are", path, text.error().message(),
                                config.site.folder));
      continue;
    }
    const auto table = parse_toml(*text, report);
    if (!table) continue;
    SiteFile file;
    read_table(*table, {}, {}, site_file_keys(), file, report);
    detection::SoftwareRoutes& all = config.detector.routes.software;
    append(all.routes, file.found.routes);
    append(all.asset_prefixes, file.found.asset_prefixes);
    append(all.decoys, file.found.decoys);
  }
}

std::optional<detection::KnownSoftware> known_software(std::string_view text, const std::string& name) {
  Report report(name);
  const auto table = parse_toml(text, report);
  if (!table) return std::nullopt;
  SiteFile file;
  read_table(*table, {}, {}, site_file_keys(), file, report);
  if (!report.clean()) return std::nullopt;
  detection::KnownSoftware known{name, std::move(file.markers), {}, std::move(file.found.asset_prefixes)};
  for (detection::RouteOptions& route : file.found.routes)
    known.patterns.push_back(std::move(route.pattern));
  return known;
}

}  // namespace sluice::config
