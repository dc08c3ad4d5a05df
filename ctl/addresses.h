// SPDX-License-Identifier: Apache-2.0
// The addresses that a command is given, from its arguments and from standard input. Everything wrong is
// found before anything is sent.
#pragma once

#include <istream>
#include <string>
#include <vector>

namespace sluice::ctl {

struct Addresses {
  std::vector<std::string> valid;   // as typed, each an address or prefix
  std::vector<std::string> faults;  // in words; those of standard input with their line
};

// "-" stands for the lines of `input`: an address or prefix each; blank lines and what follows a # are
// skipped.
[[nodiscard]] Addresses read_addresses(const std::vector<std::string>& arguments, std::istream& input);

}  // namespace sluice::ctl
