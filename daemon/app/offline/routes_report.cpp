// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/routes_report.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/base/printable.h"

namespace sluice::app {
namespace {

using detection::ProposedRoute;

// Places with fewer different values are pages of the site.
constexpr double kManyValues = 20;
constexpr std::size_t kMostOthers = 20;

struct Colours {
  std::string_view heading;
  std::string_view good;
  std::string_view dim;
  std::string_view off;
};

Colours colours(bool wanted) {
  return wanted ? Colours{"\x1b[1m", "\x1b[32m", "\x1b[2m", "\x1b[0m"} : Colours{};
}

// The pattern, with the host in front where there is one.
std::string where(const ProposedRoute& route) {
  if (route.hosts.empty()) return printable(route.pattern);
  const std::string more =
      route.hosts.size() > 1 ? fmt::format(" (and {} hosts more)", route.hosts.size() - 1) : "";
  return printable(route.hosts.front() + route.pattern) + more;
}

std::string numbers(const ProposedRoute& route) {
  const std::string values =
      route.role == ProposedRoute::Role::list ? "-" : fmt::format("{:.0f}", route.values);
  return fmt::format("{:>9} {:>8} {:>7.1f} %", route.requests, values, 100 * route.visitors);
}

void print_people(const RoutesReport& report, const Colours& colour, std::FILE* out) {
  std::size_t width = std::string_view("ROUTE").size();
  for (const ProposedRoute& route : report.routes) {
    if (route.is_people()) width = std::max(width, where(route).size());
  }
  fmt::print(out, "{}{:<{}} {:>9} {:>8} {:>9}  {:<10} {:<6}  {:<13} {:>6}{}\n", colour.heading, "ROUTE",
             width, "REQUESTS", "VALUES", "VISITORS", "ROLE", "KIND", "GUESSED", "PEOPLE", colour.off);
  for (const ProposedRoute& route : report.routes) {
    if (!route.is_people()) continue;
    const bool is_list = route.role == ProposedRoute::Role::list;
    fmt::print(out, "{}{:<{}}{} {}  {:<10} {:<6}  {:<13} {:>4.0f} %\n", colour.good, where(route), width,
               colour.off, numbers(route), to_text(route.role), is_list ? "-" : to_text(route.kind),
               is_list ? "-" : to_text(route.guess.guess), 100 * route.people);
    if (is_list)
      fmt::print(out, "    {}shows {} people at once{}\n", colour.dim, printable(route.exposes), colour.off);
    if (!is_list) fmt::print(out, "    {}{}{}\n", colour.dim, route.guess.reason, colour.off);
    for (const std::string& reason : route.reasons)
      fmt::print(out, "    {}{}{}\n", colour.dim, printable(reason), colour.off);
  }
}

// Where many different values stand that do not look like people.
void print_others(const RoutesReport& report, const Colours& colour, std::FILE* out) {
  std::vector<const ProposedRoute*> others;
  std::size_t width = std::string_view("OTHER URLS WITH MANY VALUES").size();
  for (const ProposedRoute& route : report.routes) {
    if (route.is_people() || others.size() >= kMostOthers) continue;
    others.push_back(&route);
    width = std::max(width, printable(route.shape).size());
  }
  if (others.empty()) return;
  fmt::print(out, "\n{}{:<{}} {:>9} {:>8} {:>9}  {:<6} {:>6}{}\n", colour.heading,
             "OTHER URLS WITH MANY VALUES", width, "REQUESTS", "VALUES", "VISITORS", "KIND", "PEOPLE",
             colour.off);
  for (const ProposedRoute* route : others) {
    fmt::print(out, "{:<{}} {}  {:<6} {:>4.0f} %\n", printable(route->shape), width, numbers(*route),
               to_text(route->kind), 100 * route->people);
  }
}

boost::json::array to_json(const std::vector<std::string>& texts) {
  boost::json::array array;
  for (const std::string& text : texts)
    array.emplace_back(printable(text));
  return array;
}

boost::json::object to_json(const ProposedRoute& route) {
  const bool is_list = route.role == ProposedRoute::Role::list;
  return {{"name", route.name},
          {"pattern", printable(route.pattern)},
          {"hosts", to_json(route.hosts)},
          {"methods", to_json(route.methods)},
          {"except", to_json(route.except)},
          {"extensions", to_json(route.extensions)},
          {"space", route.space},
          {"exposes", route.exposes},
          {"assets", route.assets},
          {"role", to_text(route.role)},
          {"shape", printable(route.shape)},
          {"requests", route.requests},
          {"values", route.values},
          {"visitors", route.visitors},
          {"kind", is_list ? "" : to_text(route.kind)},
          {"guessed", is_list ? "" : to_text(route.guess.guess)},
          {"guess_reason", route.guess.reason},
          {"people", route.people},
          {"looks_like_people", route.is_people()},
          {"reasons", to_json(route.reasons)},
          {"example", printable(route.example)}};
}

// "phpbb (80 % of the requests; /viewtopic.php?t=*, /viewforum.php?f=*)".
std::string said_of(const detection::FoundSoftware& found) {
  std::string text = fmt::format("{} ({:.0f} % of the requests; {})", found.name, 100 * found.share,
                                 fmt::join(found.markers, ", "));
  return found.is_in_force ? text + ", whose routes are in force" : text;
}

void print_software(const RoutesReport& report, std::FILE* out) {
  std::vector<std::string> names;
  for (const detection::FoundSoftware& found : report.software) {
    fmt::print(out, "{} {}\n", found.is_clear ? "These are URLs of" : "Few URLs look like those of",
               said_of(found));
    if (found.is_clear && !found.is_in_force) names.push_back(fmt::format("\"{}\"", found.name));
  }
  if (!names.empty())
    fmt::print(out, "There are ready-made routes: [site] software = [{}]\n", fmt::join(names, ", "));
  if (!report.software.empty()) fmt::print(out, "\n");
}

}  // namespace

void print_table(const RoutesReport& report, bool with_colour, std::FILE* out) {
  const Colours colour = colours(with_colour);
  print_software(report, out);
  if (std::ranges::any_of(report.routes, &ProposedRoute::is_people)) {
    print_people(report, colour, out);
    fmt::print(out,
               "PEOPLE says how much speaks for people; it is no fact. --toml writes the routes for the "
               "configuration.\n");
  } else {
    fmt::print(out, "Nothing in these logs looks like pages about people.\n");
  }
  print_others(report, colour, out);
}

std::string to_json(const RoutesReport& report) {
  boost::json::array routes;
  for (const ProposedRoute& route : report.routes)
    routes.emplace_back(to_json(route));
  boost::json::array shapes;
  for (const detection::Shape& shape : report.shapes) {
    if (shape.values < kManyValues) continue;
    shapes.push_back({{"shape", printable(shape.text)},
                      {"requests", shape.requests},
                      {"covered_requests", shape.covered_requests},
                      {"values", shape.values},
                      {"covered", shape.covered()}});
  }
  boost::json::array software;
  for (const detection::FoundSoftware& found : report.software) {
    software.push_back({{"name", found.name},
                        {"clear", found.is_clear},
                        {"in_force", found.is_in_force},
                        {"share", found.share},
                        {"markers", to_json(found.markers)}});
  }
  return boost::json::serialize(boost::json::object{{"requests", report.requests},
                                                    {"noted", report.noted},
                                                    {"not_found", report.not_found},
                                                    {"visitors", report.visitors},
                                                    {"routes", std::move(routes)},
                                                    {"toml", detection::to_toml(report.routes)},
                                                    {"shapes", std::move(shapes)},
                                                    {"software", std::move(software)}});
}

}  // namespace sluice::app
