// SPDX-License-Identifier: Apache-2.0
// Detached Ed25519 signatures, through OpenSSL: whether a text was signed with the key that the operator
// trusts. Used by content.h.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/error.h"

namespace sluice::lists {

// Fails where the signature (64 bytes, or their Base64 with white space around it) is not the text's by the
// key, or the PEM file `public_key` holds no Ed25519 key; the message says which.
[[nodiscard]] Result<void> verify_signature(std::string_view text, std::string_view signature,
                                            const std::string& public_key);

}  // namespace sluice::lists
