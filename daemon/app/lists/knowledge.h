// SPDX-License-Identifier: Apache-2.0
// Reads the operator's files for the detector: user agents, crawlers, networks, robots.txt. Used by the
// daemon, replay and learn. Keeps nothing.
#pragma once

#include <memory>
#include <vector>

#include "daemon/app/lists/list_roles.h"
#include "daemon/app/lists/named_files.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/detection/clients/knowledge.h"

namespace sluice::app {

struct FilesOfKnowledge {
  std::shared_ptr<const detection::Knowledge> knowledge;  // of those that could be read
  std::vector<NamedFile> files;                           // every one that the configuration names
};

// Logs nothing.
[[nodiscard]] FilesOfKnowledge read_files_of_knowledge(const config::KnowledgeOptions& options);

// All files, or the first error. Logs what is left out of a file.
[[nodiscard]] Result<FilesOfKnowledge> load_knowledge(const config::KnowledgeOptions& options);

// Those that can be read; logs why the others cannot.
[[nodiscard]] FilesOfKnowledge load_knowledge_that_can_be(const config::KnowledgeOptions& options);

// The same with the crawlers of [[list]]s.
[[nodiscard]] std::shared_ptr<const detection::Knowledge> with_lists(
    std::shared_ptr<const detection::Knowledge> knowledge, const ListRoles& roles);

}  // namespace sluice::app
