// SPDX-License-Identifier: Apache-2.0
// A database of autonomous systems in MaxMind's format (GeoLite2-ASN, DB-IP and others write it), through
// libmaxminddb. The file is mapped, not read: replace it by another, and never write into it.
#pragma once

#include <memory>
#include <string>

#include "daemon/base/error.h"
#include "daemon/detection/sources/system_directory.h"

namespace sluice::lists {

// Fails on what is no such file, or holds no autonomous systems. The message begins with the path.
[[nodiscard]] Result<std::shared_ptr<const detection::SystemDirectory>> open_asn_database(
    const std::string& path);

}  // namespace sluice::lists
