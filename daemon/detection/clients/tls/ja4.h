// SPDX-License-Identifier: Apache-2.0
// The JA4 fingerprint of a TLS client over TCP, as FoxIO's technical description defines it (BSD 3-Clause;
// the other methods of JA4+ have another licence and are not here). Two clients with the same library, the
// same settings and the same age have the same one: it names software, not persons.
//
// To join it: for a hello that is whole, ja4(hello) is the fingerprint of the connection, what the field
// `fingerprint` of a Request holds where a server logs it.
#pragma once

#include <string>

#include "daemon/detection/clients/tls/client_hello.h"

namespace sluice::detection {

// "t13d1516h2_8daaf6152771_02713d6af862": 36 characters; what was counted, then the sorted ciphers and the
// sorted extensions with the signature algorithms, each as twelve digits of a SHA-256. A hello that is not
// whole has no fingerprint: to ask is our bug.
[[nodiscard]] std::string ja4(const ClientHello& hello);

// The same with the lists themselves in place of the digits, for people: "ja4_r" in other tools.
[[nodiscard]] std::string ja4_raw(const ClientHello& hello);

}  // namespace sluice::detection
