// SPDX-License-Identifier: Apache-2.0
// Access logs of one JSON object a line. Which member holds which field is said by a FieldMap.
#pragma once

#include <memory>

#include "daemon/intake/format.h"

namespace sluice::intake {

// Time is RFC 3339 text or seconds since 1970 (a number or text, fractions kept to the microsecond). Numbers
// may be written as text. Where a member occurs twice the first counts. Members that no field names are
// skipped.
[[nodiscard]] std::unique_ptr<LineParser> make_json_parser(const FieldMap& fields);

}  // namespace sluice::intake
