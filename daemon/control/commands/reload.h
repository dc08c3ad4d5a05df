// SPDX-License-Identifier: Apache-2.0
// reload: reads the configuration again.
#pragma once

#include <string>
#include <vector>

#include "daemon/control/protocol/command.h"

namespace sluice::control {

struct ReloadRequest {};
BOOST_DESCRIBE_STRUCT(ReloadRequest, (), ())

struct ReloadAnswer {
  bool ok = false;                  // the file is in force; else nothing changed
  std::vector<std::string> faults;  // "file:line: key: message"
  std::vector<std::string> notes;   // "filter.ports takes effect at the next attach"
};
BOOST_DESCRIBE_STRUCT(ReloadAnswer, (), (ok, faults, notes))

namespace commands {

struct Reload : Command<ReloadRequest, ReloadAnswer> {
  static constexpr std::string_view kName = "reload";
  static constexpr CarriedOut kCarriedOut = CarriedOut::later;
  static std::string outcome(const ReloadAnswer& answer);
  static void shorten(ReloadAnswer& answer);
};

}  // namespace commands
}  // namespace sluice::control
