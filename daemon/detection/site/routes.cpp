// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/routes.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace sluice::detection {
namespace {

constexpr std::string_view kPagesSpace = "\npages";  // no operator can write a newline into a name

std::optional<std::uint32_t> parse_count(std::string_view text) {
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc::result_out_of_range) return RouteTable::kMostListed;
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return count;
}

// The host in small letters, without what stands around it.
std::string_view folded_host(std::string_view host, std::string& buffer) {
  host = bare_host(host);
  if (std::ranges::none_of(host, [](char c) { return c >= 'A' && c <= 'Z'; })) return host;
  buffer = lowered(host);
  return buffer;
}

Result<std::vector<Mask>> parse_masks(const std::vector<std::string>& texts) {
  std::vector<Mask> masks;
  for (const std::string& text : texts) {
    auto mask = Mask::parse(text);
    if (!mask) return mask.error();
    masks.push_back(*std::move(mask));
  }
  return masks;
}

bool fits_any(const std::vector<Mask>& masks, std::string_view text) {
  std::string_view ignored;
  return std::ranges::any_of(masks, [&](const Mask& mask) { return mask.fits(text, ignored); });
}

std::uint64_t hash_list(std::uint64_t space, std::string_view path, std::string_view query) {
  return hash_subject(hash_subject(space, path), query);
}

// Whether a path that fits the pattern ends with a subject, behind which an extension may stand.
bool ends_with_subject(const PathPattern& pattern, std::string_view path) {
  const std::vector<Mask>& last = pattern.tail().empty() ? pattern.head() : pattern.tail();
  if (last.empty()) return false;
  // "/u/{subject}/**" fits "/u/anna.json" too: "**" stands for nothing there.
  if (pattern.has_rest() && pattern.tail().empty() &&
      static_cast<std::size_t>(std::ranges::count(path, '/')) > last.size())
    return false;
  return last.back().has_subject() && last.back().suffix().empty();
}

// Paths of a server that folds them are compared with folded patterns. Keys of a query keep their case.
std::string folded_pattern(const std::string& pattern) {
  const auto question = pattern.find('?');
  if (question == std::string::npos) return lowered(pattern);
  return lowered(pattern.substr(0, question)) + pattern.substr(question);
}

}  // namespace

std::vector<RouteOptions> RouteTableOptions::default_routes() {
  return {{"people", "/people/{subject}", Sensitivity::normal}};
}

std::vector<RouteOptions> RouteTableOptions::all_routes() const {
  // The default routes are a guess, which nobody needs who names the software.
  const bool guessed = routes == default_routes() && !software.routes.empty();
  std::vector<RouteOptions> all = guessed ? std::vector<RouteOptions>() : routes;
  all.insert(all.end(), software.routes.begin(), software.routes.end());
  return all;
}

Result<void> check_pattern(std::string_view pattern) {
  if (auto parsed = PathPattern::parse(pattern); !parsed) return parsed.error();
  return {};
}

Result<void> check_mask(std::string_view mask) {
  if (auto parsed = Mask::parse(mask); !parsed) return parsed.error();
  return {};
}

Result<void> check_exposes(std::string_view exposes) {
  if (exposes.empty() || !is_digit(exposes.front())) return {};
  const auto count = parse_count(exposes);
  if (!count || *count > RouteTable::kMostListed)
    return Error(fmt::format("'{}' is neither a number up to {} nor the name of a query key", exposes,
                             RouteTable::kMostListed));
  return {};
}

Result<RouteTable::Route> RouteTable::compile(const RouteOptions& options) {
  auto pattern = PathPattern::parse(options.pattern);
  if (!pattern) return pattern.error();
  Route route{*std::move(pattern), {}, {}, options.extensions, 0, {}};
  std::vector<std::string> host_texts;
  host_texts.reserve(options.hosts.size());
  for (const std::string& host : options.hosts)
    host_texts.emplace_back(without_www(host));
  auto hosts = parse_masks(host_texts);
  if (!hosts) return hosts.error();
  route.hosts = *std::move(hosts);
  auto except = parse_masks(options.except);
  if (!except) return except.error();
  route.except = *std::move(except);
  std::ranges::sort(route.extensions);
  if (auto checked = check_exposes(options.exposes); !checked) return checked.error();
  if (const auto count = parse_count(options.exposes)) {
    route.exposes = *count;
  } else {
    route.exposes_key = options.exposes;
  }
  return route;
}

Result<RouteTable> RouteTable::create(const RouteTableOptions& options) {
  using EveryPage = RouteTableOptions::EveryPage;
  RouteTable table;
  table.target_ = options.target;
  const bool folds = options.target.fold_case || options.target.server == Server::iis;
  for (const RouteOptions& given : options.all_routes()) {
    RouteOptions meant = given;
    if (folds) meant.pattern = folded_pattern(meant.pattern);
    auto route = compile(meant);
    if (!route) return route.error().in(fmt::format("route '{}'", given.name));
    table.index_.add(route->pattern, static_cast<std::uint32_t>(table.compiled_.size()));
    table.extensions_.insert(table.extensions_.end(), route->extensions.begin(), route->extensions.end());
    table.routes_.push_back(given);
    table.compiled_.push_back(*std::move(route));
  }
  const auto same_space = [&](const RouteOptions& route) {
    return route.space == table.routes_.front().space;
  };
  if (!table.routes_.empty() && std::ranges::all_of(table.routes_, same_space))
    table.told_space_ = table.routes_.front().space;
  table.every_page_ = options.every_page == EveryPage::always ||
                      (options.every_page == EveryPage::until_routes && options.has_default_routes());
  table.routes_.push_back({"application", "what the application names", Sensitivity::normal});
  table.routes_.push_back({"pages", "any page", Sensitivity::page});
  std::ranges::sort(table.extensions_);
  const auto repeated = std::unique(table.extensions_.begin(), table.extensions_.end());
  table.extensions_.erase(repeated, table.extensions_.end());
  std::vector<std::string> prefixes = options.asset_prefixes;
  prefixes.insert(prefixes.end(), options.software.asset_prefixes.begin(),
                  options.software.asset_prefixes.end());
  table.assets_ = AssetRules(options.asset_extensions, std::move(prefixes));
  table.decoys_ = options.decoys;
  table.decoys_.insert(table.decoys_.end(), options.software.decoys.begin(), options.software.decoys.end());
  std::ranges::sort(table.decoys_);
  return table;
}

bool RouteTable::fits(std::size_t index, const Asked& asked, std::string& subject) const {
  const RouteOptions& options = routes_[index];
  const Route& route = compiled_[index];
  // A request line that is not HTTP has no method.
  if (!asked.method.empty() && std::ranges::find(options.methods, asked.method) == options.methods.end())
    return false;
  subject.clear();
  if (!route.hosts.empty()) {
    std::string_view part;
    const auto fitting = std::ranges::find_if(route.hosts, [&](const Mask& mask) {
      return mask.fits(asked.host, part) || (!mask.has_subject() && mask.fits(asked.whole_host, part));
    });
    // Where the log has no hosts, a host that shows nobody is taken to be the right one.
    const bool unknown = asked.host.empty() && std::ranges::none_of(route.hosts, &Mask::has_subject);
    if (fitting == route.hosts.end() && !unknown) return false;
    if (!part.empty()) add_part(subject, part);
  }
  if (!route.pattern.fits_path(asked.path, subject)) return false;
  if (ends_with_subject(route.pattern, asked.path))
    subject.resize(without_extension(subject, route.extensions).size());
  if (!route.pattern.fits_query(asked.query, subject)) return false;
  make_canonical(subject, options.fold_case);
  return route.except.empty() || !fits_any(route.except, subject);
}

int RouteTable::find(const Asked& asked, MatchBuffer& buffer) const {
  RouteIndex::Numbers numbers;
  index_.find(asked.path, numbers);
  for (const std::uint32_t number : numbers) {
    if (fits(number, asked, buffer.subject)) return static_cast<int>(number);
  }
  // "/people/7/photos.json" is "/people/7/photos".
  const std::string_view bare = without_extension(asked.path, extensions_);
  if (bare.size() == asked.path.size()) return RouteMatch::kNone;
  index_.find(bare, numbers);
  Asked without = asked;
  without.path = bare;
  for (const std::uint32_t number : numbers) {
    const bool may = without_extension(asked.path, compiled_[number].extensions).size() == bare.size();
    if (may && fits(number, without, buffer.subject)) return static_cast<int>(number);
  }
  return RouteMatch::kNone;
}

std::uint32_t RouteTable::listed_by(const Route& route, std::string_view query) {
  if (route.exposes_key.empty()) return route.exposes;
  std::uint32_t listed = 0;
  std::string buffer;
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    if (decode_form(take_until(value, '='), buffer) != route.exposes_key) continue;
    // Servers differ in which of several values they take.
    if (const auto count = parse_count(value)) listed = std::max(listed, std::min(*count, kMostListed));
  }
  return listed > 0 ? listed : kUsuallyListed;
}

void RouteTable::name_subject(RouteMatch& match, const Asked& asked, MatchBuffer& buffer) const {
  const auto index = static_cast<std::size_t>(match.route);
  const Route& route = compiled_[index];
  // A route that names its hosts has the same people on all of them.
  const std::string_view host = route.hosts.empty() ? asked.host : std::string_view();
  match.space = space_number(routes_[index].space, host);
  match.listed = listed_by(route, asked.query);
  match.subject = buffer.subject;
  if (!match.subject.empty()) match.subject_hash = hash_subject(match.space, match.subject);
  if (match.listed > 0) match.list_hash = hash_list(match.space, asked.path, asked.query);
}

void RouteTable::name_told(RouteMatch& match, const Request& request, const Asked& asked,
                           MatchBuffer& buffer) const {
  match.told = true;
  match.asset = match.data = match.every_page = false;
  if (match.space == 0) match.space = space_number(told_space_, asked.host);
  match.route = static_cast<int>(compiled_.size());
  match.subject = {};
  match.subject_hash = 0;
  match.listed = std::min(request.subject_count, kMostListed);
  match.list_hash = hash_list(match.space, asked.path, asked.query);
  const std::string_view only = trimmed(request.subjects, ", ");
  if (only.empty() || only.find(',') != std::string_view::npos) return;
  buffer.subject.assign(decode_form(only, buffer.scratch));
  make_canonical(buffer.subject, false);
  match.subject = buffer.subject;
  match.subject_hash = hash_subject(match.space, match.subject);
}

void RouteTable::name_page(RouteMatch& match, const Asked& asked, MatchBuffer& buffer) const {
  const bool is_home = asked.path.empty() && asked.query.empty();
  const bool reads = asked.method.empty() || asked.method == "GET" || asked.method == "HEAD";
  if (is_home || !reads) return;
  buffer.subject.assign(asked.path.empty() ? std::string_view("/") : asked.path);
  if (!asked.query.empty()) buffer.subject.append("?").append(asked.query);
  match.every_page = true;
  match.route = static_cast<int>(routes_.size()) - 1;
  match.subject = buffer.subject;
  match.space = space_number(kPagesSpace, asked.host);
  match.subject_hash = hash_subject(match.space, match.subject);
}

RouteMatch RouteTable::match(const Request& request, MatchBuffer& buffer) const {
  RouteMatch match;
  const Target target = normalise(request.target, target_, buffer.path);
  match.path = target.path;
  match.query = target.query;
  match.malformed = target.malformed;
  const bool is_told = !request.subjects.empty() || request.subject_count > 0;
  // The beginning of a path could be that of another person, or a decoy.
  if (request.path_cut) {
    if (is_told) name_told(match, request, {request.method, {}, {}, match.path, {}}, buffer);
    return match;
  }
  const bool is_path = match.path.starts_with('/');
  match.robots_txt = match.asset = match.path == "/robots.txt";
  match.decoy = is_path && !is_origin_cut(request) && std::ranges::binary_search(decoys_, match.path);
  if (!is_path || match.robots_txt || match.decoy) return match;
  std::string_view path = match.path;
  if (path.ends_with('/')) path.remove_suffix(1);
  const std::string_view host = folded_host(target.host.empty() ? request.host : target.host, buffer.scratch);
  const Asked asked{request.method, without_www(host), host, path, match.query};
  find_route(match, asked, buffer);
  if (is_told) {
    name_told(match, request, asked, buffer);
  } else if (every_page_ && match.route == RouteMatch::kNone && !match.asset) {
    name_page(match, asked, buffer);
  }
  return match;
}

void RouteTable::find_route(RouteMatch& match, const Asked& asked, MatchBuffer& buffer) const {
  const Loaded loaded = assets_.classify(match.path);
  match.asset = loaded == Loaded::as_part;
  const int route = find(asked, buffer);
  if (route == RouteMatch::kNone) {
    match.data = loaded == Loaded::data;
  } else if (!match.asset || routes_[static_cast<std::size_t>(route)].assets) {
    match.route = route;
    name_subject(match, asked, buffer);
  }
}

}  // namespace sluice::detection
