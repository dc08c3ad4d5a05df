// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/detection/discovery/sites/measure.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "daemon/detection/site/mask.h"
#include "daemon/detection/site/pattern.h"
#include "tests/unit/detection/discovery/log.h"

namespace sluice::detection::sites {
namespace {

constexpr double kManyValues = 20;
// A shape with a few values more than that should have been found.
constexpr std::size_t kEnoughValues = 30;

LogLine as_log_line(const Line& line) {
  LogLine out;
  out.target = line.target;
  out.client = line.client;
  out.second = line.second - 1'795'500'000;
  out.referer = line.referer;
  out.host = line.host;
  out.method = line.method;
  out.status = line.status;
  return out;
}

// "/people/{number}" as "/people/{}".
std::string without_kinds(const std::string& shape) {
  std::string text;
  bool inside = false;
  for (const char c : shape) {
    if (c == '}') inside = false;
    if (!inside) text += c;
    if (c == '{') inside = true;
  }
  return text;
}

// A proposed route, ready to match.
class Route {
 public:
  explicit Route(const ProposedRoute& route)
      : role_(route.role), pattern_(*PathPattern::parse(route.pattern)) {
    for (const std::string& host : route.hosts)
      hosts_.push_back(*Mask::parse(host));
  }
  [[nodiscard]] ProposedRoute::Role role() const { return role_; }

  // The subject; nothing if the route does not match.
  [[nodiscard]] std::optional<std::string> match(const Line& line) const {
    std::string subject;
    if (!hosts_.empty() && std::ranges::none_of(hosts_, [&](const Mask& mask) {
          std::string_view part;
          if (!mask.fits(bare_host(line.host), part)) return false;
          if (mask.has_subject()) add_part(subject, part);
          return true;
        }))
      return std::nullopt;
    std::string buffer;
    const Target target = normalise(line.target, {}, buffer);
    std::string_view path = target.path;
    while (path.size() > 1 && path.ends_with('/'))
      path.remove_suffix(1);
    if (!pattern_.fits_path(path, subject) || !pattern_.fits_query(target.query, subject))
      return std::nullopt;
    return subject;
  }

 private:
  ProposedRoute::Role role_;
  PathPattern pattern_;
  std::vector<Mask> hosts_;
};

using Role = ProposedRoute::Role;

bool is_role(Shows shows, Role role) {
  switch (shows) {
    case Shows::people:
      return role == Role::page || role == Role::background;
    case Shows::picture:
      return role == Role::image;
    case Shows::list:
      return role == Role::list;
    case Shows::things:
      return role != Role::list;
  }
  return false;
}

// What the routes made of the lines of one true shape.
struct Outcome {
  std::set<std::string> targets;
  std::set<std::string> matched;
  std::map<std::string, std::set<std::string>> named;     // by the truth: what the routes called the subject
  std::map<std::string, std::set<std::string>> of_names;  // the other way round

  [[nodiscard]] bool is_matched() const { return 2 * matched.size() >= targets.size() && !targets.empty(); }
};

std::vector<Outcome> outcomes_of(const Site& site, const std::vector<Route>& routes) {
  std::vector<Outcome> outcomes(site.shapes.size());
  for (const Line& line : site.lines) {
    if (line.shape == kNoShape) continue;
    const auto at = static_cast<std::size_t>(line.shape);
    Outcome& outcome = outcomes[at];
    const std::string url = line.host + line.target;
    outcome.targets.insert(url);
    for (const Route& route : routes) {
      if (!is_role(site.shapes[at].shows, route.role())) continue;
      const auto subject = route.match(line);
      if (!subject) continue;
      outcome.matched.insert(url);
      outcome.named[line.subject].insert(*subject);
      outcome.of_names[*subject].insert(line.subject);
      break;
    }
  }
  return outcomes;
}

void count_shapes(const Site& site, const RouteDiscovery& discovery, const std::vector<Outcome>& outcomes,
                  Measured& measured) {
  std::set<std::string> truth;
  std::set<std::string> wanted;
  for (std::size_t i = 0; i < site.shapes.size(); ++i) {
    truth.insert(site.shapes[i].text);
    if (outcomes[i].targets.size() >= kEnoughValues) wanted.insert(site.shapes[i].text);
  }
  std::set<std::string> found;
  for (const Shape& shape : discovery.shapes()) {
    if (shape.values >= kManyValues) found.insert(without_kinds(shape.text));
  }
  measured.shapes.there = wanted.size();
  measured.shapes.found = found.size();
  for (const std::string& shape : found) {
    const bool is_true = truth.contains(shape);
    measured.shapes.right += is_true && wanted.contains(shape) ? 1 : 0;
    // One with 20 to 30 values may be found or not.
    measured.shapes.found -= is_true && !wanted.contains(shape) ? 1 : 0;
    if (!is_true) measured.wrong.push_back("no such shape: " + shape);
  }
  for (const std::string& shape : wanted) {
    if (!found.contains(shape)) measured.wrong.push_back("shape not found: " + shape);
  }
}

void count_subjects(const Outcome& outcome, Rate& subjects) {
  for (const auto& [truth, names] : outcome.named) {
    ++subjects.there;
    ++subjects.found;
    const bool is_one = names.size() == 1 && outcome.of_names.at(*names.begin()).size() == 1;
    subjects.right += is_one ? 1 : 0;
  }
}

void count_kind(const TrueShape& shape, const Outcome& outcome, Measured& measured) {
  const bool is_matched = outcome.is_matched();
  Rate& rate = shape.shows == Shows::picture ? measured.pictures
               : shape.shows == Shows::list  ? measured.lists
                                             : measured.people;
  const bool is_there = shape.shows != Shows::things;
  rate.there += is_there ? 1 : 0;
  rate.found += is_matched ? 1 : 0;
  rate.right += is_there && is_matched ? 1 : 0;
  if (is_there != is_matched)
    measured.wrong.push_back((is_there ? "not proposed: " : "proposed and wrong: ") + shape.text);
  if (shape.shows == Shows::people && is_matched) count_subjects(outcome, measured.subjects);
}

std::string percent(double share) {
  return fmt::format("{:.0f} %", 100 * share);
}

std::string row(const Measured& one) {
  return fmt::format("{:<26} {:>6} {:>9} {:>7} {:>9} {:>7} {:>9} {:>9} {:>6} {:>8} {:>8.0f}\n", one.site,
                     one.lines, percent(one.shapes.precision()), percent(one.shapes.recall()),
                     percent(one.people.precision()), percent(one.people.recall()),
                     fmt::format("{}/{}", one.pictures.right, one.pictures.there),
                     fmt::format("{}/{}", one.lists.right, one.lists.there),
                     one.lists.found - one.lists.right, percent(one.subjects.precision()), one.ns_per_line);
}

}  // namespace

void Rate::add(const Rate& other) {
  there += other.there;
  found += other.found;
  right += other.right;
}

double Rate::precision() const {
  return found == 0 ? 1 : static_cast<double>(right) / static_cast<double>(found);
}

double Rate::recall() const {
  return there == 0 ? 1 : static_cast<double>(right) / static_cast<double>(there);
}

RouteDiscovery discover(const Site& site) {
  RouteDiscovery discovery({});
  for (const Line& line : site.lines)
    note(discovery, as_log_line(line));
  return discovery;
}

Measured measure(const Site& site) {
  Measured measured;
  measured.site = site.name;
  measured.lines = site.lines.size();
  const std::clock_t begin = std::clock();
  const RouteDiscovery discovery = discover(site);
  const double took = 1e9 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  measured.ns_per_line = took / static_cast<double>(site.lines.size());
  std::vector<Route> routes;
  for (const ProposedRoute& route : discovery.propose()) {
    if (route.is_people()) routes.emplace_back(route);
  }
  const std::vector<Outcome> outcomes = outcomes_of(site, routes);
  count_shapes(site, discovery, outcomes, measured);
  for (std::size_t i = 0; i < site.shapes.size(); ++i)
    count_kind(site.shapes[i], outcomes[i], measured);
  return measured;
}

std::string to_table(const std::vector<Measured>& all) {
  std::string text = fmt::format("{:<26} {:>6} {:^17} {:^17} {:>9} {:>9} {:>6} {:>8} {:>8}\n", "", "",
                                 "URL SHAPES", "SHAPES OF PEOPLE", "", "", "WRONG", "SUBJECTS", "NS A");
  text += fmt::format("{:<26} {:>6} {:>9} {:>7} {:>9} {:>7} {:>9} {:>9} {:>6} {:>8} {:>8}\n", "SITE", "LINES",
                      "PRECISION", "RECALL", "PRECISION", "RECALL", "PICTURES", "LISTS", "LISTS", "RIGHT",
                      "LINE");
  Measured sum;
  sum.site = "all";
  for (const Measured& one : all) {
    text += row(one);
    sum.lines += one.lines;
    sum.shapes.add(one.shapes);
    sum.people.add(one.people);
    sum.pictures.add(one.pictures);
    sum.lists.add(one.lists);
    sum.subjects.add(one.subjects);
    sum.ns_per_line += one.ns_per_line / static_cast<double>(all.size());
  }
  text += row(sum);
  for (const Measured& one : all) {
    for (const std::string& wrong : one.wrong)
      text += fmt::format("{}: {}\n", one.site, wrong);
  }
  return text;
}

}  // namespace sluice::detection::sites
