// SPDX-License-Identifier: Apache-2.0
// The bounds of the control protocol: what one message, one request and one decision may hold.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::control {

inline constexpr std::int64_t kProtocolVersion = 1;
inline constexpr std::size_t kMaxMessage = 1024 * 1024;  // bytes of one line with its newline, either way
inline constexpr std::size_t kMaxAddresses = 1000;       // of one request: their answer fits one message
inline constexpr std::size_t kMaxReason = 500;           // bytes
inline constexpr std::size_t kMaxVia = 32;               // bytes
inline constexpr std::int64_t kMaxForSeconds = 10LL * 366 * 86400;
inline constexpr std::int64_t kMaxRate = 1'000'000;  // packets a second, and packets of burst

}  // namespace sluice::control
