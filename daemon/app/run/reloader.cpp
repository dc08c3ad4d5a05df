// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/reloader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/app/run/ledger.h"
#include "daemon/base/notify.h"
#include "daemon/base/printable.h"
#include "daemon/config/load.h"

namespace sluice::app {

using Means = FilterAttachment::Means;

void Reloader::reload(std::string_view who, const control::Operations::ReloadDone& done) {
  if (stopped_) {
    done({false, {"sluiced is stopping"}, {}});
    return;
  }
  notify_reloading();
  const auto finish = [this, who = std::string(who), done](const control::ReloadAnswer& answer) {
    announce(who, answer);
    done(answer);
  };
  auto loaded = config::load(config_path_);
  if (!loaded) {
    control::ReloadAnswer answer;
    for (const config::Fault& fault : loaded.error())
      answer.faults.push_back(config::to_string(fault));
    finish(answer);
    return;
  }
  // The slow part comes first. It runs off the loop and changes nothing.
  parts_.lists.prepare(
      loaded->lists, loaded->mode, parts_.list_service.bystanders(),
      [this, config = *loaded, finish](const Result<void>& ready) {
        finish(ready ? put_in_force(config) : control::ReloadAnswer{false, {ready.error().message()}, {}});
      });
}

// The steps that can fail come first, and each undoes itself. After them nothing is refused.
control::ReloadAnswer Reloader::put_in_force(config::Config config) {
  control::ReloadAnswer answer;
  const ListRoles roles = parts_.lists.prepared_roles();
  if (auto done = parts_.knowledge.change(config, roles, answer.notes); !done) {
    answer.faults.push_back(done.error().message());
    return answer;
  }
  adopt_lists(config, answer.notes);
  for (const std::string& name : roles.missing_proxies)
    answer.notes.push_back(
        fmt::format("list {}: nothing is armed before its trusted proxies are known", name));
  if (auto done = parts_.ledger.set_mode(ListSet::mode_with(roles, config.mode)); !done)
    answer.notes.push_back(done.error().message());
  const auto changes = config::changes(parts_.config, config);
  const bool attaches = parts_.attachment.means() == Means::attach;
  for (const config::Change& change : changes) {
    const std::string_view when = change.at_attach    ? (attaches ? "" : ", at the next `sluiced attach`")
                                  : change.at_restart ? ", at the next start of sluiced"
                                                      : "";
    answer.notes.push_back(fmt::format("{}: {} becomes {}{}", change.key, change.before, change.after, when));
  }
  spdlog::set_level(spdlog::level::from_str(config.log_level));
  const bool mode_changed = config.mode != parts_.config.mode;
  parts_.config = std::move(config);
  parts_.expiry.rearm();
  attach_again(changes, mode_changed, answer.notes);
  answer.ok = true;
  return answer;
}

void Reloader::adopt_lists(const config::Config& config, std::vector<std::string>& notes) {
  const std::vector<ListOutcome> outcomes = parts_.lists.adopt();
  parts_.list_service.follow(config.lists, outcomes);
  for (const ListOutcome& outcome : outcomes) {
    if (outcome.note.empty()) continue;
    const bool kept = outcome.kind == ListOutcome::Kind::kept;
    notes.push_back(fmt::format("list {}: {}{}", outcome.name, kept ? "keeps what it had: " : "",
                                printable(outcome.note)));
  }
}

// New maps and settings are taken over a little later, as after anybody's attach: this reload has its answer
// to give first.
void Reloader::attach_again(const std::vector<config::Change>& changes, bool mode_changed,
                            std::vector<std::string>& notes) {
  // An attach in observe mode leaves the limits out.
  const bool limits_follow = mode_changed && !parts_.config.filter.limits.empty();
  if (parts_.attachment.means() != Means::attach) {
    if (limits_follow) notes.emplace_back("limit: follows the mode at the next `sluiced attach`");
    return;
  }
  if (!limits_follow && std::ranges::none_of(changes, &config::Change::at_attach)) return;
  if (auto attached = parts_.attachment.attach(parts_.config); !attached)
    notes.push_back(attached.error().message());
}

void Reloader::announce(std::string_view who, const control::ReloadAnswer& answer) {
  for (const std::string& fault : answer.faults)
    spdlog::error("reload: {}", fault);
  for (const std::string& note : answer.notes)
    spdlog::info("reload: {}", note);
  const std::string text =
      answer.ok ? fmt::format("configuration reloaded by {}", who)
                : fmt::format("reload by {} refused, the former configuration stays in force: {}", who,
                              fmt::join(answer.faults, "; "));
  spdlog::log(answer.ok ? spdlog::level::info : spdlog::level::err, "{}", text);
  parts_.publisher.announce(control::EventKind::reload, text);
  if (answer.ok) {
    parts_.state.note_configuration();
  } else {
    parts_.state.note_refused_reload(who);
  }
  if (!stopped_) notify_ready(summary_of(parts_.ledger, parts_.config));
}

}  // namespace sluice::app
