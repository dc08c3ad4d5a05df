// SPDX-License-Identifier: Apache-2.0
// version: which sluiced answers.
#pragma once

#include <string>

#include "daemon/control/protocol/command.h"

namespace sluice::control {

struct VersionRequest {};
BOOST_DESCRIBE_STRUCT(VersionRequest, (), ())

struct VersionAnswer {
  std::string version;
};
BOOST_DESCRIBE_STRUCT(VersionAnswer, (), (version))

namespace commands {

struct Version : Query<VersionRequest, VersionAnswer> {
  static constexpr std::string_view kName = "version";
  static constexpr CarriedOut kCarriedOut = CarriedOut::by_socket;
};

}  // namespace commands
}  // namespace sluice::control
