// SPDX-License-Identifier: Apache-2.0
// How a bouncer asks CrowdSec's local API: where, with which key, and what an operator may do where it
// refuses. formats/crowdsec.h reads the answers.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/error.h"

namespace sluice::lists {

// The URL of the decisions, where an operator names the API "http://127.0.0.1:8080/": all of them, or what
// changed since the same bouncer asked last.
[[nodiscard]] std::string crowdsec_url(std::string_view api, bool all);

// The key of a bouncer: the text of a file that only its owner and group can read, without white space
// around. Errors begin with the path and have the remedy.
[[nodiscard]] Result<std::string> read_crowdsec_key(const std::string& path);

// What an operator may do where there is no answer (status 0) or one of another status than 200; nothing
// where there is nothing to say.
[[nodiscard]] std::string_view crowdsec_remedy(long status);

}  // namespace sluice::lists
