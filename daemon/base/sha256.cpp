// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/sha256.h"

#include <array>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace sluice {

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  // Fails only where memory does.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    std::abort();
  std::string text;
  for (const unsigned char byte : digest)
    fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

}  // namespace sluice
