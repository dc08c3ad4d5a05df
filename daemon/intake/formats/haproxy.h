// SPDX-License-Identifier: Apache-2.0
// HAProxy's HTTP log, as `option httplog` and `option httpslog` write it, with or without what syslog puts
// before it:
//   client:port [time] frontend backend/server timers status bytes cookies flags counts {headers} "request"
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/intake/formats/format.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/time_zone.h"

namespace sluice::intake {

namespace formats {
extern const FormatSpec kHaproxy;
}

// headers: those that `capture request header` names, in its order; response_headers: those that `capture
// response header` names. The text in braces is found wherever a `log-format` of the operator's own puts it;
// with another number of values than the list has it is passed over. `named` says which of the headers is the
// account, the credential, the fingerprint and so on. The times have no zone: they are those of `zone`.
// The error names a header that is in neither list.
[[nodiscard]] Result<std::unique_ptr<LineParser>> make_haproxy_parser(
    const std::vector<std::string>& headers, const NamedVariables& named,
    const std::vector<std::string>& response_headers = {}, TimeZone zone = TimeZone::host());

}  // namespace sluice::intake
