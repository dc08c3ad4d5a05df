// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/list_set.h"

#include <algorithm>
#include <random>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "daemon/app/operators/wire_types.h"
#include "daemon/base/clock.h"
#include "daemon/lists/image/lookup.h"
#include "daemon/lists/sync/source.h"

namespace sluice::app {
namespace {

using decisions::Mode;
using lists::ListAction;
using Kind = ListOutcome::Kind;

lists::Rule rule_of(const lists::ListOptions& options, lists::ListNumber number) {
  constexpr std::uint64_t kSecondNs = 1'000'000'000;
  lists::Rule rule{number, SLUICE_DROP, 0, 0, options.priority};
  if (options.action == ListAction::allow) rule.action = SLUICE_ALLOW;
  if (options.action == ListAction::throttle) {
    rule.action = SLUICE_THROTTLE;
    rule.interval_ns = kSecondNs / options.rate.packets_per_second;
    rule.tolerance_ns = (options.rate.burst - 1) * rule.interval_ns;
  }
  return rule;
}

std::uint64_t new_seed() {
  std::random_device random;
  return std::uint64_t{random()} << 32U | random();
}

template <class Lists>
auto* find_in(Lists& lists, std::string_view name) {
  const auto at = std::ranges::find(
      lists, name, [](const ReadList& l) -> auto& { return l.options.name; });
  return at == lists.end() ? nullptr : &*at;
}

// Keeps on disk what was fetched and is in force; says what became of that in the outcome.
void save(const ReadList& list, const ListNews& news, const std::string& folder, ListOutcome& outcome) {
  if (!news.copy || (outcome.kind != Kind::updated && outcome.kind != Kind::unchanged)) return;
  lists::Copy copy = *news.copy;
  if (news.of != ListNews::Of::text) {
    // Asked every few seconds: what did not change is not written again.
    const bool same = outcome.kind == Kind::unchanged;
    if (same && lists::confirm_copy(copy_path(folder, list.options), copy.checked)) return;
    copy.text = list.content->decisions->text();
  }
  copy.verified_by = list.options.public_key;
  const auto saved = lists::save_copy(copy_path(folder, list.options), list.options.source, copy);
  if (saved) return;
  if (!outcome.note.empty()) outcome.note += "; ";
  outcome.note += fmt::format("in force, but a restart will not have it: {}", saved.error().message());
}

void add_crawlers(const std::vector<ReadList>& lists, Bystanders& bystanders) {
  for (const ReadList& list : lists) {
    if (list.options.action != ListAction::verify_crawler || !list.content) continue;
    const auto& crawlers = list.content->crawlers;
    bystanders.crawlers.insert(bystanders.crawlers.end(), crawlers.begin(), crawlers.end());
  }
}

// Only whether a restart waits for an operator's word again depends on it, and status tells of a disk that
// refuses.
void keep_accepted_of(const std::vector<ReadList>& lists, const std::string& folder) {
  std::vector<const ReadList*> all(lists.size());
  std::ranges::transform(lists, all.begin(), [](const ReadList& list) { return &list; });
  (void)keep_accepted(all, folder);
}

bool any_updated(const std::vector<ListOutcome>& outcomes) {
  return std::ranges::find(outcomes, Kind::updated, &ListOutcome::kind) != outcomes.end();
}

// Why a list of CrowdSec's decisions holds a network; nothing for any other list.
std::optional<lists::CrowdsecDecisions::Decision> decision_of(const ReadList& list, const Prefix& prefix) {
  if (!list.content || !list.content->decisions) return std::nullopt;
  return list.content->decisions->find(prefix, list.options.types);
}

std::string words_of(const lists::CrowdsecDecisions::Decision& decision) {
  return fmt::format("CrowdSec's decision {}, {} of {}, for {} (origin {})", decision.id, decision.type,
                     decision.network.to_string(), decision.scenario, decision.origin);
}

}  // namespace

ListSet::Lists ListSet::numbered(const std::vector<lists::ListOptions>& wanted) const {
  Lists lists;
  std::array<bool, SLUICE_MAX_LISTS> taken{true};
  for (const lists::ListOptions& options : wanted) {
    ReadList& list = lists.emplace_back();
    list.options = options;
    const ReadList* before = find_in(lists_, options.name);
    if (before == nullptr) continue;
    list.number = before->number;
    list.use = before->use;
    taken[list.number] = true;
  }
  for (ReadList& list : lists) {
    if (list.number != 0) continue;
    const auto free = std::ranges::find(taken, false);
    *free = true;
    list.number = static_cast<lists::ListNumber>(free - taken.begin());
  }
  return lists;
}

ListRoles ListSet::roles_of(const Lists& lists) {
  ListRoles roles;
  for (const ReadList& list : lists)
    add_roles(list, roles);
  return roles;
}

void ListSet::compile(Batch& batch, Mode mode, kernel::ListTable& table) {
  mode = mode_with(roles_of(batch.lists), mode);
  std::vector<lists::Rule> rules;
  lists::Entries entries;
  for (ReadList& list : batch.lists) {
    list.armed = list.content && lists::is_for_packets(list.options.action) &&
                 (mode == Mode::enforce || list.options.action == ListAction::allow);
    if (!list.armed) continue;
    rules.push_back(rule_of(list.options, list.number));
    const lists::Entries& own = list.content->entries;
    entries.v4.insert(entries.v4.end(), own.v4.begin(), own.v4.end());
    entries.v6.insert(entries.v6.end(), own.v6.begin(), own.v6.end());
  }
  const lists::Compilation compilation(std::move(entries), rules);
  for (ReadList& list : batch.lists)
    list.redundant = compilation.redundant()[list.number];
  batch.has_image = false;
  if (rules.empty()) return;
  const auto built = compilation.build(new_seed(), table.spare());
  batch.has_image = static_cast<bool>(built);
  if (!built) batch.error = built.error();
}

kernel::Traffic ListSet::hits(lists::ListNumber number) const {
  const auto traffic = table_.hits(number);
  return traffic ? *traffic : kernel::Traffic{};
}

void ListSet::put_in_force(Batch batch) {
  for (ReadList& list : batch.lists) {
    const ReadList* before = find_in(lists_, list.options.name);
    const bool stays = before != nullptr && before->number == list.number;
    if (!stays) before_[list.number] = hits(list.number);
    // It may have been confirmed while the batch was in the making.
    if (stays && before->content == list.content) list.checked = std::max(list.checked, before->checked);
  }
  if (batch.has_image) {
    table_.publish();
  } else {
    table_.withdraw();
  }
  lists_ = std::move(batch.lists);
}

std::vector<Error> ListSet::read_what_can_be(const std::vector<lists::ListOptions>& wanted) {
  lists_ = numbered(wanted);
  std::vector<Error> errors;
  for (ReadList& list : lists_) {
    read_list(list, folder_);
    if (list.error) errors.push_back(list.error->in(fmt::format("list {}", list.options.name)));
  }
  return errors;
}

Result<void> ListSet::arm(Mode mode) {
  Batch batch;
  batch.lists = lists_;
  compile(batch, mode, table_);
  if (batch.error) {
    for (ReadList& list : batch.lists) {
      if (!list.error && list.armed) list.error = batch.error;
    }
    lists_ = std::move(batch.lists);
    return *batch.error;
  }
  put_in_force(std::move(batch));
  return {};
}

void ListSet::enqueue(Job job) {
  if (stopped_) {
    job.give_up();
    return;
  }
  jobs_.push_back(std::move(job));
  if (jobs_.size() == 1) next();
}

void ListSet::next() {
  if (worker_.joinable()) worker_.join();  // it has posted its result: it is at its end
  current_ = std::make_shared<bool>(true);
  worker_ = std::thread([this, current = current_, executor = executor_, work = jobs_.front().begin()] {
    auto batch = std::make_shared<Batch>(work());
    boost::asio::post(executor, [this, current, batch] {
      if (!*current) return;
      const Job job = std::move(jobs_.front());
      job.end(std::move(*batch));  // may add jobs, behind this one
      if (stopped_) return;
      jobs_.pop_front();
      if (!jobs_.empty()) next();
    });
  });
}

void ListSet::prepare(const std::vector<lists::ListOptions>& wanted, Mode mode, Bystanders bystanders,
                      Ready ready) {
  const auto shared = std::make_shared<Bystanders>(std::move(bystanders));
  const auto begin = [this, wanted, mode, shared] {
    add_crawlers(lists_, *shared);
    return [before = lists_, now_wanted = numbered(wanted), folder = folder_, mode, shared, &table = table_] {
      Batch batch;
      batch.lists = now_wanted;
      for (ReadList& list : batch.lists) {
        batch.outcomes.push_back(read_again(list, find_in(before, list.options.name), folder, *shared));
        // An operator cannot accept the content of a list before the list is there.
        if (!list.error || list.is_refused || lists::is_url(list.options.source)) continue;
        batch.error = list.error->in(fmt::format("list {}", list.options.name));
        return batch;
      }
      compile(batch, mode, table);
      return batch;
    };
  };
  const auto end = [this, ready](Batch batch) {
    prepared_ = std::move(batch);
    ready(prepared_.error ? Result<void>(*prepared_.error) : Result<void>());
    prepared_ = {};
  };
  enqueue({begin, end, [ready] { ready(Error("sluiced is stopping")); }});
}

std::vector<ListOutcome> ListSet::adopt() {
  std::vector<ListOutcome> outcomes = std::move(prepared_.outcomes);
  put_in_force(std::move(prepared_));
  prepared_ = {};
  keep_accepted_of(lists_, folder_);
  return outcomes;
}

// In the thread.
ListSet::Batch ListSet::taken(const Lists& before, const std::vector<ListNews>& news, Mode mode,
                              const Bystanders& bystanders, const std::string& folder,
                              kernel::ListTable& table) {
  Batch batch;
  batch.lists = before;
  for (const ListNews& one : news) {
    ReadList* list = find_in(batch.lists, one.name);
    batch.outcomes.push_back(list == nullptr
                                 ? ListOutcome{one.name, Kind::failed, "the configuration has it no more"}
                                 : take_news(*list, one, wall_now(), bystanders));
  }
  if (any_updated(batch.outcomes)) compile(batch, mode, table);
  if (batch.error) {  // as when there is no room: all stays as it was
    batch.lists = before;
    for (ListOutcome& outcome : batch.outcomes) {
      if (outcome.kind != Kind::updated) continue;
      const ReadList* list = find_in(batch.lists, outcome.name);
      outcome = {outcome.name, list->content ? Kind::kept : Kind::failed, batch.error->message()};
    }
    return batch;
  }
  if (any_updated(batch.outcomes)) keep_accepted_of(batch.lists, folder);
  for (std::size_t i = 0; i < news.size(); ++i) {
    if (const ReadList* list = find_in(batch.lists, news[i].name))
      save(*list, news[i], folder, batch.outcomes[i]);
  }
  return batch;
}

// The sources have confirmed what there is.
void ListSet::take_checked(const Lists& lists) {
  for (const ReadList& list : lists) {
    ReadList* own = find_in(lists_, list.options.name);
    if (own == nullptr) continue;
    own->checked = std::max(own->checked, list.checked);
    own->version = list.version;
    own->error = list.error;
    own->is_refused = list.is_refused;
  }
}

void ListSet::update(std::vector<ListNews> news, Mode mode, Bystanders bystanders, UpdateDone done) {
  const auto shared = std::make_shared<const std::vector<ListNews>>(std::move(news));
  const auto others = std::make_shared<Bystanders>(std::move(bystanders));
  const auto begin = [this, shared, others, mode] {
    add_crawlers(lists_, *others);
    return [before = lists_, shared, others, folder = folder_, mode, &table = table_] {
      return taken(before, *shared, mode, *others, folder, table);
    };
  };
  const auto end = [this, done](Batch batch) {
    std::vector<ListOutcome> outcomes = std::move(batch.outcomes);
    if (any_updated(outcomes)) {
      put_in_force(std::move(batch));
    } else if (!batch.error) {
      take_checked(batch.lists);
    }
    done(std::move(outcomes));
  };
  const auto give_up = [shared, done] {
    std::vector<ListOutcome> outcomes;
    for (const ListNews& one : *shared)
      outcomes.push_back({one.name, Kind::failed, "sluiced is stopping"});
    done(std::move(outcomes));
  };
  enqueue({begin, end, give_up});
}

void ListSet::confirm(std::string_view name, WallTime now) {
  ReadList* list = find_in(lists_, name);
  if (list == nullptr) return;
  list->checked = now;
  // Only the time of the next question depends on it, so that a failure costs one answer at most.
  (void)lists::confirm_copy(copy_path(folder_, list->options), now);
}

void ListSet::stop() {
  if (std::exchange(stopped_, true)) return;
  if (worker_.joinable()) worker_.join();
  if (current_) *current_ = false;
  for (const Job& job : std::exchange(jobs_, {})) {
    if (job.give_up) job.give_up();  // not of the one whose end has called this
  }
}

const ReadList* ListSet::list(std::string_view name) const {
  return find_in(lists_, name);
}

control::ListsAnswer ListSet::status() const {
  control::ListsAnswer answer;
  for (const ReadList& list : lists_) {
    control::ListStatus& row = answer.lists.emplace_back();
    row.name = list.options.name;
    row.action = to_wire(list.options.action);
    row.source = lists::shown_source(list.options.source);
    row.priority = list.options.priority;
    const bool for_packets = lists::is_for_packets(list.options.action);
    if (list.is_refused) {
      row.state = control::ListState::not_accepted;
      row.failure = list.error->message();
    } else if (list.error) {
      row.state = control::StateOrFault<control::ListState>::fault(list.error->message());
    } else if (!list.content) {
      row.state = control::ListState::not_fetched;
    } else {
      row.state = list.armed || !for_packets ? control::ListState::in_force : control::ListState::not_armed;
    }
    if (!list.content) continue;
    const lists::ListReport& report = list.content->report;
    row.entries_v4 = report.entries_v4;
    row.entries_v6 = report.entries_v6;
    row.redundant = list.redundant;
    row.host_bits = report.host_bits_cleared;
    row.bad_lines = report.bad_lines;
    row.too_wide = report.too_wide;
    row.spared = report.spared;
    for (const auto& [what, count] : report.not_for_packets)
      row.not_for_packets.push_back({what, count});
    if (list.error) continue;
    row.loaded = list.loaded;
    row.checked = list.checked;
    if (list.options.action == ListAction::verify_crawler) {
      row.verified = list.use->verified;
      row.contradicted = list.use->contradicted;
    }
    if (!for_packets) continue;
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
      std::ranges::find_if(lists_, [&](const ReadList& l) { return l.number == *number && l.armed; });
  if (list == lists_.end())
    return control::ListMatch{"of an earlier configuration", control::ListAction::unset, "", {}, ""};
  control::ListMatch match;
  match.name = list->options.name;
  match.action = to_wire(list->options.action);
  if (const auto decision = decision_of(*list, Prefix(address, max_prefix_length(address.family())))) {
    match.why = words_of(*decision);
    match.until = decision->until;
    match.remedy = fmt::format("`cscli decisions delete --id {}` ends CrowdSec's decision.", decision->id);
  }
  return match;
}

std::vector<control::ListHit> ListSet::holding(const Prefix& prefix) const {
  const auto counts = lists::find_list(table_.active(), prefix.address());
  std::vector<control::ListHit> hits;
  for (const ReadList& list : lists_) {
    if (!list.content) continue;
    const auto networks = lists::entries_holding(list.content->entries, prefix);
    if (networks.empty()) continue;
    control::ListHit& hit = hits.emplace_back();
    hit.name = list.options.name;
    hit.action = to_wire(list.options.action);
    hit.entry = networks.back();
    hit.counts = list.armed && counts == list.number;
    if (const auto decision = decision_of(list, prefix)) {
      hit.why = words_of(*decision);
      hit.until = decision->until;
    }
  }
  return hits;
}

}  // namespace sluice::app
