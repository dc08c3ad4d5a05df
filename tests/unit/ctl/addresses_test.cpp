// SPDX-License-Identifier: Apache-2.0
#include "ctl/addresses.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/control/values.h"

namespace sluice::ctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Addresses, ComeFromArgumentsAndFromLines) {
  std::istringstream input("192.0.2.1\n\n  # a comment\n 2001:db8::/48 \t# why\r\n198.51.100.0/24");
  const Addresses addresses = read_addresses({"203.0.113.9", "-", "203.0.113.10"}, input);
  using control::written;
  EXPECT_THAT(addresses.valid,
              ElementsAre(written("203.0.113.9"), written("192.0.2.1"), written("2001:db8::/48"),
                          written("198.51.100.0/24"), written("203.0.113.10")));
  EXPECT_THAT(addresses.faults, IsEmpty());
}

TEST(Addresses, EveryFaultIsNamedWithItsLine) {
  std::istringstream input("192.0.2.1\nexample.org\n# 1\n192.0.2.1/24\n192.0.2.1 192.0.2.2\n");
  const Addresses addresses = read_addresses({"300.0.0.1", "-"}, input);
  EXPECT_THAT(
      addresses.faults,
      ElementsAre("'300.0.0.1' is not an IP address",
                  "standard input, line 2: 'example.org' is not an IP address",
                  "standard input, line 4: '192.0.2.1/24' has host bits set; the network is 192.0.2.0/24",
                  "standard input, line 5: '192.0.2.1 192.0.2.2' is not an IP address"));
}

TEST(Addresses, NoneAtAllIsAFault) {
  std::istringstream input("# nothing here\n");
  EXPECT_THAT(read_addresses({"-"}, input).faults, ElementsAre("no address is given"));
}

TEST(Addresses, StandardInputIsReadOnce) {
  std::istringstream input("192.0.2.1\n");
  EXPECT_THAT(read_addresses({"-", "-"}, input).faults,
              ElementsAre("'-' is given twice; standard input can be read once"));
}

}  // namespace
}  // namespace sluice::ctl
