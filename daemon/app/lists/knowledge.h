// SPDX-License-Identifier: Apache-2.0
// Reads the operator's files for the detector: user agents, crawlers, networks, robots.txt. Used by the
// daemon, replay and learn. Logs what is left out of a file. Keeps nothing.
#pragma once

#include <memory>

#include "daemon/app/lists/list_roles.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/detection/clients/knowledge.h"

namespace sluice::app {

// All files, or the first error.
[[nodiscard]] Result<std::shared_ptr<const detection::Knowledge>> load_knowledge(
    const config::KnowledgeOptions& options);

// Those that can be read; logs why the others cannot.
[[nodiscard]] std::shared_ptr<const detection::Knowledge> load_knowledge_that_can_be(
    const config::KnowledgeOptions& options);

// The same with the crawlers of [[list]]s.
[[nodiscard]] std::shared_ptr<const detection::Knowledge> with_lists(
    std::shared_ptr<const detection::Knowledge> knowledge, const ListRoles& roles);

}  // namespace sluice::app
