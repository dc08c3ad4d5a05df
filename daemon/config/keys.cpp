// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/keys.h"

#include <functional>
#include <iterator>
#include <optional>

#include "bpf/wire.h"
#include "daemon/config/company_keys.h"
#include "daemon/config/list_keys.h"
#include "daemon/config/log_keys.h"
#include "daemon/config/retention_keys.h"
#include "daemon/config/row.h"
#include "daemon/config/scale_keys.h"
#include "daemon/config/value.h"

namespace sluice::config {
namespace {

using intake::LogOptions;
using kernel::FilterOptions;
using kernel::LimitOptions;
using lists::ListOptions;
using decisions::PolicyOptions;
using decisions::Rate;
using detection::RouteOptions;
using detection::RouteTableOptions;

constexpr Seconds kHour{3600};
constexpr Seconds kTenYears{10 * 366 * 86400LL};  // the longest that parse_duration reads
constexpr std::size_t kMaxEntries = 256;          // of [[log]] and [[route]]: each request walks the routes

// ---- finding the row for a key of the file ----

template <class T>
const Key<T>* find(const std::vector<Key<T>>& keys, std::string_view name) {
  const auto at = std::ranges::find(keys, name, &Key<T>::name);
  return at == keys.end() ? nullptr : &*at;
}

// What may stand in the table `path` ("policy." or ""): keys and tables, each once, in their order.
template <class T>
std::vector<std::string_view> names_in(const std::vector<Key<T>>& keys, std::string_view path) {
  std::vector<std::string_view> names;
  for (const Key<T>& key : keys) {
    if (!key.name.starts_with(path)) continue;
    const std::string_view rest = key.name.substr(path.size());
    const std::string_view name = rest.substr(0, rest.find('.'));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

// Why a key is unknown, as helpfully as can be said.
template <class T>
std::string unknown(const std::vector<Key<T>>& keys, std::string_view path, std::string_view name) {
  for (const Key<T>& key : keys) {
    if (key.name.starts_with("heuristics.scale.")) continue;  // these are called as tables are
    const auto dot = key.name.rfind('.');
    if (key.name.substr(dot + 1) != name) continue;
    if (dot == std::string_view::npos) return "unknown here; it belongs at the top, before the first [table]";
    return fmt::format("unknown here; it belongs in [{}]", key.name.substr(0, dot));
  }
  const auto names = names_in(keys, path);
  if (const auto meant = nearest(name, names); !meant.empty()) {
    return fmt::format("unknown; did you mean {}?", meant);
  }
  return fmt::format("unknown; here may stand {}", fmt::join(names, ", "));
}

// Reads a table whose keys are named `path` and on; faults name them `label` and on.
template <class T>
void read_table(const toml::table& table, const std::string& path, const std::string& label,
                const std::vector<Key<T>>& keys, T& out, Report& report) {
  for (const auto& [key, node] : table) {
    const std::string name = path + std::string(key.str());
    const unsigned line = key.source().begin.line;
    const Place place{report, label + name};
    const bool plain =
        key.str().find('.') == std::string_view::npos;  // "policy.growth" in quotes is one odd key
    if (const Key<T>* row = plain ? find(keys, name) : nullptr) {
      report.note(place.key, line);
      row->read(node, out, place);
    } else if (!plain || names_in(keys, name + '.').empty()) {
      report.refuse(line, place.key, unknown(keys, path, key.str()));
    } else if (const auto* inner = node.as_table()) {
      read_table(*inner, name + '.', label, keys, out, report);
    } else {
      report.refuse(line, place.key, fmt::format("{} is not a table; write [{}]", found(node), place.key));
    }
  }
}

// ---- [[log]] and [[route]] ----

// A list of tables, each a T.
template <class T>
struct Entries {
  using Value = std::vector<T>;
  std::vector<Key<T>> keys;
  // What no single key can tell, and what follows from several; or null.
  std::function<void(T&, const toml::table&, const Place&)> check;
  std::size_t most = kMaxEntries;

  [[nodiscard]] std::optional<Value> read(const toml::node& node, const Place& place) const {
    const auto* array = node.as_array();
    if (array == nullptr) {
      place.refuse(node, fmt::format("{} is not a list of tables; write [[{}]]", found(node), place.key));
      return std::nullopt;
    }
    if (array->size() > most) {
      place.refuse(*array->get(most), fmt::format("there are {}; at most {}", array->size(), most));
      return std::nullopt;
    }
    Value entries;
    std::map<std::pair<std::string_view, std::string>, unsigned> taken;
    for (const toml::node& item : *array) {
      const auto* table = item.as_table();
      if (table == nullptr) {
        place.refuse(item, fmt::format("{} is not a table; write [[{}]]", found(item), place.key));
        continue;
      }
      T& entry = entries.emplace_back();
      read_table(*table, {}, place.key + '.', keys, entry, place.report);
      for (const Key<T>& key : keys)
        check_key(key, entry, *table, place, taken);
      if (check != nullptr) check(entry, *table, place);
    }
    return entries;
  }

  [[nodiscard]] std::string write(const Value& entries) const {
    const T untouched{};
    std::vector<std::string> tables;
    for (const T& entry : entries) {
      std::vector<std::string> pairs;
      for (const Key<T>& key : keys) {
        std::string value = key.write(entry);
        // A table inside an entry is for those who need it.
        const bool spare = key.trait == Trait::optional || key.trait == Trait::distinct ||
                           key.name.find('.') != std::string_view::npos;
        if (spare && value == key.write(untouched)) continue;
        pairs.push_back(fmt::format("{} = {}", key.name, value));
      }
      tables.push_back(fmt::format("{{{}}}", fmt::join(pairs, ", ")));
    }
    return fmt::format("[{}]", fmt::join(tables, ", "));
  }

 private:
  void check_key(const Key<T>& key, const T& entry, const toml::table& table, const Place& place,
                 std::map<std::pair<std::string_view, std::string>, unsigned>& taken) const {
    if (key.trait != Trait::required && key.trait != Trait::unique && key.trait != Trait::distinct) return;
    const Place inner{place.report, fmt::format("{}.{}", place.key, key.name)};
    const toml::node* node = table.get(key.name);
    if (node == nullptr) {
      if (key.trait != Trait::distinct)
        inner.refuse(table, fmt::format("missing; every [[{}]] needs one", place.key));
      return;
    }
    const T untouched{};
    std::string text = key.write(entry);
    if (key.trait == Trait::required || text == key.write(untouched)) return;  // untouched: it was refused
    const auto [first, is_new] = taken.try_emplace({key.name, std::move(text)}, line_of(*node));
    if (is_new) return;
    inner.refuse(*node, fmt::format("{} stands in the [[{}]] at line {} too; take one out",
                                    first->first.second, place.key, first->second));
  }
};

void check_limit(const LimitOptions& limit, const toml::table& table, const Place& place) {
  if (limit.packets_per_second == 0 && limit.bytes_per_second == 0 && limit.attempts_per_second == 0) {
    place.refuse(table, "limits nothing: give packets_per_second, bytes_per_second or attempts_per_second");
  }
}

// What only the whole list, and the ports beside it, can tell.
void check_limits(const Config& config, Report& report) {
  const auto& limits = config.filter.limits;
  const Origin at = report.origin("limit");
  if (limits.size() > SLUICE_MAX_LIMITS)
    report.refuse(at, "limit", fmt::format("there are {}; at most {}", limits.size(), SLUICE_MAX_LIMITS));
  if (report.refused("limit.port")) return;  // it reads as 0, which another may have
  for (auto limit = limits.begin(); limit != limits.end(); ++limit) {
    const auto& ports = config.filter.ports;
    if (std::find_if(limits.begin(), limit,
                     [&](const LimitOptions& other) { return other.port == limit->port; }) != limit)
      report.refuse(at, "limit.port", fmt::format("{} has two limits; take one out", limit->port));
    if (limit->port != 0 && std::ranges::find(ports, limit->port) == ports.end())
      report.refuse(at, "limit.port",
                    fmt::format("{} is not one of filter.ports, so nothing would be limited", limit->port));
  }
}

// ---- kinds that several rows share ----

const Real kScore{0.1, 100};
const Real kWeight{0, 100};
const Duration<Seconds> kTime{Seconds(1), kTenYears};

template <class Int>
Whole<Int> whole(std::int64_t least, std::int64_t most) {
  return {least, most};
}

// The parts of a Config that rows write into.
const auto top = [](auto& c) -> auto& {
  return c;
};
const auto filter = [](auto& c) -> auto& {
  return c.filter;
};
const auto identity = [](auto& c) -> auto& {
  return c.detector.identity;
};
const auto detector = [](auto& c) -> auto& {
  return c.detector;
};
const auto routes = [](auto& c) -> auto& {
  return c.detector.routes;
};
const auto probing = [](auto& c) -> auto& {
  return c.detector.probing;
};
const auto robots = [](auto& c) -> auto& {
  return c.detector.robots;
};
const auto timing = [](auto& c) -> auto& {
  return c.detector.timing;
};
const auto volume = [](auto& c) -> auto& {
  return c.detector.volume;
};
const auto coverage = [](auto& c) -> auto& {
  return c.detector.coverage;
};
const auto connections = [](auto& c) -> auto& {
  return c.detector.connections;
};
const auto page_rate = [](auto& c) -> auto& {
  return c.detector.page_rate;
};
const auto breadth = [](auto& c) -> auto& {
  return c.detector.breadth;
};
const auto enumeration = [](auto& c) -> auto& {
  return c.detector.enumeration;
};
const auto decoy = [](auto& c) -> auto& {
  return c.detector.decoy;
};
const auto user_agent = [](auto& c) -> auto& {
  return c.detector.user_agent;
};
const auto client_habits = [](auto& c) -> auto& {
  return c.detector.client_habits;
};
const auto crawler = [](auto& c) -> auto& {
  return c.detector.crawler;
};
const auto tls_claim = [](auto& c) -> auto& {
  return c.detector.tls_claim;
};
const auto returning = [](auto& c) -> auto& {
  return c.detector.returning;
};
const auto knowledge = [](auto& c) -> auto& {
  return c.knowledge;
};
const auto policy = [](auto& c) -> auto& {
  return c.policy;
};
const auto throttle_rate = [](auto& c) -> auto& {
  return c.policy.throttle_rate;
};
const auto metrics = [](auto& c) -> auto& {
  return c.metrics;
};
const auto control = [](auto& c) -> auto& {
  return c.control;
};
const auto proxies = [](auto& c) -> auto& {
  return c.proxies;
};
const auto store = [](auto& c) -> auto& {
  return c.store;
};

}  // namespace

std::vector<Key<LimitOptions>> limit_keys() {
  constexpr std::int64_t kMostPerSecond = 1'000'000'000;
  return {
      key<LimitOptions>("port", whole<std::uint16_t>(0, 65535), top, &LimitOptions::port, Trait::required),
      key<LimitOptions>("packets_per_second", whole<std::uint64_t>(0, kMostPerSecond), top,
                        &LimitOptions::packets_per_second),
      key<LimitOptions>("bytes_per_second", whole<std::uint64_t>(0, kMostPerSecond), top,
                        &LimitOptions::bytes_per_second),
      key<LimitOptions>("attempts_per_second", whole<std::uint64_t>(0, kMostPerSecond), top,
                        &LimitOptions::attempts_per_second),
      key<LimitOptions>("burst", Duration<Nanoseconds>{Seconds(1), kHour}, top, &LimitOptions::burst),
  };
}

std::vector<Key<RouteOptions>> route_keys() {
  const Choice<detection::Sensitivity> sensitivity{{{"low", detection::Sensitivity::low},
                                                   {"normal", detection::Sensitivity::normal},
                                                   {"high", detection::Sensitivity::high}}};
  return {
      key<RouteOptions>("name", route_name(), top, &RouteOptions::name, Trait::unique),
      key<RouteOptions>("pattern", route_pattern(), top, &RouteOptions::pattern, Trait::unique),
      key<RouteOptions>("sensitivity", sensitivity, top, &RouteOptions::sensitivity),
  };
}

std::vector<Key<Config>> config_keys() {
  using detection::BreadthOptions;
  using detection::ClientHabitsOptions;
  using detection::ConnectionsOptions;
  using detection::CoverageOptions;
  using detection::CrawlerHeuristicOptions;
  using detection::DecoyOptions;
  using detection::DetectorOptions;
  using detection::EnumerationOptions;
  using detection::IdentityOptions;
  using detection::PageRateOptions;
  using detection::ProbingOptions;
  using detection::ReturningOptions;
  using detection::RobotsOptions;
  using detection::TimingOptions;
  using detection::TlsClaimOptions;
  using detection::UserAgentOptions;
  using detection::VolumeOptions;
  constexpr Trait kAtAttach = Trait::at_attach;

  const Choice<decisions::Mode> mode{
      {{"observe", decisions::Mode::observe}, {"enforce", decisions::Mode::enforce}}};
  const Choice<Preset> preset{{{"careful", Preset::careful},
                               {"balanced", Preset::balanced},
                               {"strict", Preset::strict},
                               {"small_site", Preset::small_site}}};
  const List<Text> includes{include_path(), 0, kMaxIncludes};
  const Choice<kernel::Scope> scope{{{"ports", kernel::Scope::ports}, {"all", kernel::Scope::all}}};
  const Choice<kernel::XdpMode> xdp_mode{{{"auto", kernel::XdpMode::automatic},
                                          {"native", kernel::XdpMode::native},
                                          {"generic", kernel::XdpMode::generic}}};
  const Choice<std::string> level{
      {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}}};
  const List<Text> interfaces{interface_name(), 0, 64};
  const List<Whole<std::uint16_t>> ports{{1, 65535}, 1, SLUICE_MAX_PORTS};
  const List<Network> networks{{}, 0, 1000};
  const List<Text> files{absolute_path(), 0, 100};
  const List<Text> list_paths{list_path(), 0, 64};
  const Choice<intake::ProxyHeader> header{{{"x-forwarded-for", intake::ProxyHeader::x_forwarded_for},
                                            {"forwarded", intake::ProxyHeader::forwarded}}};
  const List<Text> extensions{file_extension(), 0, 1000};
  const List<Text> url_paths{url_path(), 0, 1000};
  const Entries<LogOptions> logs{log_keys(), check_log};
  const Entries<RouteOptions> route_list{route_keys(), nullptr};
  const Entries<LimitOptions> limits{limit_keys(), check_limit};
  const Entries<ListOptions> lists{list_keys(), check_list, SLUICE_MAX_LISTS - 1};
  const Whole<std::uint32_t> rate{1, 1'000'000};
  const Real subjects{1, 16'000};  // a source is known to have read no more than SubjectSet::kMaxSubjects
  const Duration<Nanoseconds> interval{Seconds(1), kHour};

  std::vector<Key<Config>> keys = {
      key<Config>("mode", mode, top, &Config::mode),
      key<Config>("preset", preset, top, &Config::preset),
      key<Config>("include", includes, top, &Config::includes),

      key<Config>("filter.interfaces", interfaces, filter, &FilterOptions::interfaces, kAtAttach),
      key<Config>("filter.scope", scope, filter, &FilterOptions::scope, kAtAttach),
      key<Config>("filter.ports", ports, filter, &FilterOptions::ports, kAtAttach),
      key<Config>("filter.xdp_mode", xdp_mode, filter, &FilterOptions::xdp_mode, kAtAttach),
      key<Config>("filter.bpf_fs", absolute_path(), filter, &FilterOptions::bpf_fs, kAtAttach),
      key<Config>("filter.max_decisions", whole<std::uint32_t>(1, 10'000'000), filter,
                  &FilterOptions::max_decisions, kAtAttach),
      key<Config>("filter.max_allows", whole<std::uint32_t>(1, 1'000'000), filter, &FilterOptions::max_allows,
                  kAtAttach),
      key<Config>("filter.max_sources", whole<std::uint32_t>(64, 10'000'000), filter,
                  &FilterOptions::max_sources, kAtAttach),
      key<Config>("filter.list_memory_mib", whole<std::uint32_t>(0, 4'096), filter,
                  &FilterOptions::list_memory_mib, kAtAttach),
      key<Config>("filter.report_interval", interval, filter, &FilterOptions::report_interval, kAtAttach),
      key<Config>("filter.reject", Boolean{}, filter, &FilterOptions::reject, kAtAttach),
      key<Config>("filter.hellos", Boolean{}, filter, &FilterOptions::hellos, kAtAttach),

      key<Config>("limit", limits, filter, &FilterOptions::limits, kAtAttach),

      key<Config>("protect.management", networks, top, &Config::management),

      key<Config>("list", lists, top, &Config::lists),

      key<Config>("log", logs, top, &Config::logs),

      key<Config>("proxies.trusted", networks, proxies, &intake::ProxyOptions::trusted),
      key<Config>("proxies.lists", list_paths, proxies, &intake::ProxyOptions::lists),
      key<Config>("proxies.header", header, proxies, &intake::ProxyOptions::header),

      key<Config>("identity.ipv6_prefix_length", whole<unsigned>(32, 128), identity,
                  &IdentityOptions::ipv6_prefix_length, kAtAttach),
      key<Config>("identity.max_sources", whole<std::size_t>(1'000, 10'000'000), detector,
                  &DetectorOptions::max_sources),
      key<Config>("identity.max_accounts", whole<std::size_t>(1'000, 10'000'000), detector,
                  &DetectorOptions::max_accounts),

      key<Config>("asn.database", optional_path(), knowledge, &KnowledgeOptions::asn_database),

      key<Config>("route", route_list, routes, &RouteTableOptions::routes),

      key<Config>("assets.extensions", extensions, routes, &RouteTableOptions::asset_extensions),
      key<Config>("assets.prefixes", url_paths, routes, &RouteTableOptions::asset_prefixes),

      key<Config>("decoy.paths", url_paths, routes, &RouteTableOptions::decoys),

      key<Config>("robots.path", optional_path(), knowledge, &KnowledgeOptions::robots_path),

      key<Config>("heuristics.probing.enabled", Boolean{}, probing, &ProbingOptions::enabled),
      key<Config>("heuristics.probing.missing_pages", whole<unsigned>(2, 64), probing,
                  &ProbingOptions::missing_pages),
      key<Config>("heuristics.probing.min_share", Real{0, 1}, probing, &ProbingOptions::min_share),
      key<Config>("heuristics.probing.probes", whole<unsigned>(1, 1'000), probing, &ProbingOptions::probes),
      key<Config>("heuristics.probing.weight", kWeight, probing, &ProbingOptions::weight),
      key<Config>("heuristics.probing.max_weight", kWeight, probing, &ProbingOptions::max_weight),

      key<Config>("heuristics.robots.enabled", Boolean{}, robots, &RobotsOptions::enabled),
      key<Config>("heuristics.robots.disobeyed_pages", whole<unsigned>(1, 100'000), robots,
                  &RobotsOptions::disobeyed_pages),
      key<Config>("heuristics.robots.unread_pages", whole<unsigned>(1, 100'000), robots,
                  &RobotsOptions::unread_pages),
      key<Config>("heuristics.robots.weight", kWeight, robots, &RobotsOptions::weight),
      key<Config>("heuristics.robots.max_weight", kWeight, robots, &RobotsOptions::max_weight),

      key<Config>("heuristics.timing.enabled", Boolean{}, timing, &TimingOptions::enabled),
      key<Config>("heuristics.timing.min_subjects", whole<unsigned>(1, 10'000), timing,
                  &TimingOptions::min_subjects),
      key<Config>("heuristics.timing.max_variation", Real{0, 1}, timing, &TimingOptions::max_variation),
      key<Config>("heuristics.timing.min_hurried_share", Real{0.5, 1}, timing,
                  &TimingOptions::min_hurried_share),
      key<Config>("heuristics.timing.active_hours", whole<unsigned>(12, 24), timing,
                  &TimingOptions::active_hours),
      key<Config>("heuristics.timing.weight", kWeight, timing, &TimingOptions::weight),
      key<Config>("heuristics.timing.max_weight", kWeight, timing, &TimingOptions::max_weight),

      key<Config>("heuristics.volume.enabled", Boolean{}, volume, &VolumeOptions::enabled),
      key<Config>("heuristics.volume.pages_per_hour", Real{1, 1e9}, volume, &VolumeOptions::pages_per_hour),
      key<Config>("heuristics.volume.megabytes_per_hour", Real{1, 1e9}, volume,
                  &VolumeOptions::megabytes_per_hour),
      key<Config>("heuristics.volume.weight", kWeight, volume, &VolumeOptions::weight),
      key<Config>("heuristics.volume.max_weight", kWeight, volume, &VolumeOptions::max_weight),

      key<Config>("heuristics.coverage.enabled", Boolean{}, coverage, &CoverageOptions::enabled),
      key<Config>("heuristics.coverage.min_subjects", whole<unsigned>(1, 16'000), coverage,
                  &CoverageOptions::min_subjects),
      key<Config>("heuristics.coverage.min_first_visits", Real{0.5, 1}, coverage,
                  &CoverageOptions::min_first_visits),
      key<Config>("heuristics.coverage.list_pages", whole<unsigned>(2, 100'000), coverage,
                  &CoverageOptions::list_pages),
      key<Config>("heuristics.coverage.weight", kWeight, coverage, &CoverageOptions::weight),
      key<Config>("heuristics.coverage.max_weight", kWeight, coverage, &CoverageOptions::max_weight),

      key<Config>("heuristics.connections.enabled", Boolean{}, connections, &ConnectionsOptions::enabled),
      key<Config>("heuristics.connections.min_pages", whole<unsigned>(1, 100'000), connections,
                  &ConnectionsOptions::min_pages),
      key<Config>("heuristics.connections.min_attempts_per_request", Real{0.1, 100}, connections,
                  &ConnectionsOptions::min_attempts_per_request),
      key<Config>("heuristics.connections.weight", kWeight, connections, &ConnectionsOptions::weight),
      key<Config>("heuristics.connections.max_weight", kWeight, connections, &ConnectionsOptions::max_weight),

      key<Config>("heuristics.page_rate.enabled", Boolean{}, page_rate, &PageRateOptions::enabled),
      key<Config>("heuristics.page_rate.pages_per_minute", Real{1, 100'000}, page_rate,
                  &PageRateOptions::pages_per_minute),
      key<Config>("heuristics.page_rate.weight", kWeight, page_rate, &PageRateOptions::weight),
      key<Config>("heuristics.page_rate.max_weight", kWeight, page_rate, &PageRateOptions::max_weight),

      key<Config>("heuristics.breadth.enabled", Boolean{}, breadth, &BreadthOptions::enabled),
      key<Config>("heuristics.breadth.subjects_per_hour", subjects, breadth,
                  &BreadthOptions::subjects_per_hour),
      key<Config>("heuristics.breadth.subjects_per_day", subjects, breadth,
                  &BreadthOptions::subjects_per_day),
      key<Config>("heuristics.breadth.subjects_per_week", subjects, breadth,
                  &BreadthOptions::subjects_per_week),
      key<Config>("heuristics.breadth.subjects_per_four_weeks", Real{1, 1'000'000}, breadth,
                  &BreadthOptions::subjects_per_four_weeks),
      key<Config>("heuristics.breadth.share_of_more_clients", Real{0, 1}, breadth,
                  &BreadthOptions::share_of_more_clients),
      key<Config>("heuristics.breadth.weight", kWeight, breadth, &BreadthOptions::weight),
      key<Config>("heuristics.breadth.max_weight", kWeight, breadth, &BreadthOptions::max_weight),

      key<Config>("heuristics.enumeration.enabled", Boolean{}, enumeration, &EnumerationOptions::enabled),
      key<Config>("heuristics.enumeration.min_subjects", whole<unsigned>(8, 64), enumeration,
                  &EnumerationOptions::min_subjects),
      key<Config>("heuristics.enumeration.min_regularity", Real{0.5, 1}, enumeration,
                  &EnumerationOptions::min_regularity),
      key<Config>("heuristics.enumeration.min_names", whole<unsigned>(8, 120), enumeration,
                  &EnumerationOptions::min_names),
      key<Config>("heuristics.enumeration.names_weight", kWeight, enumeration,
                  &EnumerationOptions::names_weight),
      key<Config>("heuristics.enumeration.weight", kWeight, enumeration, &EnumerationOptions::weight),
      key<Config>("heuristics.enumeration.max_weight", kWeight, enumeration, &EnumerationOptions::max_weight),

      key<Config>("heuristics.decoy.enabled", Boolean{}, decoy, &DecoyOptions::enabled),
      key<Config>("heuristics.decoy.weight", kWeight, decoy, &DecoyOptions::weight),
      key<Config>("heuristics.decoy.max_weight", kWeight, decoy, &DecoyOptions::max_weight),

      key<Config>("heuristics.user_agent.enabled", Boolean{}, user_agent, &UserAgentOptions::enabled),
      key<Config>("heuristics.user_agent.list_weight", kWeight, user_agent, &UserAgentOptions::list_weight),
      key<Config>("heuristics.user_agent.weight", kWeight, user_agent, &UserAgentOptions::weight),
      key<Config>("heuristics.user_agent.max_weight", kWeight, user_agent, &UserAgentOptions::max_weight),

      key<Config>("heuristics.client_habits.enabled", Boolean{}, client_habits,
                  &ClientHabitsOptions::enabled),
      key<Config>("heuristics.client_habits.min_pages", whole<unsigned>(5, 1'000), client_habits,
                  &ClientHabitsOptions::min_pages),
      key<Config>("heuristics.client_habits.weight", kWeight, client_habits, &ClientHabitsOptions::weight),
      key<Config>("heuristics.client_habits.max_weight", kWeight, client_habits,
                  &ClientHabitsOptions::max_weight),

      key<Config>("heuristics.crawler.enabled", Boolean{}, crawler, &CrawlerHeuristicOptions::enabled),
      key<Config>("heuristics.crawler.weight", kWeight, crawler, &CrawlerHeuristicOptions::weight),

      key<Config>("heuristics.tls_claim.enabled", Boolean{}, tls_claim, &TlsClaimOptions::enabled),
      key<Config>("heuristics.tls_claim.min_pages", whole<unsigned>(1, 1'000), tls_claim,
                  &TlsClaimOptions::min_pages),
      key<Config>("heuristics.tls_claim.weight", kWeight, tls_claim, &TlsClaimOptions::weight),
      key<Config>("heuristics.tls_claim.max_weight", kWeight, tls_claim, &TlsClaimOptions::max_weight),

      key<Config>("heuristics.returning.enabled", Boolean{}, returning, &ReturningOptions::enabled),
      key<Config>("heuristics.returning.weight", kWeight, returning, &ReturningOptions::weight),
      key<Config>("heuristics.returning.max_weight", kWeight, returning, &ReturningOptions::max_weight),

      key<Config>("heuristics.most_supporting", kWeight, detector, &DetectorOptions::most_supporting),

      key<Config>("agents.lists", files, knowledge, &KnowledgeOptions::agent_lists),
      key<Config>("crawlers.lists", files, knowledge, &KnowledgeOptions::crawler_lists),

      key<Config>("policy.throttle_score", kScore, policy, &PolicyOptions::throttle_score),
      key<Config>("policy.block_score", kScore, policy, &PolicyOptions::block_score),
      key<Config>("policy.throttle_rate", rate, throttle_rate, &Rate::packets_per_second),
      key<Config>("policy.throttle_burst", rate, throttle_rate, &Rate::burst),
      key<Config>("policy.throttle_for", kTime, policy, &PolicyOptions::throttle_for),
      key<Config>("policy.block_for", kTime, policy, &PolicyOptions::block_for),
      key<Config>("policy.growth", Real{1, 100}, policy, &PolicyOptions::growth),
      key<Config>("policy.max_for", kTime, policy, &PolicyOptions::max_for),
      key<Config>("policy.memory", kTime, policy, &PolicyOptions::memory),

      key<Config>("control.socket", socket_path(), control, &ControlOptions::socket, Trait::at_restart),
      key<Config>("control.group", group_name(), control, &ControlOptions::group, Trait::at_restart),
      key<Config>("control.operators", optional_group_name(), control, &ControlOptions::operators,
                  Trait::at_restart),
      key<Config>("control.viewers", optional_group_name(), control, &ControlOptions::viewers,
                  Trait::at_restart),
      key<Config>("control.default_for", kTime, control, &ControlOptions::default_for),
      key<Config>("control.max_for", kTime, control, &ControlOptions::max_for),

      key<Config>("store.path", absolute_path(), store, &StoreOptions::path, Trait::at_restart),

      key<Config>("metrics.listen", listen_address(), metrics, &MetricsOptions::listen, Trait::at_restart),

      key<Config>("logging.level", level, top, &Config::log_level),
  };
  // The keys of a table stand together.
  const auto insert = [&keys](std::vector<Key<Config>> more, std::ptrdiff_t after) {
    const auto at = std::ranges::find(keys, "heuristics.most_supporting", &Key<Config>::name) + after;
    std::ranges::move(more, std::inserter(keys, at));
  };
  insert(company_keys(), 0);
  std::ranges::move(retention_keys(),
                    std::inserter(keys, std::ranges::find(keys, "metrics.listen", &Key<Config>::name)));
  insert(scale_keys(), 1);
  return keys;
}

std::vector<Order> orders() {
  std::vector<Order> orders = {
      {"heuristics.probing.weight", "heuristics.probing.max_weight",
       [](const Config& c) { return c.detector.probing.weight <= c.detector.probing.max_weight; }},
      {"heuristics.robots.weight", "heuristics.robots.max_weight",
       [](const Config& c) { return c.detector.robots.weight <= c.detector.robots.max_weight; }},
      {"heuristics.timing.weight", "heuristics.timing.max_weight",
       [](const Config& c) { return c.detector.timing.weight <= c.detector.timing.max_weight; }},
      {"heuristics.volume.weight", "heuristics.volume.max_weight",
       [](const Config& c) { return c.detector.volume.weight <= c.detector.volume.max_weight; }},
      {"heuristics.coverage.weight", "heuristics.coverage.max_weight",
       [](const Config& c) { return c.detector.coverage.weight <= c.detector.coverage.max_weight; }},
      {"heuristics.connections.weight", "heuristics.connections.max_weight",
       [](const Config& c) { return c.detector.connections.weight <= c.detector.connections.max_weight; }},
      {"heuristics.page_rate.weight", "heuristics.page_rate.max_weight",
       [](const Config& c) { return c.detector.page_rate.weight <= c.detector.page_rate.max_weight; }},
      {"heuristics.breadth.subjects_per_hour", "heuristics.breadth.subjects_per_day",
       [](const Config& c) {
         return c.detector.breadth.subjects_per_hour <= c.detector.breadth.subjects_per_day;
       }},
      {"heuristics.breadth.subjects_per_day", "heuristics.breadth.subjects_per_week",
       [](const Config& c) {
         return c.detector.breadth.subjects_per_day <= c.detector.breadth.subjects_per_week;
       }},
      {"heuristics.breadth.subjects_per_week", "heuristics.breadth.subjects_per_four_weeks",
       [](const Config& c) {
         return c.detector.breadth.subjects_per_week <= c.detector.breadth.subjects_per_four_weeks;
       }},
      {"heuristics.returning.weight", "heuristics.returning.max_weight",
       [](const Config& c) { return c.detector.returning.weight <= c.detector.returning.max_weight; }},
      {"heuristics.breadth.weight", "heuristics.breadth.max_weight",
       [](const Config& c) { return c.detector.breadth.weight <= c.detector.breadth.max_weight; }},
      {"heuristics.enumeration.names_weight", "heuristics.enumeration.max_weight",
       [](const Config& c) {
         return c.detector.enumeration.names_weight <= c.detector.enumeration.max_weight;
       }},
      {"heuristics.enumeration.weight", "heuristics.enumeration.max_weight",
       [](const Config& c) { return c.detector.enumeration.weight <= c.detector.enumeration.max_weight; }},
      {"heuristics.decoy.weight", "heuristics.decoy.max_weight",
       [](const Config& c) { return c.detector.decoy.weight <= c.detector.decoy.max_weight; }},
      {"heuristics.user_agent.list_weight", "heuristics.user_agent.weight",
       [](const Config& c) { return c.detector.user_agent.list_weight <= c.detector.user_agent.weight; }},
      {"heuristics.user_agent.weight", "heuristics.user_agent.max_weight",
       [](const Config& c) { return c.detector.user_agent.weight <= c.detector.user_agent.max_weight; }},
      {"heuristics.client_habits.weight", "heuristics.client_habits.max_weight",
       [](const Config& c) {
         return c.detector.client_habits.weight <= c.detector.client_habits.max_weight;
       }},
      {"heuristics.tls_claim.weight", "heuristics.tls_claim.max_weight",
       [](const Config& c) { return c.detector.tls_claim.weight <= c.detector.tls_claim.max_weight; }},
      {"policy.throttle_score", "policy.block_score",
       [](const Config& c) { return c.policy.throttle_score <= c.policy.block_score; }},
      {"policy.block_for", "policy.max_for",
       [](const Config& c) { return c.policy.block_for <= c.policy.max_for; }},
      {"control.default_for", "control.max_for",
       [](const Config& c) { return c.control.default_for <= c.control.max_for; }},
  };
  const auto company = company_orders();
  orders.insert(orders.end(), company.begin(), company.end());
  return orders;
}

void read_layer(const toml::table& table, Config& config, Report& report) {
  read_table(table, {}, {}, config_keys(), config, report);
}

void check_whole(Config& config, Report& report) {
  const auto keys = config_keys();
  // How the value stands there that the one told of contradicts.
  const auto whose = [&](std::string_view name, Layer told) -> std::string {
    const Origin at = report.origin(name);
    if (at.layer == kDefaults) return " by default";
    return at.layer == told ? "" : fmt::format(" by {}", report.file(at.layer));
  };
  for (const Order& order : orders()) {
    if (order.holds(config) || report.refused(order.lesser) || report.refused(order.greater)) continue;
    // The one that was written last is told, for it broke the order.
    const bool at_lesser = report.origin(order.lesser) > report.origin(order.greater);
    const auto [name, other] =
        at_lesser ? std::pair(order.lesser, order.greater) : std::pair(order.greater, order.lesser);
    const Origin told = report.origin(name);
    report.refuse(told, name,
                  fmt::format("{} is {} than {}, which is {}{}", find(keys, name)->write(config),
                              at_lesser ? "greater" : "less", other, find(keys, other)->write(config),
                              whose(other, told.layer)));
  }
  check_limits(config, report);
  config.filter.ipv6_source_length = config.detector.identity.ipv6_prefix_length;
}

}  // namespace sluice::config
