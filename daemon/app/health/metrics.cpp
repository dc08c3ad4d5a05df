// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/metrics.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace sluice::app {
namespace {

using Labels = std::vector<prometheus::ClientMetric::Label>;
using prometheus::MetricType;

double seconds_of(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

class Page {
 public:
  void gauge(std::string name, std::string help, double value, Labels labels = {}) {
    of(std::move(name), std::move(help), MetricType::Gauge).push_back(metric(std::move(labels))).gauge.value =
        value;
  }
  void counter(std::string name, std::string help, std::uint64_t value, Labels labels = {}) {
    of(std::move(name), std::move(help), MetricType::Counter)
        .push_back(metric(std::move(labels)))
        .counter.value = static_cast<double>(value);
  }
  [[nodiscard]] std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  // push_back that returns what it made.
  struct Metrics {
    std::vector<prometheus::ClientMetric>& all;
    prometheus::ClientMetric& push_back(prometheus::ClientMetric metric) const {
      all.push_back(std::move(metric));
      return all.back();
    }
  };

  [[nodiscard]] static prometheus::ClientMetric metric(Labels labels) {
    prometheus::ClientMetric made;
    made.label = std::move(labels);
    return made;
  }
  // Rows of one family come one after the other.
  [[nodiscard]] Metrics of(std::string name, std::string help, MetricType type) {
    if (families_.empty() || families_.back().name != name)
      families_.push_back({std::move(name), std::move(help), type, {}});
    return {families_.back().metric};
  }

  std::vector<prometheus::MetricFamily> families_;
};

void add_filter(const control::StatusAnswer& status, Page& page) {
  for (const control::InterfaceStatus& row : status.interfaces)
    page.gauge("sluice_interface_filtered", "Whether packets that come in at the interface are judged.",
               row.xdp_mode == control::XdpMode::not_attached ? 0 : 1,
               {{"interface", row.name},
                {"xdp_mode", std::string(to_text(row.xdp_mode))},
                {"placement", std::string(to_text(row.placement))}});
  for (const control::CounterRow& row : status.counters)
    page.counter("sluice_packets_total", "Packets, by what became of them and why.", row.packets,
                 {{"reason", row.reason}});
  for (const control::CounterRow& row : status.counters)
    page.counter("sluice_bytes_total", "Bytes of those packets.", row.bytes, {{"reason", row.reason}});
  page.counter("sluice_resets_sent_total", "Blocked connection attempts that were answered with a reset.",
               status.resets);
  page.counter("sluice_tls_hellos_total", "TLS ClientHellos read since the daemon started.", status.hellos);
  for (const control::LossRow& row : status.losses)
    page.counter("sluice_losses_total", "What was lost, forgotten or refused rather than wait, by kind.",
                 row.count, {{"kind", row.kind}});
}

void add_decisions(const control::StatusAnswer& status, Page& page) {
  const std::string decisions = "sluice_decisions";
  const std::string help = "Decisions in the ledger, by action.";
  page.gauge(decisions, help, static_cast<double>(status.blocks), {{"action", "block"}});
  page.gauge(decisions, help, static_cast<double>(status.throttles), {{"action", "throttle"}});
  page.gauge(decisions, help, static_cast<double>(status.allows), {{"action", "allow"}});
  page.gauge("sluice_denials_capacity", "Blocks and throttles of one family that the kernel's table holds.",
             static_cast<double>(status.decisions_capacity));
  page.gauge("sluice_allows_capacity", "Allows of one family that the kernel's table holds.",
             static_cast<double>(status.allows_capacity));
  page.counter("sluice_decisions_refused_total", "Decisions refused because a table was full, or failed.",
               status.refused_full);
  page.gauge("sluice_sources", "Sources that the detector remembers.", static_cast<double>(status.sources));
  page.gauge("sluice_sources_capacity", "Sources that the detector can remember.",
             static_cast<double>(status.sources_capacity));
  page.counter("sluice_sources_forgotten_total", "Sources forgotten for newer ones.",
               status.sources_forgotten);
}

void add_site(const control::StatusAnswer& status, Page& page) {
  const std::string pages = "sluice_pages_total";
  const std::string help =
      "Pages that were served, by whether a route, or the application, says whom they show.";
  page.counter(pages, help, status.pages_of_routes, {{"route", "yes"}});
  page.counter(pages, help, status.pages_of_no_route, {{"route", "no"}});
  const auto people =
      std::ranges::count_if(status.uncovered_shapes, &control::UncoveredShape::looks_like_people);
  page.gauge(
      "sluice_uncovered_people_shapes",
      "Shapes of URL that look like people and have no route, at most five: `sluicectl status` names them.",
      static_cast<double>(people));
  for (const control::SoftwareSeen& software : status.software) {
    if (software.clear)
      page.gauge("sluice_software_routes",
                 "Whether the ready-made routes of software that the site serves are in force.",
                 software.in_force ? 1 : 0, {{"software", software.name}});
  }
}

// Each member of the rows is a family of its own.
template <class Row, class Value>
void add_each(Page& page, bool counter, const std::string& name, const std::string& help,
              const std::vector<Row>& rows, const std::string& label, std::string Row::*key, Value value) {
  for (const Row& row : rows) {
    if (counter) {
      page.counter(name, help, static_cast<std::uint64_t>(value(row)), {{label, row.*key}});
    } else {
      page.gauge(name, help, static_cast<double>(value(row)), {{label, row.*key}});
    }
  }
}

void add_logs(const control::StatusAnswer& status, Page& page) {
  using Log = control::LogStatus;
  const auto add = [&](bool counter, const std::string& name, const std::string& help, auto value) {
    add_each(page, counter, name, help, status.logs, "log", &Log::path, value);
  };
  add(false, "sluice_log_following", "Whether the log is read.",
      [](const Log& log) { return log.state == control::LogState::following ? 1 : 0; });
  add(true, "sluice_log_lines_total", "Lines read.", [](const Log& log) { return log.lines; });
  add(true, "sluice_log_requests_total", "Lines that were requests.",
      [](const Log& log) { return log.requests; });
  add(true, "sluice_log_unreadable_lines_total", "Lines that could not be read.",
      [](const Log& log) { return log.unreadable; });
  add(true, "sluice_log_forwarded_requests_total", "Requests that came through a trusted proxy.",
      [](const Log& log) { return log.forwarded; });
  add(true, "sluice_log_nameless_requests_total", "Of those, the ones that do not say whom they are for.",
      [](const Log& log) { return log.nameless; });
  add(true, "sluice_log_subjects_cut_total",
      "Requests whose field `subjects` was longer than is read, or cut: some of the people are not counted.",
      [](const Log& log) { return log.subjects_cut; });
  add(true, "sluice_log_datagrams_lost_total", "Datagrams that the kernel had no room for.",
      [](const Log& log) { return log.datagrams_lost; });
  add(false, "sluice_log_files_refused", "Files of the log that cannot be read.",
      [](const Log& log) { return log.files_refused; });
  add(false, "sluice_log_lag_bytes", "Bytes written and not read yet.",
      [](const Log& log) { return log.lag_bytes; });
  for (const Log& log : status.logs) {
    if (log.last_line)
      page.gauge("sluice_log_last_line_timestamp_seconds", "When the last line was read.",
                 seconds_of(*log.last_line), {{"log", log.path}});
  }
}

void add_lists(const control::StatusAnswer& status, const control::ListsAnswer& lists, Page& page) {
  using List = control::ListStatus;
  const auto add = [&](bool counter, const std::string& name, const std::string& help, auto value) {
    add_each(page, counter, name, help, lists.lists, "list", &List::name, value);
  };
  add(false, "sluice_list_in_force", "Whether the list has an effect on packets.",
      [](const List& list) { return list.state == control::ListState::in_force ? 1 : 0; });
  add(false, "sluice_list_entries", "Networks that the list holds.",
      [](const List& list) { return list.entries_v4 + list.entries_v6; });
  add(false, "sluice_list_bad_lines", "Lines of the list that were left out.",
      [](const List& list) { return list.bad_lines; });
  add(false, "sluice_list_not_for_packets",
      "CrowdSec's decisions of other scopes and types than the list takes.", [](const List& list) {
        std::uint64_t sum = 0;
        for (const control::LeftOut& row : list.not_for_packets)
          sum += row.count;
        return sum;
      });
  add(true, "sluice_list_packets_total", "Packets that the list decided about.",
      [](const List& list) { return list.packets.value_or(0); });
  for (const List& list : lists.lists) {
    if (!list.verified) continue;
    const std::string name = "sluice_list_requests_total";
    const std::string help = "Requests that said they were a crawler of the list, by what was found.";
    page.counter(name, help, *list.verified, {{"list", list.name}, {"verdict", "verified"}});
    page.counter(name, help, list.contradicted.value_or(0),
                 {{"list", list.name}, {"verdict", "contradicted"}});
  }
  add(false, "sluice_list_failures", "Attempts to update the list that changed nothing, on end.",
      [](const List& list) { return list.failures; });
  for (const List& list : lists.lists) {
    if (list.loaded)
      page.gauge("sluice_list_loaded_timestamp_seconds", "When the list was read.", seconds_of(*list.loaded),
                 {{"list", list.name}});
    if (list.checked)
      page.gauge("sluice_list_checked_timestamp_seconds", "When the list's source last confirmed it.",
                 seconds_of(*list.checked), {{"list", list.name}});
  }
  page.gauge("sluice_list_image_bytes", "Bytes of the compiled lists.",
             static_cast<double>(status.list_memory.used));
  page.gauge("sluice_list_image_capacity_bytes", "Bytes that the compiled lists may take.",
             static_cast<double>(status.list_memory.available));
}

}  // namespace

std::string metrics_text(const control::StatusAnswer& status, const control::ListsAnswer& lists,
                         WallTime now) {
  Page page;
  page.gauge("sluice_build_info", "Always 1.", 1, {{"version", status.version}});
  page.gauge("sluice_enforcing", "Whether decisions have an effect on packets.",
             status.mode == control::Mode::enforce ? 1 : 0);
  page.gauge("sluice_warnings", "What makes protection absent, in part or in whole: `sluicectl status` says.",
             static_cast<double>(status.warnings.size()));
  add_filter(status, page);
  add_decisions(status, page);
  add_logs(status, page);
  add_site(status, page);
  add_lists(status, lists, page);
  page.gauge("sluice_store_ok", "Whether what is decided would survive a restart.",
             status.store == control::StoreState::ok ? 1 : 0);
  page.gauge("sluice_control_connections", "Operators' connections that are open.",
             static_cast<double>(status.control.connections));
  page.counter("sluice_control_refused_peers_total", "Requests of peers who may not use the socket.",
               status.control.refused_peers);
  page.gauge("process_resident_memory_bytes", "Resident memory of sluiced.",
             static_cast<double>(status.rss_bytes));
  page.gauge("process_start_time_seconds", "When sluiced started, since 1970.",
             seconds_of(now) - static_cast<double>(status.uptime_seconds));
  return page.text();
}

}  // namespace sluice::app
