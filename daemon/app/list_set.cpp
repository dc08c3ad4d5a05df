// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/list_set.h"

#include <algorithm>
#include <random>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "daemon/base/clock.h"
#include "daemon/lists/lookup.h"

namespace sluice::app {
namespace {

using pipeline::Action;
using pipeline::Mode;

lists::Rule rule_of(const lists::ListOptions& options, lists::ListNumber number) {
  constexpr std::uint64_t kSecondNs = 1'000'000'000;
  switch (options.action) {
    case Action::allow:
      return {number, SLUICE_ALLOW, 0, 0};
    case Action::throttle: {
      const std::uint64_t interval = kSecondNs / options.rate.packets_per_second;
      return {number, SLUICE_THROTTLE, interval, (options.rate.burst - 1) * interval};
    }
    default:
      return {number, SLUICE_DROP, 0, 0};
  }
}

std::uint64_t new_seed() {
  std::random_device random;
  return std::uint64_t{random()} << 32U | random();
}

}  // namespace

std::vector<ListSet::List> ListSet::numbered(const std::vector<lists::ListOptions>& wanted) const {
  std::vector<List> lists;
  std::array<bool, SLUICE_MAX_LISTS> taken{true};
  for (const lists::ListOptions& options : wanted) {
    List& list = lists.emplace_back();
    list.options = options;
    const auto before = std::ranges::find(
        lists_, options.name, [](const List& l) -> auto& { return l.options.name; });
    if (before == lists_.end()) continue;
    list.number = before->number;
    taken[list.number] = true;
  }
  for (List& list : lists) {
    if (list.number != 0) continue;
    const auto free = std::ranges::find(taken, false);
    *free = true;
    list.number = static_cast<lists::ListNumber>(free - taken.begin());
  }
  return lists;
}

void ListSet::read(List& list, Mode mode, lists::Entries& entries) {
  const std::size_t v4 = entries.v4.size();
  const std::size_t v6 = entries.v6.size();
  auto report = lists::load_netset(list.options.path, list.number, entries);
  list.armed = report && (mode == Mode::enforce || list.options.action == Action::allow);
  if (!list.armed) {  // read all the same, for its faults
    entries.v4.resize(v4);
    entries.v6.resize(v6);
  }
  if (report) {
    list.report = *std::move(report);
  } else {
    list.error = report.error();
  }
}

void ListSet::compile(Batch& batch, lists::Entries entries, kernel::ListTable& table) {
  std::vector<lists::Rule> rules;
  for (const List& list : batch.lists) {
    if (list.armed) rules.push_back(rule_of(list.options, list.number));
  }
  const lists::Compilation compilation(std::move(entries), rules);
  for (List& list : batch.lists)
    list.redundant = compilation.redundant()[list.number];
  if (rules.empty()) return;
  const auto built = compilation.build(new_seed(), table.spare());
  batch.has_image = static_cast<bool>(built);
  if (!built) batch.error = built.error();
}

ListSet::Batch ListSet::make(std::vector<List> lists, Mode mode, bool all_or_none, kernel::ListTable& table) {
  Batch batch;
  batch.lists = std::move(lists);
  lists::Entries entries;
  for (List& list : batch.lists) {
    read(list, mode, entries);
    if (list.error && all_or_none) {
      batch.error = list.error->in(fmt::format("list {}", list.options.name));
      return batch;
    }
  }
  compile(batch, std::move(entries), table);
  return batch;
}

kernel::Traffic ListSet::hits(lists::ListNumber number) const {
  const auto traffic = table_.hits(number);
  return traffic ? *traffic : kernel::Traffic{};
}

void ListSet::put_in_force(std::vector<List> lists, bool has_image) {
  for (const List& list : lists) {
    const bool stays = std::ranges::any_of(lists_, [&](const List& l) {
      return l.number == list.number && l.options.name == list.options.name;
    });
    if (!stays) before_[list.number] = hits(list.number);
  }
  if (has_image) {
    table_.publish();
  } else {
    table_.withdraw();
  }
  lists_ = std::move(lists);
  loaded_ = wall_now();
}

std::vector<Error> ListSet::load_what_can_be(const std::vector<lists::ListOptions>& wanted, Mode mode) {
  Batch batch = make(numbered(wanted), mode, false, table_);
  std::vector<Error> errors;
  for (List& list : batch.lists) {
    if (batch.error && !list.error) list.error = batch.error;
    if (list.error) errors.push_back(list.error->in(fmt::format("list {}", list.options.name)));
  }
  if (batch.error) {
    lists_ = std::move(batch.lists);
  } else {
    put_in_force(std::move(batch.lists), batch.has_image);
  }
  return errors;
}

void ListSet::prepare(const std::vector<lists::ListOptions>& wanted, Mode mode, Ready ready) {
  if (ready_) {
    ready(Error("the lists are being read already; try again when that is done"));
    return;
  }
  ready_ = std::move(ready);
  if (wanted.empty()) {
    finish({});
    return;
  }
  if (worker_.joinable()) worker_.join();  // it has posted its result: it is at its end
  current_ = std::make_shared<bool>(true);
  worker_ = std::thread([this, current = current_, executor = executor_, lists = numbered(wanted), mode] {
    auto batch = std::make_shared<Batch>(make(lists, mode, true, table_));
    boost::asio::post(executor, [this, current, batch] {
      if (*current) finish(std::move(*batch));
    });
  });
}

void ListSet::finish(Batch batch) {
  const Ready ready = std::exchange(ready_, {});
  prepared_ = std::move(batch);
  ready(prepared_.error ? Result<void>(*prepared_.error) : Result<void>());
}

std::vector<std::string> ListSet::adopt() {
  std::vector<std::string> notes;
  for (const List& list : prepared_.lists) {
    if (list.report.bad_lines == 0) continue;
    notes.push_back(fmt::format("list {}: {}: {} lines are left out: {}", list.options.name,
                                list.options.path, list.report.bad_lines,
                                fmt::join(list.report.faults, "; ")));
  }
  put_in_force(std::move(prepared_.lists), prepared_.has_image);
  prepared_ = {};
  return notes;
}

void ListSet::stop() {
  if (worker_.joinable()) worker_.join();
  if (current_) *current_ = false;
  if (ready_) std::exchange(ready_, {})(Error("sluiced is stopping"));
}

control::ListsAnswer ListSet::status() const {
  control::ListsAnswer answer;
  for (const List& list : lists_) {
    control::ListStatus& row = answer.lists.emplace_back();
    row.name = list.options.name;
    row.action = pipeline::to_string(list.options.action);
    row.path = list.options.path;
    row.state = list.error ? list.error->message() : list.armed ? "in force" : "not armed in observe mode";
    row.entries_v4 = list.report.entries_v4;
    row.entries_v6 = list.report.entries_v6;
    row.redundant = list.redundant;
    row.host_bits = list.report.host_bits_cleared;
    row.bad_lines = list.report.bad_lines;
    if (list.error) continue;
    row.loaded = loaded_;
    const kernel::Traffic traffic = hits(list.number);
    row.packets = traffic.packets - before_[list.number].packets;
    row.bytes = traffic.bytes - before_[list.number].bytes;
  }
  const auto image = table_.active();
  answer.memory.used = image.size_bytes();
  answer.memory.available = table_.half_lines() * sizeof(sluice_list_line);
  if (!image.empty()) {
    const auto& head = *reinterpret_cast<const sluice_list_image*>(image.data());
    answer.memory.entries_v4 = head.entries_v4;
    answer.memory.entries_v6 = head.entries_v6;
  }
  return answer;
}

std::optional<control::ListMatch> ListSet::find(const Address& address) const {
  const auto number = lists::find_list(table_.active(), address);
  if (!number) return std::nullopt;
  const auto list =
      std::ranges::find_if(lists_, [&](const List& l) { return l.number == *number && l.armed; });
  if (list == lists_.end()) return control::ListMatch{"of an earlier configuration", ""};
  return control::ListMatch{list->options.name, std::string(pipeline::to_string(list->options.action))};
}

}  // namespace sluice::app
