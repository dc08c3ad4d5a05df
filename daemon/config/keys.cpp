// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/keys.h"

#include <functional>
#include <iterator>
#include <optional>

#include "bpf/wire.h"
#include "daemon/config/heuristic_keys.h"
#include "daemon/config/list_keys.h"
#include "daemon/config/log_keys.h"
#include "daemon/config/retention_keys.h"
#include "daemon/config/row.h"
#include "daemon/config/site_keys.h"
#include "daemon/config/table.h"
#include "daemon/config/value.h"

namespace sluice::config {
namespace {

using decisions::PolicyOptions;
using decisions::Rate;
using detection::RouteTableOptions;
using intake::LogOptions;
using kernel::FilterOptions;
using kernel::LimitOptions;
using lists::ListOptions;

constexpr Seconds kHour{3600};
constexpr Seconds kTenYears{10 * 366 * 86400LL};  // the longest that parse_duration reads

void check_limit(const LimitOptions& limit, const toml::table& table, const Place& place) {
  if (limit.packets_per_second == 0 && limit.bytes_per_second == 0 && limit.attempts_per_second == 0) {
    place.refuse(table, "limits nothing: give packets_per_second, bytes_per_second or attempts_per_second");
  }
}

// ---- kinds that several rows share ----

const Real kScore{0.1, 100};
const Duration<Seconds> kTime{Seconds(1), kTenYears};

template <class Int>
Whole<Int> whole(std::int64_t least, std::int64_t most) {
  return {least, most};
}

// The parts of a Config that rows write into.
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
      key<LimitOptions>("port", whole<std::uint16_t>(0, 65535), kItself, &LimitOptions::port,
                        Trait::required),
      key<LimitOptions>("packets_per_second", whole<std::uint64_t>(0, kMostPerSecond), kItself,
                        &LimitOptions::packets_per_second),
      key<LimitOptions>("bytes_per_second", whole<std::uint64_t>(0, kMostPerSecond), kItself,
                        &LimitOptions::bytes_per_second),
      key<LimitOptions>("attempts_per_second", whole<std::uint64_t>(0, kMostPerSecond), kItself,
                        &LimitOptions::attempts_per_second),
      key<LimitOptions>("burst", Duration<Nanoseconds>{Seconds(1), kHour}, kItself, &LimitOptions::burst),
  };
}

namespace {

std::vector<Key<Config>> top_keys() {
  const Choice<decisions::Mode> mode{
      {{"observe", decisions::Mode::observe}, {"enforce", decisions::Mode::enforce}}};
  const Choice<Preset> preset{{{"careful", Preset::careful},
                               {"balanced", Preset::balanced},
                               {"strict", Preset::strict},
                               {"small_site", Preset::small_site}}};
  const List<Text> includes{include_path(), 0, kMaxIncludes};
  return {
      key<Config>("mode", mode, kItself, &Config::mode),
      key<Config>("preset", preset, kItself, &Config::preset),
      key<Config>("include", includes, kItself, &Config::includes),
  };
}

std::vector<Key<Config>> filter_keys() {
  constexpr Trait kAtAttach = Trait::at_attach;
  const Choice<kernel::Scope> scope{{{"ports", kernel::Scope::ports}, {"all", kernel::Scope::all}}};
  const Choice<kernel::XdpMode> xdp_mode{{{"auto", kernel::XdpMode::automatic},
                                          {"native", kernel::XdpMode::native},
                                          {"generic", kernel::XdpMode::generic}}};
  const List<Text> interfaces{interface_name(), 0, 64};
  const List<Whole<std::uint16_t>> ports{{1, 65535}, 1, SLUICE_MAX_PORTS};
  const Entries<LimitOptions> limits{limit_keys(), check_limit};
  const Duration<Nanoseconds> interval{Seconds(1), kHour};
  return {
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
  };
}

std::vector<Key<Config>> input_keys() {
  const List<Network> networks{{}, 0, 1000};
  const List<Text> list_paths{list_path(), 0, 64};
  const Choice<intake::ProxyHeader> header{{{"x-forwarded-for", intake::ProxyHeader::x_forwarded_for},
                                            {"forwarded", intake::ProxyHeader::forwarded}}};
  const Entries<LogOptions> logs{log_keys(), check_log};
  const Entries<ListOptions> lists{list_keys(), check_list, SLUICE_MAX_LISTS - 1};
  return {
      key<Config>("protect.management", networks, kItself, &Config::management),

      key<Config>("list", lists, kItself, &Config::lists),

      key<Config>("log", logs, kItself, &Config::logs),

      key<Config>("proxies.trusted", networks, proxies, &intake::ProxyOptions::trusted),
      key<Config>("proxies.lists", list_paths, proxies, &intake::ProxyOptions::lists),
      key<Config>("proxies.header", header, proxies, &intake::ProxyOptions::header),
  };
}

std::vector<Key<Config>> identity_keys() {
  using detection::DetectorOptions;
  using detection::IdentityOptions;
  constexpr Trait kAtAttach = Trait::at_attach;
  return {
      key<Config>("identity.ipv6_prefix_length", whole<unsigned>(32, 128), identity,
                  &IdentityOptions::ipv6_prefix_length, kAtAttach),
      key<Config>("identity.max_sources", whole<std::size_t>(1'000, 10'000'000), detector,
                  &DetectorOptions::max_sources),
      key<Config>("identity.max_accounts", whole<std::size_t>(1'000, 10'000'000), detector,
                  &DetectorOptions::max_accounts),

      key<Config>("asn.database", optional_path(), knowledge, &KnowledgeOptions::asn_database),
  };
}

std::vector<Key<Config>> url_keys() {
  const List<Text> extensions{file_extension(), 0, 1000};
  const List<Text> url_paths{url_path(), 0, 1000};
  return {
      key<Config>("assets.extensions", extensions, routes, &RouteTableOptions::asset_extensions),
      key<Config>("assets.prefixes", url_paths, routes, &RouteTableOptions::asset_prefixes),

      key<Config>("decoy.paths", url_paths, routes, &RouteTableOptions::decoys),

      key<Config>("robots.path", optional_path(), knowledge, &KnowledgeOptions::robots_path),
  };
}

std::vector<Key<Config>> knowledge_keys() {
  const List<Text> files{absolute_path(), 0, 100};
  return {
      key<Config>("agents.lists", files, knowledge, &KnowledgeOptions::agent_lists),
      key<Config>("crawlers.lists", files, knowledge, &KnowledgeOptions::crawler_lists),
  };
}

std::vector<Key<Config>> policy_keys() {
  const Whole<std::uint32_t> rate{1, 1'000'000};
  return {
      key<Config>("policy.throttle_score", kScore, policy, &PolicyOptions::throttle_score),
      key<Config>("policy.block_score", kScore, policy, &PolicyOptions::block_score),
      key<Config>("policy.throttle_rate", rate, throttle_rate, &Rate::packets_per_second),
      key<Config>("policy.throttle_burst", rate, throttle_rate, &Rate::burst),
      key<Config>("policy.throttle_for", kTime, policy, &PolicyOptions::throttle_for),
      key<Config>("policy.block_for", kTime, policy, &PolicyOptions::block_for),
      key<Config>("policy.growth", Real{1, 100}, policy, &PolicyOptions::growth),
      key<Config>("policy.max_for", kTime, policy, &PolicyOptions::max_for),
      key<Config>("policy.memory", kTime, policy, &PolicyOptions::memory),
  };
}

std::vector<Key<Config>> operator_keys() {
  return {
      key<Config>("control.socket", socket_path(), control, &ControlOptions::socket, Trait::at_restart),
      key<Config>("control.group", group_name(), control, &ControlOptions::group, Trait::at_restart),
      key<Config>("control.operators", optional_group_name(), control, &ControlOptions::operators,
                  Trait::at_restart),
      key<Config>("control.viewers", optional_group_name(), control, &ControlOptions::viewers,
                  Trait::at_restart),
      key<Config>("control.default_for", kTime, control, &ControlOptions::default_for),
      key<Config>("control.max_for", kTime, control, &ControlOptions::max_for),
      key<Config>("control.widest_ipv4", Whole<unsigned>{0, 32}, control, &ControlOptions::widest_ipv4),
      key<Config>("control.widest_ipv6", Whole<unsigned>{0, 128}, control, &ControlOptions::widest_ipv6),
      key<Config>("control.widest_together", Whole<unsigned>{1, 1'000'000}, control,
                  &ControlOptions::widest_together),

      key<Config>("store.path", absolute_path(), store, &StoreOptions::path, Trait::at_restart),
  };
}

std::vector<Key<Config>> service_keys() {
  const Choice<std::string> level{
      {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}}};
  return {
      key<Config>("metrics.listen", listen_address(), metrics, &MetricsOptions::listen, Trait::at_restart),

      key<Config>("logging.level", level, kItself, &Config::log_level),
  };
}

}  // namespace

std::vector<Key<Config>> config_keys() {
  std::vector<Key<Config>> keys;
  // The keys of a table stand together.
  for (auto section :
       {top_keys(), filter_keys(), input_keys(), identity_keys(), site_table_keys(), url_keys(),
        heuristic_keys(), knowledge_keys(), policy_keys(), operator_keys(), retention_keys(), service_keys()})
    std::ranges::move(section, std::back_inserter(keys));
  return keys;
}

void read_layer(const toml::table& table, Config& config, Report& report) {
  read_table(table, {}, {}, config_keys(), config, report);
}

}  // namespace sluice::config
