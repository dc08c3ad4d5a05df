// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/list_reading.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/clock.h"
#include "daemon/lists/sanity.h"
#include "daemon/lists/sync/accepted.h"
#include "daemon/lists/sync/source.h"

namespace sluice::app {
namespace {

using lists::Content;
using Kind = ListOutcome::Kind;

// Why new content may not take the place of the old, which is of the same source; empty where it may.
std::string shrink_objection(const lists::ListOptions& options, const Content* before, const Content& fresh) {
  if (before == nullptr || !lists::shrank(before->size(), fresh.size(), options.max_shrink)) return {};
  return fmt::format(
      "it has {} entries where it had {}, and may lose {:.0f} % at once "
      "(max_shrink); `sluicectl lists refresh --force {}` takes it",
      fresh.size(), before->size(), 100 * options.max_shrink, options.name);
}

void put(ReadList& list, Content content, WallTime loaded, WallTime checked) {
  list.content = std::make_shared<const Content>(std::move(content));
  list.loaded = loaded;
  list.checked = checked;
  list.error.reset();
  list.is_refused = false;
}

// Leaves what there is.
ListOutcome refuse(ReadList& list, std::string why) {
  list.is_refused = !list.content;
  if (list.is_refused) list.error = Error(why);
  return {list.options.name, list.content ? Kind::kept : Kind::failed, std::move(why)};
}

std::string accepted_path(const std::string& folder) {
  return folder + "/.accepted";
}

void read_accepted(ReadList& list, const std::string& folder) {
  for (const lists::Accepted& accepted : lists::load_accepted(accepted_path(folder))) {
    if (accepted.name == list.options.name && accepted.source == list.options.source)
      list.accepted = accepted.coverage;
  }
}

// Reads a file or folder on this host. `before` is what the list had; it may have been of another source.
ListOutcome read_local(ReadList& list, const Content* before, bool same_source,
                       const Bystanders& bystanders) {
  auto content = lists::read_content(list.options, list.number);
  if (!content) {
    list.error = content.error();
    return {list.options.name, Kind::failed, {}};
  }
  std::string why = same_source ? shrink_objection(list.options, before, *content) : std::string();
  if (why.empty()) why = growth_objection(list.options, {before, list.accepted}, *content, bystanders);
  if (!why.empty()) return refuse(list, std::move(why));
  const WallTime now = wall_now();
  put(list, *std::move(content), now, now);
  return {list.options.name, Kind::updated, left_out(list.content->report)};
}

ListOutcome not_taken(const ReadList& list, std::string why) {
  return {list.options.name, list.content ? Kind::kept : Kind::failed, std::move(why)};
}

Result<Content> content_of_copy(const lists::Copy& copy, const lists::ListOptions& options,
                                lists::ListNumber number) {
  if (options.format != lists::ListFormat::crowdsec)
    return lists::make_content(copy.text, {}, options, number);
  auto decisions = lists::CrowdsecDecisions::read_text(copy.text, wall_now(), options.max_entries);
  if (!decisions) return decisions.error();
  return lists::make_content(*std::move(decisions), options, number);
}

// There is no objection to decisions that are fewer: each of them ends. If changes are refused, all decisions
// are asked for next, so that none is lost.
ListOutcome take_decisions(ReadList& list, const ListNews& news, WallTime now, const Bystanders& bystanders) {
  using Of = ListNews::Of;
  const bool has = list.content && list.content->decisions;
  if (!has && news.of != Of::all_decisions)
    return not_taken(list, "there are no decisions yet that could change");
  const lists::CrowdsecDecisions none;
  const lists::CrowdsecDecisions& before = has ? *list.content->decisions : none;
  auto decisions =
      news.of == Of::ended_decisions
          ? Result<lists::CrowdsecDecisions>(before.without_ended(now))
          : lists::CrowdsecDecisions::read_answer(news.copy->text, news.of == Of::changed_decisions, before,
                                                  now, list.options.max_entries);
  if (!decisions) {
    const std::string why = decisions.error().in(lists::shown_source(list.options.source)).message();
    if (!list.content) list.error = Error(why);
    return not_taken(list, why);
  }
  Content fresh = lists::make_content(*std::move(decisions), list.options, list.number);
  const WallTime checked = news.of == Of::ended_decisions ? list.checked : now;
  if (!news.force && news.of != Of::ended_decisions) {
    if (std::string why = growth_objection(list.options, {list.content.get(), {}}, fresh, bystanders);
        !why.empty())
      return refuse(list, std::move(why));
  }
  const std::string note = left_out(fresh.report);
  if (has && list.content->digest == fresh.digest) {
    list.checked = checked;
    return {list.options.name, Kind::unchanged, note};
  }
  put(list, std::move(fresh), now, checked);
  return {list.options.name, Kind::updated, note};
}

}  // namespace

std::string_view to_string(ListOutcome::Kind kind) {
  switch (kind) {
    case Kind::updated:
      return "updated";
    case Kind::unchanged:
      return "unchanged";
    case Kind::kept:
      return "kept";
    case Kind::failed:
      return "failed";
  }
  return "";
}

std::string lists_folder(const std::string& store_path) {
  return (std::filesystem::path(store_path).parent_path() / "lists").string();
}

std::string copy_path(const std::string& folder, const lists::ListOptions& options) {
  return fmt::format("{}/{}", folder, options.name);
}

bool reads_alike(const lists::ListOptions& a, const lists::ListOptions& b) {
  lists::ListOptions like = a;  // but for what says when, how and what for
  like.rate = b.rate;
  like.priority = b.priority;
  like.every = b.every;
  like.timeout = b.timeout;
  like.max_shrink = b.max_shrink;
  like.max_growth = b.max_growth;
  like.ca = b.ca;
  return like == b;
}

std::string left_out(const lists::ListReport& report) {
  if (report.bad_lines == 0) return {};
  return fmt::format("{} lines are left out: {}", report.bad_lines, fmt::join(report.faults, "; "));
}

std::optional<WallTime> next_end(const ReadList& list) {
  if (!list.content || !list.content->decisions) return std::nullopt;
  return list.content->decisions->next_end();
}

void read_list(ReadList& list, const std::string& folder) {
  if (!lists::is_url(list.options.source)) {
    read_accepted(list, folder);
    (void)read_local(list, nullptr, false, {});  // what it says is the error of the list
    return;
  }
  auto copy =
      lists::load_copy(copy_path(folder, list.options), list.options.source, list.options.max_bytes());
  if (!copy) {
    list.error = copy.error();
    return;
  }
  if (!*copy) return;
  lists::ListOptions options = list.options;
  if (!options.public_key.empty() && (*copy)->verified_by != options.public_key)
    return;                    // by another, or none
  options.public_key.clear();  // it was verified when it came
  auto content = content_of_copy(**copy, options, list.number);
  if (!content) {
    list.error = content.error().in(copy_path(folder, list.options));
    return;
  }
  list.version = (*copy)->version;
  put(list, *std::move(content), (*copy)->fetched, std::min((*copy)->checked, wall_now()));
}

Result<void> keep_accepted(const std::vector<const ReadList*>& lists, const std::string& folder) {
  std::vector<lists::Accepted> accepted;
  for (const ReadList* list : lists) {
    if (lists::is_url(list->options.source)) continue;
    // What could not be read this time stays accepted.
    const lists::Coverage coverage = list->content ? coverage_of(*list->content) : list->accepted;
    if (coverage.v4 > list->options.max_growth || coverage.v6 > list->options.max_growth)
      accepted.push_back({list->options.name, list->options.source, coverage});
  }
  return lists::save_accepted(accepted_path(folder), accepted);
}

ListOutcome take_news(ReadList& list, const ListNews& news, WallTime now, const Bystanders& bystanders) {
  if (news.source != list.options.source) return not_taken(list, "its source was changed meanwhile");
  if (news.of != ListNews::Of::text) return take_decisions(list, news, now, bystanders);
  auto fresh = news.copy ? lists::make_content(news.copy->text, news.signature, list.options, list.number)
                         : lists::read_content(list.options, list.number);
  if (!fresh) {
    const std::string why = news.copy ? fresh.error().in(lists::shown_source(list.options.source)).message()
                                      : fresh.error().message();
    if (!list.content) list.error = Error(why);
    return not_taken(list, why);
  }
  if (!news.force) {
    const Content* const before = list.content.get();
    std::string why = shrink_objection(list.options, before, *fresh);
    if (why.empty()) why = growth_objection(list.options, {before, list.accepted}, *fresh, bystanders);
    if (!why.empty()) return refuse(list, std::move(why));
  }
  if (news.copy) list.version = news.copy->version;
  const std::string note = left_out(fresh->report);
  if (list.content && list.content->digest == fresh->digest) {
    list.checked = now;
    return {list.options.name, Kind::unchanged, note};
  }
  put(list, *std::move(fresh), now, now);
  return {list.options.name, Kind::updated, note};
}

ListOutcome read_again(ReadList& list, const ReadList* before, const std::string& folder,
                       const Bystanders& bystanders) {
  const bool alike = before != nullptr && before->content && reads_alike(before->options, list.options);
  const auto keep = [&] {
    list.content = before->content;
    list.loaded = before->loaded;
    list.checked = before->checked;
    list.version = before->version;
    list.accepted = before->accepted;
    list.error.reset();
    list.is_refused = false;
  };
  if (lists::is_url(list.options.source)) {
    if (alike) {
      keep();
      return {list.options.name, Kind::unchanged, {}};
    }
    read_list(list, folder);
    return {list.options.name, Kind::updated, list.content ? left_out(list.content->report) : ""};
  }
  read_accepted(list, folder);
  const bool has_base = before != nullptr && before->options.action == list.options.action;
  ListOutcome outcome = read_local(list, has_base ? before->content.get() : nullptr, alike, bystanders);
  if (!list.is_refused || !alike) return outcome;
  keep();
  outcome.kind = Kind::kept;
  return outcome;
}

}  // namespace sluice::app
