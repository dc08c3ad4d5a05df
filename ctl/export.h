// SPDX-License-Identifier: Apache-2.0
// export: the decisions in force, as `import` reads them.
#pragma once

#include <cstdint>
#include <string>

#include "ctl/context.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

enum class ExportFormat : std::uint8_t { json, csv, plain };
constexpr control::Words<3> words(ExportFormat /*type*/) {
  return {"json", "csv", "plain"};
}

struct ExportArguments {
  ExportFormat format = ExportFormat::json;
  control::ListRequest filter;  // plain says no action: without one, blocks alone
};

// To standard output. What lists say stays: each host has its own.
[[nodiscard]] int export_decisions(const Context& context, const ExportArguments& arguments);

// Lines as they are written, with their newline. A single IPv6 address has its length, which without would be
// taken for its network.
[[nodiscard]] std::string export_header(ExportFormat format);
[[nodiscard]] std::string export_line(control::DecisionRow decision, ExportFormat format);

}  // namespace sluice::ctl
