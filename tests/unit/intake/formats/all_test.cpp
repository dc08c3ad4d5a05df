// SPDX-License-Identifier: Apache-2.0
// The table of formats, and what must agree with it.
#include "daemon/intake/formats/all.h"

#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/fixed_patterns.h"
#include "daemon/intake/formats/haproxy.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/recognise.h"
#include "daemon/intake/formats/w3c.h"

namespace sluice::intake {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

std::vector<std::string> table_names() {
  std::vector<std::string> names;
  for (const Format format : all_formats())
    names.emplace_back(to_string(format));
  return names;
}

std::vector<std::string> names_in(const std::string& text, const std::regex& name) {
  std::vector<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at)
    names.push_back((*at)[1]);
  return names;
}

std::string text_of(const std::string& path, const std::string& from, const std::string& to) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + path);
  const std::string all{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto begin = all.find(from);
  if (begin == std::string::npos) return {};
  return all.substr(begin + from.size(), all.find(to, begin + from.size()) - begin - from.size());
}

TEST(Formats, AreReadBackByTheirNames) {
  for (const Format format : all_formats())
    EXPECT_EQ(parse_format(to_string(format)).value(), format);
  EXPECT_THAT(parse_format("iis").error().message(),
              HasSubstr("'iis' is not a log format; there are combined, common, "));
}

TEST(Formats, CombinedIsWhatALogHasThatNamesNone) {
  EXPECT_EQ(LogOptions().format, formats::kCombined);
}

TEST(Formats, AreMadeByTheOptionsThatNameThem) {
  for (const Format format : all_formats()) {
    LogOptions options{.format = format};
    const auto parser = make_parser(options);
    if (format->has_pattern) {
      EXPECT_THAT(parser.error().message(), testing::StartsWith("pattern ")) << format->name;
    } else {
      ASSERT_TRUE(parser) << format->name;
      EXPECT_EQ((*parser)->parse("").error(), ParseFault::empty) << format->name;
    }
  }
}

TEST(Formats, AreGuessedInTheOrderOfTheTable) {
  std::vector<Format> guessed;
  for (const LogOptions& guess : candidates({}))
    guessed.push_back(guess.format);
  const std::vector<Format> expected = {
      formats::kCombined, formats::kCommon,   formats::kVhostCombined, formats::kVhostCommon,
      formats::kJson,     formats::kJson,     formats::kJson,          formats::kJson,
      formats::kJson,     formats::kHaproxy,  formats::kW3c,           formats::kIngress,
      formats::kNpm,      formats::kLighttpd, formats::kAlb,           formats::kEnvoy};
  EXPECT_EQ(guessed, expected);
}

TEST(Formats, ThoseOfTheConfigurationAreTriedFirstWhereTheySayMore) {
  const LogOptions nginx{.format = formats::kNginx, .pattern = "$remote_addr"};
  const auto tried = candidates({LogOptions{.format = formats::kCommon}, nginx});
  EXPECT_EQ(tried.front(), nginx);
  EXPECT_EQ(tried.size(), candidates({}).size() + 1);
}

TEST(Formats, TheManualAndTheExampleNameEachAndNoOther) {
  const std::string manual = text_of("/config/man/sluice.toml.5", ".It Ic format Pq Qq combined\n", "\n.It ");
  EXPECT_THAT(names_in(manual, std::regex(R"(\.Qq (\w+))")), UnorderedElementsAreArray(table_names()));
  const std::string example = text_of("/config/sluice.toml", "format = \"combined\"        #", "\n");
  EXPECT_THAT(names_in(example, std::regex("\"(\\w+)\"")), UnorderedElementsAreArray(table_names()));
}

}  // namespace
}  // namespace sluice::intake
