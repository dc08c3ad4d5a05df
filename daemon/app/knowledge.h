// SPDX-License-Identifier: Apache-2.0
// Reads the operator's files for the detector. What cannot be read is told; what was left out of a file is
// logged once a load.
#pragma once

#include <memory>
#include <vector>

#include "daemon/app/list_reading.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/detection/clients/knowledge.h"

namespace sluice::app {

// All files, or the first error.
[[nodiscard]] Result<std::shared_ptr<const detection::Knowledge>> load_knowledge(
    const config::KnowledgeOptions& options);

// Those that can be read; the errors of the others are appended.
[[nodiscard]] std::shared_ptr<const detection::Knowledge> load_knowledge_that_can_be(
    const config::KnowledgeOptions& options, std::vector<Error>& errors);

// The same with the crawlers of [[list]]s.
[[nodiscard]] std::shared_ptr<const detection::Knowledge> with_lists(
    std::shared_ptr<const detection::Knowledge> knowledge, const ListRoles& roles);

}  // namespace sluice::app
