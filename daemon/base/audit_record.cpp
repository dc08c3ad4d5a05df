// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/audit_record.h"

#include <cstddef>
#include <iterator>

#include <fmt/format.h>

#include "daemon/base/sha256.h"
#include "daemon/base/utf8.h"

namespace sluice {

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
