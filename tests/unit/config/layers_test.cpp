// SPDX-License-Identifier: Apache-2.0
// Included files: what counts, where faults are told, and where each setting is from.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/config/changes.h"
#include "daemon/config/load.h"

namespace sluice::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Layers : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice-layers-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  // The faults, with the folder's name taken out.
  std::vector<std::string> faults(const std::string& path) const {
    std::vector<std::string> lines;
    const auto loaded = load(path);
    if (loaded) return lines;
    for (const Fault& fault : loaded.error()) {
      std::string line = to_string(fault);
      for (auto at = line.find(folder_); at != std::string::npos; at = line.find(folder_))
        line.erase(at, folder_.string().size() + 1);
      lines.push_back(line);
    }
    return lines;
  }

  std::filesystem::path folder_;
};

TEST_F(Layers, TheFileCountsBeforeWhatItIncludesAndThatBeforeThePreset) {
  write("conf.d/a.toml", "[policy]\nblock_score = 5.1\nthrottle_score = 3.1\ngrowth = 2\n");
  write("b.toml", "[policy]\nblock_score = 5.2\n[heuristics]\nbreadth.weight = 2.5\n");
  const std::string file =
      write("main.toml", "preset = \"strict\"\ninclude = [\"conf.d/a.toml\", \"" +
                             (folder_ / "b.toml").string() + "\"]\n[policy]\ngrowth = 3\n");
  const auto config = load(file);
  ASSERT_TRUE(config) << to_string(config.error().front());
  EXPECT_EQ(config->policy.growth, 3) << "the file itself";
  EXPECT_EQ(config->policy.block_score, 5.2) << "the later of the included";
  EXPECT_EQ(config->policy.throttle_score, 3.1) << "the earlier";
  EXPECT_EQ(config->detector.scoring.heuristics.of<detection::Breadth>().weight, 2.5);
  EXPECT_EQ(config->detector.scoring.heuristics.of<detection::Breadth>().subjects_per_day, 160)
      << "the preset";
  EXPECT_EQ(config->detector.scoring.heuristics.of<detection::Breadth>().max_weight, 6) << "the default";
}

TEST_F(Layers, FaultsAreToldWhereTheyStand) {
  write("bad.toml", "[policy]\ngrowth = 1000\nblok_score = 3\n");
  write("broken.toml", "\n[policy\n");
  write("deep.toml", "include = [\"a.toml\"]\npreset = \"strict\"\n");
  write("order.toml", "[policy]\n\nblock_score = 3.0\n");
  EXPECT_THAT(
      faults(write("main.toml", "include = [\"bad.toml\", \"broken.toml\", \"deep.toml\"]\nmod = 1\n")),
      ElementsAre("bad.toml:2: policy.growth: 1000 is out of range: 1 to 100",
                  "bad.toml:3: policy.blok_score: unknown; did you mean block_score?",
                  HasSubstr("broken.toml:2: not TOML: "),
                  "deep.toml:1: include: stands in an included file; write it in the one that includes it",
                  "deep.toml:2: preset: stands in an included file; write it in the one that includes it",
                  "main.toml:2: mod: unknown; did you mean mode?"));
  EXPECT_THAT(
      faults(write("main.toml", "\ninclude = [\"none.toml\"]\n")),
      ElementsAre("main.toml:2: include: none.toml: cannot be opened: No such file or directory; put one "
                  "there (an empty file means the defaults) or name another"));
  EXPECT_THAT(faults(write("main.toml", "include = [\"order.toml\"]\n")),
              ElementsAre("order.toml:3: policy.block_score: 3 is less than "
                          "policy.throttle_score, which is 4.5 by default"));
  EXPECT_THAT(faults(write("main.toml", "include = [\"order.toml\"]\n[policy]\nthrottle_score = 4\n")),
              ElementsAre("main.toml:3: policy.throttle_score: 4 is greater "
                          "than policy.block_score, which is 3 by order.toml"));
  const std::string main = write("main.toml", "include = [\"main.toml\"]\n");
  EXPECT_THAT(faults(main), ElementsAre(HasSubstr("main.toml:1: include: stands in an included file")));
  EXPECT_THAT(faults(write("main.toml", "include = [\"a/\", \"\"]\n")).size(), 2U);
}

TEST_F(Layers, ATextThatIsNoFileIncludesNothing) {
  const auto loaded = parse("include = [\"/etc/hostname\"]\n", "t");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(to_string(loaded.error().front()),
            "t:1: include: /etc/hostname: only a configuration that is a file itself can include others");
}

TEST_F(Layers, EachSettingIsShownWithWhereItIsFrom) {
  write("learned.toml", "[heuristics.scale]\nbreadth = 1.25\n");
  const std::string file =
      write("main.toml", "preset = \"strict\"\ninclude = [\"learned.toml\"]\n[policy]\nblock_score = 5.5\n");
  const auto settings = load_settings(file);
  ASSERT_TRUE(settings);
  const auto of = [&](std::string_view key) {
    const auto at = std::ranges::find(*settings, key, &Setting::key);
    EXPECT_NE(at, settings->end()) << key;
    return *at;
  };
  EXPECT_EQ(of("mode").origin, "default");
  EXPECT_EQ(of("heuristics.scale.breadth").value, "1.25");
  EXPECT_EQ(of("heuristics.scale.breadth").origin, (folder_ / "learned.toml").string() + ":2");
  EXPECT_EQ(of("policy.block_score").value, "5.5");
  EXPECT_THAT(of("policy.block_score").origin, HasSubstr(file + ":4, over preset strict: above the 4.0"));
  EXPECT_EQ(of("policy.throttle_score").origin, "preset strict: identifiers in sequence (3.5) alone");
  EXPECT_FALSE(load_settings(write("bad.toml", "mode = 1\n")));
}

}  // namespace
}  // namespace sluice::config
