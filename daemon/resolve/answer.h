// SPDX-License-Identifier: Apache-2.0
// The records of one type in a DNS answer, and for how long they may be believed. Used by resolver.h. The
// bytes are a stranger's: a malformed answer is a failure, never a guess.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/time.h"

namespace sluice::resolve {

enum class RecordType : std::uint8_t { ptr, a, aaaa };

// Its number in a DNS message.
[[nodiscard]] int number_of(RecordType type);

struct Answer {
  static constexpr std::size_t kMaxRecords = 64;  // what follows is left out

  std::vector<std::string> names;  // of PTR: lower case, without a dot at the end
  std::vector<Address> addresses;  // of A and AAAA
  Seconds time_to_live{0};         // the shortest; 0 without records
};

// Nothing where the bytes are no DNS message. Records of other types and classes are passed over.
[[nodiscard]] std::optional<Answer> read_answer(std::span<const std::uint8_t> message, RecordType type);

}  // namespace sluice::resolve
