// SPDX-License-Identifier: Apache-2.0
// The addresses that a command is given, from its arguments and from standard input, and other values that an
// operator types. Everything wrong is found before anything is sent. Used by the files of commands.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "daemon/control/protocol.h"

namespace sluice::ctl {

struct Addresses {
  std::vector<control::WrittenPrefix> valid;
  std::vector<std::string> faults;  // in words; those of standard input with their line
};

// "-" stands for the lines of `input`: an address or prefix each; blank lines and what follows a # are
// skipped.
[[nodiscard]] Addresses read_addresses(const std::vector<std::string>& arguments, std::istream& input);

}  // namespace sluice::ctl
