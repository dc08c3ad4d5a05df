// SPDX-License-Identifier: Apache-2.0
// What is wrong with a configuration file. User input: every fault is collected, none is logged here.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

namespace sluice::config {

struct Fault {
  std::string file;
  unsigned line = 0;    // from 1; 0: the file as a whole
  std::string key;      // "policy.block_score"; empty where none is concerned
  std::string message;  // what is wrong and what to do about it

  bool operator==(const Fault&) const = default;
};
using Faults = std::vector<Fault>;

// "file:line: key: message", without the parts that are absent.
[[nodiscard]] std::string to_string(const Fault& fault);

// boost::system::result calls this when value() is asked of a failure: our bug, so it ends the process.
[[noreturn]] inline void throw_exception_from_error(const Faults&, const boost::source_location&) {
  std::abort();
}

}  // namespace sluice::config
