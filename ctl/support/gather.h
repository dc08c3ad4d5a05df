// SPDX-License-Identifier: Apache-2.0
// What a bug report needs, from the daemon, its configuration, its log and this host; all that may speak of a
// visitor has gone through a Redactor.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctl/context.h"
#include "ctl/support/archive.h"
#include "ctl/support/pseudonyms.h"

namespace sluice::ctl {

struct SupportArguments {
  std::string output;  // empty: a name with the time in the working folder
  std::string config = "/etc/sluice/sluice.toml";
  std::string log;             // where the daemon's log is in a file; empty: the journal
  std::uint32_t lines = 1000;  // of it
};

struct Missing {
  std::string name;
  std::string why;
};

struct Gathered {
  std::vector<Member> members;
  std::vector<Missing> missing;
};

// What cannot be had is missing and says why; nothing fails.
[[nodiscard]] Gathered gather(const Context& context, const SupportArguments& arguments,
                              const Pseudonyms& pseudonyms);

}  // namespace sluice::ctl
