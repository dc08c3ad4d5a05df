// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/config_file_monitor.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "daemon/config/load.h"

namespace sluice::app {
namespace {

using State = ConfigFileMonitor::State;

struct ConfigFileMonitorTest : ::testing::Test {
  const std::string path =
      std::filesystem::temp_directory_path() / ("config-file-" + std::to_string(getpid()) + ".toml");
  ConfigFileMonitor monitor{path};
  KernelTime now{1};

  ~ConfigFileMonitorTest() override { std::filesystem::remove(path); }

  void write(std::string_view text) const { std::ofstream(path) << text; }
  void pass_time() { now.ns += static_cast<std::uint64_t>(Nanoseconds(ConfigFileMonitor::kAgain).count()); }
};

TEST_F(ConfigFileMonitorTest, SaysWhatIsWrongAndWhatIsNotInForce) {
  constexpr std::string_view kGood = "mode = \"enforce\"\n";
  write(kGood);
  const auto in_force = config::load(path);
  ASSERT_TRUE(in_force);
  EXPECT_EQ(monitor.look(*in_force, now), State{});

  write("mode = \"enforced\"\nnonsense = 1\n");
  EXPECT_EQ(monitor.look(*in_force, now), State{}) << "too soon";
  pass_time();
  EXPECT_EQ(monitor.look(*in_force, now).faults, 2U);
  EXPECT_THAT(monitor.look(*in_force, now).first_fault, ::testing::StartsWith(path + ":1:"));

  write("mode = \"observe\"\n# a comment\n");
  pass_time();
  EXPECT_EQ(monitor.look(*in_force, now), (State{0, "", 1, "mode"}));

  write("# a comment\nmode = \"enforce\"\n");
  pass_time();
  EXPECT_EQ(monitor.look(*in_force, now), State{}) << "a comment changes nothing";
}

TEST_F(ConfigFileMonitorTest, AFileThatIsGoneIsAFault) {
  const config::Config in_force;
  EXPECT_EQ(monitor.look(in_force, now).faults, 1U);
  EXPECT_THAT(monitor.look(in_force, now).first_fault, ::testing::HasSubstr(path));
}

}  // namespace
}  // namespace sluice::app
