// SPDX-License-Identifier: Apache-2.0
// Access logs of one JSON object a line. A FieldMap says which member holds which field.
#pragma once

#include <memory>

#include "daemon/intake/formats/format.h"
#include "daemon/intake/formats/json_presets.h"

namespace sluice::intake {

namespace formats {
extern const FormatSpec kJson;
}

// Time is in any form that any_time.h reads. Numbers may be written as text. Where a member occurs twice the
// first counts. Members that no field names are skipped. Where the client is a header of the request, it is
// what a proxy says.
[[nodiscard]] std::unique_ptr<LineParser> make_json_parser(const FieldMap& fields);

}  // namespace sluice::intake
