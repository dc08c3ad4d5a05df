// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4), through OpenSSL: what names a content, and what chains the audit log.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// 64 hexadecimal digits, small letters.
[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace sluice
