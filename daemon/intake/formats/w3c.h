// SPDX-License-Identifier: Apache-2.0
// The W3C Extended Log File Format, as IIS and Amazon CloudFront write it: lines of values, and lines that
// begin with '#', of which "#Fields: date time c-ip ..." says what the values below it are.
#pragma once

#include "daemon/intake/formats/format.h"

namespace sluice::intake::formats {

// The pattern may be such a line: it counts until the log has one, as where a file is followed from its
// middle on. Without it lines are read as IIS and CloudFront write them by default, told by their number of
// values. Times without a named zone are UTC.
extern const FormatSpec kW3c;

}  // namespace sluice::intake::formats
