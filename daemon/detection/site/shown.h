// SPDX-License-Identifier: Apache-2.0
// Whom an answer showed: the subject of its URL, the people of a list, or whoever the application says. Used
// by the detector, and by replay for its report. Judges nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/detection/observation.h"
#include "daemon/detection/site/routes.h"

namespace sluice::detection {

struct ShownSubject {
  std::uint64_t hash = 0;
  Sensitivity sensitivity = Sensitivity::normal;
};

// As many names an answer may show and each still weighs as if it had a page of its own.
inline constexpr std::uint32_t kMostOpened = 3;

// Whether a response carried the subject's data: it was sent, or the client was told that its copy is still
// good.
[[nodiscard]] inline bool is_served(std::uint16_t status) {
  return (status >= 200 && status < 300) || status == 304;
}

// Replaces `shown` by those whom the answer showed, each once; at most RouteTable::kMostListed and one. The
// subject of the URL comes first. `sensitivity` is that of the route.
void find_shown(const Request& request, const RouteMatch& match, Sensitivity sensitivity, std::string& buffer,
                std::vector<ShownSubject>& shown);

}  // namespace sluice::detection
