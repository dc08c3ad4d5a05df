// SPDX-License-Identifier: Apache-2.0
// The interface for looking up the autonomous system of an address. Used by the detector; implemented by
// lists/asn_database.h.
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
  // The number alone. Allocates nothing.
  [[nodiscard]] virtual std::uint32_t number_of(const Address& address) const = 0;
};

}  // namespace sluice::detection
