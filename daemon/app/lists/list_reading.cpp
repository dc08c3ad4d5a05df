// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/list_reading.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/clock.h"
#include "daemon/lists/sanity.h"
#include "daemon/lists/sync/source.h"

namespace sluice::app {
namespace {

using lists::Content;
using Kind = ListOutcome::Kind;

// Why new content may not take the place of the old; empty where it may.
std::string objection(const ReadList& list, const Content& fresh) {
  if (!list.content || !lists::shrank(list.content->size(), fresh.size(), list.options.max_shrink)) return {};
  return fmt::format(
      "it has {} entries where it had {}, and may lose {:.0f} % at once "
      "(max_shrink); `sluicectl lists refresh --force {}` takes it",
      fresh.size(), list.content->size(), 100 * list.options.max_shrink, list.options.name);
}

void put(ReadList& list, Content content, WallTime loaded, WallTime checked) {
  list.content = std::make_shared<const Content>(std::move(content));
  list.loaded = loaded;
  list.checked = checked;
  list.error.reset();
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

// There is no objection to decisions that are fewer: each of them ends.
ListOutcome take_decisions(ReadList& list, const ListNews& news, WallTime now) {
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
    const std::string why = decisions.error().in(list.options.source).message();
    if (!list.content) list.error = Error(why);
    return not_taken(list, why);
  }
  Content fresh = lists::make_content(*std::move(decisions), list.options, list.number);
  const WallTime checked = news.of == Of::ended_decisions ? list.checked : now;
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
    auto content = lists::read_content(list.options, list.number);
    const WallTime now = wall_now();
    if (content) {
      put(list, *std::move(content), now, now);
    } else {
      list.error = content.error();
    }
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

ListOutcome take_news(ReadList& list, const ListNews& news, WallTime now) {
  if (news.source != list.options.source) return not_taken(list, "its source was changed meanwhile");
  if (news.of != ListNews::Of::text) return take_decisions(list, news, now);
  auto fresh = news.copy ? lists::make_content(news.copy->text, news.signature, list.options, list.number)
                         : lists::read_content(list.options, list.number);
  if (!fresh) {
    const std::string why =
        news.copy ? fresh.error().in(list.options.source).message() : fresh.error().message();
    if (!list.content) list.error = Error(why);
    return not_taken(list, why);
  }
  if (!news.force) {
    if (std::string why = objection(list, *fresh); !why.empty()) return not_taken(list, std::move(why));
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

ListOutcome read_again(ReadList& list, const ReadList* before, const std::string& folder) {
  const bool alike = before != nullptr && before->content && reads_alike(before->options, list.options);
  const bool keeps = alike && lists::is_url(list.options.source);
  if (!keeps) read_list(list, folder);
  if (!alike) return {list.options.name, Kind::updated, list.content ? left_out(list.content->report) : ""};
  const auto keep = [&] {
    list.content = before->content;
    list.loaded = before->loaded;
    list.checked = before->checked;
    list.version = before->version;
  };
  if (keeps) {
    keep();
    return {list.options.name, Kind::unchanged, {}};
  }
  if (!list.content) return not_taken(list, {});
  if (std::string why = objection(*before, *list.content); !why.empty()) {
    keep();
    return not_taken(list, std::move(why));
  }
  return {list.options.name, Kind::updated, left_out(list.content->report)};
}

}  // namespace sluice::app
