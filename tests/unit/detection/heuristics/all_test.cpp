// SPDX-License-Identifier: Apache-2.0
// Each heuristic of the list has its own test file, with a trace that it must fire on and one of people that
// it must be silent on.
#include "daemon/detection/heuristics/all.h"

#include <fstream>
#include <iterator>
#include <string>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::detection::test {
namespace {

// Empty: there is no such file.
std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(AllHeuristics, HaveATestFileWithATraceThatFiresAndOneThatDoesNot) {
  Heuristics::for_each([]<class H>(std::type_identity<H>) {
    const std::string path =
        SLUICE_SOURCE_DIR "/tests/unit/detection/heuristics/" + std::string(H::kName) + "_test.cpp";
    const std::string text = text_of(path);
    ASSERT_FALSE(text.empty()) << "write " << path;
    EXPECT_THAT(text, testing::ContainsRegex("TEST(_F)?\\([A-Za-z]+, Fires")) << path;
    EXPECT_THAT(text, testing::ContainsRegex("TEST(_F)?\\([A-Za-z]+, IsSilent")) << path;
  });
}

}  // namespace
}  // namespace sluice::detection::test
