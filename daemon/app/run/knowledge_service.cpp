// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/knowledge_service.h"

#include <utility>

#include <spdlog/spdlog.h>

#include "daemon/app/lists/knowledge.h"
#include "daemon/app/lists/trusted_proxies.h"

namespace sluice::app {

void KnowledgeService::follow_lists() {
  const config::Config& config = parts_.config;
  const ListRoles roles = parts_.lists.roles();
  if (auto proxies = trusted_networks(config.proxies, roles); !proxies) {
    spdlog::error("{}", proxies.error().message());
  } else if (*proxies != parts_.protection.proxies()) {
    parts_.logs.follow_what_can_be(config, *proxies);
    if (auto done = parts_.protection.change(config, *std::move(proxies)); !done)
      spdlog::error("{}", done.error().message());
  }
  // Only now that no proxy can be hit any more.
  if (auto done = parts_.ledger.set_mode(ListSet::mode_with(roles, config.mode)); !done)
    spdlog::error("{}", done.error().message());
  auto done =
      parts_.pipeline.reconfigure(config.detector, with_lists(files_.knowledge, roles), config.policy);
  if (!done) spdlog::error("{}", done.error().message());
}

Result<void> KnowledgeService::change(const config::Config& wanted, const ListRoles& roles,
                                      std::vector<std::string>& notes) {
  auto files = load_knowledge(wanted.knowledge);
  if (!files) return files.error();
  auto proxies = trusted_networks(wanted.proxies, roles);
  if (!proxies) return proxies.error();
  if (auto done = parts_.logs.follow(wanted, *proxies); !done) return done.error();
  if (auto done =
          parts_.pipeline.reconfigure(wanted.detector, with_lists(files->knowledge, roles), wanted.policy);
      !done) {
    parts_.logs.follow_what_can_be(parts_.config, parts_.protection.proxies());
    return done.error();
  }
  files_ = *std::move(files);
  proxy_files_ = read_proxy_files(wanted.proxies);
  if (auto done = parts_.protection.change(wanted, *std::move(proxies)); !done)
    notes.push_back(done.error().message());
  return {};
}

std::vector<NamedFile> KnowledgeService::file_states() const {
  std::vector<NamedFile> files = files_.files;
  files.insert(files.end(), proxy_files_.begin(), proxy_files_.end());
  return looked_at_again(std::move(files));
}

}  // namespace sluice::app
