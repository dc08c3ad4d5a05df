// SPDX-License-Identifier: Apache-2.0
// Puts in force who is known: crawlers, user agents and networks from the operator's files, and the crawlers
// and trusted proxies that lists name. Three places need it: the pipeline, the reading of logs, the protected
// networks. Owned by Daemon; ListService and Reloader call it when lists or files change.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/app/lists/knowledge.h"
#include "daemon/app/lists/list_roles.h"
#include "daemon/app/lists/list_set.h"
#include "daemon/app/lists/named_files.h"
#include "daemon/app/run/log_service.h"
#include "daemon/app/run/protected_networks.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/detection/clients/knowledge.h"

namespace sluice::app {

class KnowledgeService {
 public:
  struct Parts {
    const config::Config& config;  // the one in force, also after a reload
    const ListSet& lists;
    LogService& logs;
    ProtectedNetworks& protection;
    decisions::Ledger& ledger;
    decisions::Pipeline& pipeline;
  };
  // `files`: what load_knowledge() read, already in force, as the parts are.
  KnowledgeService(Parts parts, FilesOfKnowledge files)
      : parts_(parts), files_(std::move(files)), proxy_files_(read_proxy_files(parts.config.proxies)) {}

  // A list of crawlers or of trusted proxies has other content now. What fails is logged, and the rest done.
  void follow_lists();

  // For a reload: puts in force what `wanted` and its lists say, or changes nothing and says why. Appends to
  // `notes` what did not work out although the change stands.
  [[nodiscard]] Result<void> change(const config::Config& wanted, const ListRoles& roles,
                                    std::vector<std::string>& notes);

  // What the operator's files say, without lists.
  [[nodiscard]] const detection::Knowledge& files() const { return *files_.knowledge; }
  // The state of each file that the configuration names, with what is there now.
  [[nodiscard]] std::vector<NamedFile> file_states() const;

 private:
  Parts parts_;
  FilesOfKnowledge files_;
  std::vector<NamedFile> proxy_files_;
};

}  // namespace sluice::app
