// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder stand on: a server's and a visitor's network namespace joined by a veth pair,
// and a place for pins that no other test uses. Whatever a test attached is detached and its absence is
// checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "daemon/base/clock.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/counters.h"
#include "daemon/kernel/filter.h"
#include "daemon/kernel/filter_maps.h"
#include "daemon/kernel/verdict_table.h"
#include "tests/support/netns.h"
#include "tests/support/skip.h"

namespace sluice::test {

inline constexpr const char* kServerV4 = "10.77.0.1";
inline constexpr const char* kServerV6 = "fd77::1";
inline constexpr const char* kVisitorV4 = "10.77.0.2";
inline constexpr const char* kNeighbourV4 = "10.77.0.3";
inline constexpr const char* kVisitorV6 = "fd77:1::2";
inline constexpr const char* kVisitorV6SameNetwork = "fd77:1::3";
inline constexpr const char* kNeighbourV6 = "fd77:2::2";
inline constexpr std::uint16_t kWebPort = 80;

class KernelTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // attach(), detach(), inspect() in the server's namespace.
  [[nodiscard]] Result<kernel::AttachReport> attach() const;
  [[nodiscard]] Result<kernel::DetachReport> detach() const;
  [[nodiscard]] std::vector<kernel::InterfaceState> inspect() const;
  // Attaches, or fails the test.
  kernel::AttachReport must_attach() const;
  [[nodiscard]] kernel::FilterMaps open_maps() const;

  // One datagram from the visitor's address to the web server's port; its text is what came out at the other
  // end, or "nothing". A datagram that the filter drops is known from the drop counter, which this awaits.
  [[nodiscard]] std::string send(const std::string& from) const;

  // From here on the visitor has no IPv6. Multicast listener reports, which such a host sends when it likes,
  // would be counted beside what a test sends.
  void without_ipv6() const;

  // Until a source that was reported just now may be reported again.
  static void await_report_interval();

  kernel::FilterOptions options_;
  std::unique_ptr<NetworkNamespace> server_;
  std::unique_ptr<NetworkNamespace> visitor_;
};

[[nodiscard]] kernel::Clocks real_clocks();

[[nodiscard]] decisions::Decision block(std::string_view source,
                                       Nanoseconds duration = std::chrono::minutes(5));
[[nodiscard]] decisions::Decision throttle(std::string_view source, decisions::Rate rate);
[[nodiscard]] decisions::Decision allow(std::string_view source);

// An XDP program that passes everything, by another name than ours, at one interface. Stays until this goes.
class Stranger {
 public:
  explicit Stranger(const std::string& interface);
  [[nodiscard]] std::uint32_t id() const;
  [[nodiscard]] bool is_attached() const;

 private:
  UniqueFd program_;
  unsigned index_;
};

}  // namespace sluice::test
