// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/signature.h"

#include <array>
#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "daemon/base/file.h"
#include "daemon/base/text.h"

namespace sluice::lists {
namespace {

constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kMaxKeyBytes = 16 << 10U;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The 64 bytes, or nothing.
std::string signature_bytes(std::string_view text) {
  if (text.size() == kSignatureBytes) return std::string(text);
  text = trimmed(text);
  constexpr std::size_t kBase64Length = (kSignatureBytes + 2) / 3 * 4;
  if (text.size() != kBase64Length) return {};
  std::array<unsigned char, kBase64Length / 4 * 3> decoded{};
  if (EVP_DecodeBlock(decoded.data(), bytes_of(text), static_cast<int>(text.size())) < 0) return {};
  return {reinterpret_cast<const char*>(decoded.data()), kSignatureBytes};
}

}  // namespace

Result<void> verify_signature(std::string_view text, std::string_view signature,
                              const std::string& public_key) {
  const auto pem = read_file(public_key, kMaxKeyBytes);
  if (!pem) return pem.error();
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  const std::unique_ptr<EVP_PKEY, Free> key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519)
    return Error(fmt::format("{}: holds no Ed25519 public key in PEM", public_key));
  const std::string bytes = signature_bytes(signature);
  if (bytes.empty()) return Error("the signature is neither 64 bytes nor their Base64");
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1)
    return Error("OpenSSL cannot verify Ed25519 here");
  if (EVP_DigestVerify(context.get(), bytes_of(bytes), bytes.size(), bytes_of(text), text.size()) != 1)
    return Error(fmt::format("the signature is not that of the key in {}", public_key));
  return {};
}

}  // namespace sluice::lists
