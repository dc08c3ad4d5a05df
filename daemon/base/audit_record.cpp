// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/audit_record.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "daemon/base/utf8.h"

namespace sluice {

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  // Fails only where memory does.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) std::abort();
  std::string text;
  for (unsigned i = 0; i < size; ++i)
    fmt::format_to(std::back_inserter(text), "{:02x}", digest.at(i));
  return text;
}

std::string audit_hash(std::string_view previous, const AuditRecord& record) {
  std::string bytes;
  const auto add = [&bytes](std::string_view field) {
    fmt::format_to(std::back_inserter(bytes), "{}:{},", field.size(), field);
  };
  add(previous);
  add(fmt::format("{}", record.seq));
  add(format_time(record.time));
  add(fmt::format("{}", record.uid));
  for (const std::string* field :
       {&record.name, &record.role, &record.command, &record.what, &record.reason, &record.outcome}) {
    add(*field);
  }
  return sha256(bytes);
}

std::string audit_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0 || first < 0x20 || first == 0x7f) {
      out += '?';
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace sluice
