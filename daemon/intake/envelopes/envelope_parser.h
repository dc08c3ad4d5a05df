// SPDX-License-Identifier: Apache-2.0
// Takes the envelopes off the lines of one log before its format reads them, and finds out which envelopes
// the log has. Used by formats/all.h around the parser of each format.
#pragma once

#include <memory>

#include "daemon/intake/envelopes/envelope.h"
#include "daemon/intake/line_parser.h"

namespace sluice::intake {

// A parser for lines in that envelope, which another one may stand in: Docker's around syslog's. With
// `automatic` the format is asked first. Where it cannot read a line, the envelopes are tried, and the one in
// which it can is that of the log from then on. A log whose lines the format reads as they are keeps being
// read so; only after many unreadable lines in a row are envelopes looked for again, because a visitor may
// write the beginning of a line in some formats. With `none`, the parser itself.
[[nodiscard]] std::unique_ptr<LineParser> open_envelopes(Envelope envelope,
                                                         std::unique_ptr<LineParser> format);

}  // namespace sluice::intake
