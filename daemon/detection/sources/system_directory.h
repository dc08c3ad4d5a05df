// SPDX-License-Identifier: Apache-2.0
// Which autonomous system an address belongs to: asked by the detector, answered by whoever has a database
// (lists/asn_database.h).
#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/address.h"

namespace sluice::detection {

struct AutonomousSystem {
  std::uint32_t number = 0;  // 0: not known
  std::string organisation;  // as the database writes it; may be empty
};

class SystemDirectory {
 public:
  SystemDirectory() = default;
  SystemDirectory(const SystemDirectory&) = delete;
  SystemDirectory& operator=(const SystemDirectory&) = delete;
  virtual ~SystemDirectory() = default;

  [[nodiscard]] virtual AutonomousSystem find(const Address& address) const = 0;
  // The number alone, which takes no memory.
  [[nodiscard]] virtual std::uint32_t number_of(const Address& address) const = 0;
};

}  // namespace sluice::detection
