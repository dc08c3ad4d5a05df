// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/past_decision.h"

#include <array>

#include <fmt/format.h>

namespace sluice::decisions {

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::expired:
      return "expired";
    case Ending::withdrawn:
      return "withdrawn";
    case Ending::replaced:
      return "replaced";
    case Ending::merged:
      return "merged";
    case Ending::displaced:
      return "displaced";
    case Ending::pardoned:
      return "pardoned";
  }
  return "";
}

Result<Ending> parse_ending(std::string_view text) {
  constexpr std::array kEndings = {Ending::expired, Ending::withdrawn, Ending::replaced,
                                   Ending::merged,  Ending::displaced, Ending::pardoned};
  for (const Ending ending : kEndings) {
    if (text == to_string(ending)) return ending;
  }
  return Error(fmt::format("'{}' is no way in which a decision ends", text.substr(0, 40)));
}

}  // namespace sluice::decisions
