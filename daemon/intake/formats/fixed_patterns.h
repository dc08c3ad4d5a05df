// SPDX-License-Identifier: Apache-2.0
// Formats whose lines always look the same because the server's own configuration or documentation says so:
// those of ingress-nginx, Nginx Proxy Manager, lighttpd, AWS load balancers and Envoy. Each is a few
// patterns of the kind that pattern.h reads; a line is one of them.
#pragma once

#include "daemon/intake/formats/format.h"

namespace sluice::intake::formats {

extern const FormatSpec kIngress;
extern const FormatSpec kNpm;
extern const FormatSpec kLighttpd;
extern const FormatSpec kAlb;
extern const FormatSpec kEnvoy;

}  // namespace sluice::intake::formats
