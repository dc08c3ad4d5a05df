// SPDX-License-Identifier: Apache-2.0
// `sluicectl support` as it is run, against a real server: what is in the file, who may read it, what is
// said.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/ctl/command.h"

namespace sluice::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

class SupportTest : public Command {
 protected:
  // All that is in the archive.
  [[nodiscard]] static std::string unpacked(const std::string& file) {
    return Process({"/usr/bin/tar", "-xOzf", file}, {}, "").finish().out;
  }
  control::TemporaryFolder folder_;
  const std::string file_ = folder_.file("bundle.tar.gz");
};

TEST_F(SupportTest, GathersWhatTheDaemonSaysUnderPseudonyms) {
  ASSERT_EQ(run({"block", "203.0.113.7", "2001:db8:5:6::/64", "--reason", "Jane Doe asked"}).code, 0);
  std::ofstream(folder_.file("log")) << "first\n198.51.100.9 is not blocked: it is protected\n";
  const Outcome made = run({"support", "-o", file_, "--log", folder_.file("log"), "--lines", "1"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("NOT removed:"));
  EXPECT_THAT(made.out, HasSubstr("configuration.txt    is not in it: "));
  struct stat status {};
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  const std::string all = unpacked(file_);
  EXPECT_THAT(all, HasSubstr("kernel: Linux"));
  EXPECT_THAT(all, HasSubstr("What `sluicectl support` gathered"));
  EXPECT_THAT(all, HasSubstr("is not blocked: it is protected"));
  EXPECT_THAT(all, Not(HasSubstr("first\n")));
  EXPECT_THAT(all, HasSubstr("bytes left out"));
  for (const char* secret : {"203.0.113.7", "2001:db8:5", "198.51.100.9", "Jane"})
    EXPECT_THAT(all, Not(HasSubstr(secret)));
}

TEST_F(SupportTest, WritesOverNothing) {
  std::ofstream(file_) << "mine";
  const Outcome refused = run({"support", "--output", file_});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("exists; name another file"));
  EXPECT_EQ(content(file_), "mine");
}

TEST_F(SupportTest, MakesOneWithoutTheDaemonToo) {
  const Outcome made = Process({SLUICECTL, "--socket", folder_.file("none"), "--json", "support", "-o", file_,
                                "--log", folder_.file("no-log")},
                               {}, "")
                           .finish();
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr(R"({"name":"status.json","why":"no daemon answers on )"));
  EXPECT_THAT(made.out, HasSubstr(R"({"name":"log.txt")"));
  EXPECT_THAT(unpacked(file_), HasSubstr("sluiced: does not answer"));
  EXPECT_EQ(run({"--json", "support", "-o", "-"}).code, 2);
}

}  // namespace
}  // namespace sluice::ctl
