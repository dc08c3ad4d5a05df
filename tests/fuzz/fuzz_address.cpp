// SPDX-License-Identifier: Apache-2.0
// Addresses and prefixes: what is read prints to what is read back as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "daemon/base/address.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto address = Address::parse(text);
  if (address && Address::parse(address->to_string()).value() != *address) std::abort();
  if (!address && address.error().message().size() > 200) std::abort();
  const auto prefix = Prefix::parse(text);
  if (!prefix) return 0;
  if (Prefix::parse(prefix->to_string()).value() != *prefix) std::abort();
  if (!prefix->contains(prefix->address()) || !prefix->contains(*prefix)) std::abort();
  if (prefix->length() > max_prefix_length(prefix->family())) std::abort();
  return 0;
}
