// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/test_route.h"

#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "daemon/base/printable.h"
#include "daemon/detection/site/background.h"
#include "daemon/detection/site/probes.h"
#include "daemon/detection/site/routes.h"

namespace sluice::app {
namespace {

using detection::RouteMatch;

std::string_view name_of(const detection::RouteTable& table, const RouteMatch& match) {
  if (match.route == RouteMatch::kNone || match.every_page) return {};
  return table.routes()[static_cast<std::size_t>(match.route)].name;
}

std::string to_json(const std::string& url, std::string_view route, const RouteMatch& match) {
  boost::json::object object;
  object["url"] = url;
  object["path"] = printable(match.path);
  object["route"] = route;
  object["subject"] = match.every_page ? std::string_view() : match.subject;
  object["exposes"] = match.listed;
  object["asset"] = match.asset;
  object["decoy"] = match.decoy;
  object["page_counts"] = match.every_page;
  object["malformed"] = match.malformed;
  return boost::json::serialize(object);
}

std::string explain(const detection::RouteTable& table, const RouteMatch& match) {
  if (match.malformed) return "no page: the server refuses a target like this";
  if (match.robots_txt) return "robots.txt";
  if (match.decoy) return "a decoy: only who reads hidden links asks for it";
  if (match.every_page)
    return "a page of no route; it counts as a subject of its own, with a fifth of the weight (site.every_page)";
  if (match.route == RouteMatch::kNone) {
    if (match.asset) return "an asset: pages load it by themselves, and it shows nobody";
    return match.data ? "data of no route: an asset where a page loads it, else a page that shows nobody"
                      : "a page of no route: it shows nobody";
  }
  const detection::RouteOptions& route = table.routes()[static_cast<std::size_t>(match.route)];
  std::string text = fmt::format("route {} ({})", route.name, route.pattern);
  if (!match.subject.empty()) text += fmt::format(", subject '{}'", printable(match.subject));
  if (match.listed > 0) text += fmt::format(", shows {} people that it does not name", match.listed);
  if (match.asset) text += ", an image that counts";
  return text;
}

}  // namespace

Result<void> test_route(const config::Config& config, const TestRouteOptions& options, std::FILE* out) {
  auto table = detection::RouteTable::create(config.detector.routes);
  if (!table) return table.error();
  detection::MatchBuffer buffer;
  for (const std::string& url : options.urls) {
    detection::Request request;
    request.method = options.method;
    request.host = options.host;
    request.target = url;
    request.status = 200;
    const RouteMatch match = table->match(request, buffer);
    if (options.json) {
      fmt::print(out, "{}\n", to_json(url, name_of(*table, match), match));
      continue;
    }
    fmt::print(out, "{}\n", printable(url));
    if (match.path != url) fmt::print(out, "  the server reads {}\n", printable(match.path));
    fmt::print(out, "  {}\n", explain(*table, match));
  }
  return {};
}

}  // namespace sluice::app
