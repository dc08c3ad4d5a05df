// SPDX-License-Identifier: Apache-2.0
// config/sluice.toml is the contract: it holds every key that the loader knows, knows no other, and says the
// defaults.
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/config/changes.h"
#include "daemon/config/keys.h"
#include "daemon/config/list_keys.h"
#include "daemon/config/load.h"
#include "daemon/config/log_keys.h"
#include "daemon/config/preset.h"
#include "daemon/intake/formats/json.h"

namespace sluice::config {
namespace {

using testing::Contains;
using testing::Eq;
using testing::IsEmpty;

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The part of the file from a commented-out line to an empty one, without its comment signs.
std::string example_at(const std::string& text, std::string_view begin_with) {
  const auto begin = text.find(begin_with);
  if (begin == std::string::npos) return {};
  std::string example = text.substr(begin, text.find("\n\n", begin) - begin);
  for (auto at = example.find("# "); at != std::string::npos; at = example.find("\n# ", at))
    example.erase(example[at] == '#' ? at : at + 1, 2);
  return example;
}

// What a preset or `sluiced learn` sets: with its default, but commented out, for what the file says wins.
std::set<std::string> left_to_others() {
  std::set<std::string> names;
  for (const Preset preset : {Preset::balanced, Preset::strict, Preset::small_site}) {
    for (const PresetValue& value : values_of(preset))
      names.emplace(value.key);
  }
  for (const auto& key : config_keys()) {
    if (key.name.starts_with("heuristics.scale.")) names.insert(key.name);
  }
  return names;
}

// The file with these in force.
std::string with_all_keys(const std::string& text) {
  const auto names = left_to_others();
  std::string all;
  std::string table;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) table = line.substr(1, line.find(']') - 1) + ".";
    const bool is_one = line.starts_with("# ") && names.contains(table + line.substr(2, line.find(" =") - 2));
    all += line.substr(is_one ? 2 : 0) + '\n';
  }
  return all;
}

// The comment after each key, by the key's full name. Knows as much TOML as the file uses.
std::map<std::string, std::string> comments(const std::string& text) {
  std::map<std::string, std::string> found;
  std::string table;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[') {
      const auto begin = line.find_first_not_of('[');
      table = line.substr(begin, line.find(']') - begin) + ".";
    } else {
      const auto hash = line.rfind('#');
      found[table + line.substr(0, line.find(" ="))] = hash == std::string::npos ? "" : line.substr(hash);
    }
  }
  return found;
}

std::set<std::string> every_key() {
  std::set<std::string> names;
  for (const auto& key : config_keys())
    names.emplace(key.name);
  names.erase("log");
  names.erase("route");
  names.erase("list");  // shown commented out
  names.erase("limit");
  for (const auto& key : log_keys()) {
    const bool is_shown = key.name == "path" || key.name == "format";
    if (is_shown) names.insert("log." + std::string(key.name));  // the others stand in the examples
  }
  for (const auto& key : route_keys()) {
    const bool is_shown = key.trait != Trait::optional;
    if (is_shown) names.insert("route." + std::string(key.name));  // the others stand commented out
  }
  return names;
}

class Defaults : public testing::Test {
 protected:
  const std::string text_ = read(SLUICE_CONFIG_FILE);
  const std::string all_ = with_all_keys(text_);
};

TEST_F(Defaults, TheFileLoadsWithoutFault) {
  const auto loaded = load(SLUICE_CONFIG_FILE);
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
}

TEST_F(Defaults, TheFileSaysWhatTheProgramHas) {
  const auto loaded = parse(all_, "all.toml");
  ASSERT_TRUE(loaded);
  for (const Change& change : changes(Config{}, *loaded)) {
    ADD_FAILURE() << change.key << ": the headers say " << change.before << ", the file " << change.after;
  }
  EXPECT_EQ(loaded->filter.ipv6_source_length, Config{}.filter.ipv6_source_length);
}

TEST_F(Defaults, AnEmptyFileIsTheDefaults) {
  const auto loaded = parse("", "empty.toml");
  ASSERT_TRUE(loaded);
  EXPECT_THAT(changes(Config{}, *loaded), IsEmpty());
}

TEST_F(Defaults, TheFileHoldsExactlyTheKnownKeys) {
  std::set<std::string> in_file;
  for (const auto& [key, comment] : comments(all_))
    in_file.insert(key);
  EXPECT_THAT(in_file, Eq(every_key()));
}

TEST_F(Defaults, TheFileLeavesToPresetsWhatTheySet) {
  const auto in_force = comments(text_);
  const auto all = comments(all_);
  std::set<std::string> marked;
  for (const auto& [key, comment] : all) {
    if (comment.find("(preset)") != std::string::npos) marked.insert(key);
  }
  for (const auto& key : config_keys()) {
    if (key.name.starts_with("heuristics.scale.")) marked.insert(key.name);
  }
  EXPECT_THAT(marked, Eq(left_to_others()));
  for (const std::string& key : left_to_others())
    EXPECT_FALSE(in_force.contains(key)) << key;
}

TEST_F(Defaults, TheFileMarksWhatAReloadDoesNotChange) {
  const auto comment = comments(all_);
  for (const auto& key : config_keys()) {
    const auto at = comment.find(std::string(key.name));
    if (at == comment.end()) continue;  // [[log]] and [[route]]
    EXPECT_EQ(at->second.starts_with("# (attach)"), key.trait == Trait::at_attach) << key.name;
    EXPECT_EQ(at->second.starts_with("# (restart)"), key.trait == Trait::at_restart) << key.name;
  }
}

TEST_F(Defaults, TheFileSaysWhatElseARouteMayHave) {
  const auto begin = text_.find("[[route]]");
  std::string all = "[[route]]\nname = \"people\"\npattern = \"/people/{subject}\"\n";
  std::istringstream lines(text_.substr(begin, text_.find("[assets]") - begin));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# ") && line.find(" = ") != std::string::npos) all += line.substr(2) + "\n";
  }
  for (const auto& key : route_keys())
    if (key.trait == Trait::optional) {
      EXPECT_NE(all.find("\n" + key.name + " = "), std::string::npos) << key.name;
    }
  const auto loaded = parse(all, "routes.toml");
  ASSERT_TRUE(loaded) << to_string(loaded.error().front());
  EXPECT_THAT(changes(Config{}, *loaded), IsEmpty()) << "the defaults";
}

TEST_F(Defaults, TheExamplesOfListsSayEveryKey) {
  const auto begin = text_.find("# [[list]]");
  std::string example = text_.substr(begin, text_.find("# What the web server writes") - begin);
  for (auto at = example.find("# "); at != std::string::npos; at = example.find("\n# ", at))
    example.erase(example[at] == '#' ? at : at + 1, 2);
  const auto loaded = parse(example, "example.toml");
  ASSERT_TRUE(loaded) << to_string(loaded.error().front()) << "\n" << example;
  ASSERT_EQ(loaded->lists.size(), 6U);
  EXPECT_EQ(loaded->lists[1].rate, (decisions::Rate{20, 60}));
  for (const auto& key : list_keys())
    EXPECT_NE(example.find("\n" + std::string(key.name) + " = "), std::string::npos) << key.name;
}

TEST_F(Defaults, TheExampleOfALimitSaysEveryKey) {
  const auto begin = text_.find("# [[limit]]");
  std::string example = text_.substr(begin, text_.find("\n\n", begin) - begin);
  for (auto at = example.find("# "); at != std::string::npos; at = example.find("\n# ", at))
    example.erase(example[at] == '#' ? at : at + 1, 2);
  const auto loaded = parse(example, "example.toml");
  ASSERT_TRUE(loaded) << to_string(loaded.error().front()) << "\n" << example;
  kernel::LimitOptions limit;
  limit.port = 443;
  limit.attempts_per_second = 20;
  EXPECT_EQ(loaded->filter.limits, std::vector{limit}) << "all others are the defaults";
  for (const auto& key : limit_keys())
    EXPECT_NE(example.find("\n" + std::string(key.name) + " = "), std::string::npos) << key.name;
}

TEST_F(Defaults, TheExampleOfAJsonLogIsTheDefaultFieldMap) {
  const std::string example = example_at(text_, "# [[log]]                  # JSON");
  const auto loaded = parse(example, "example.toml");
  ASSERT_TRUE(loaded) << to_string(loaded.error().front()) << "\n" << example;
  ASSERT_EQ(loaded->logs.size(), 1U);
  EXPECT_EQ(loaded->logs[0].format, intake::formats::kJson);
  EXPECT_EQ(loaded->logs[0].fields, intake::FieldMap{});
  for (const auto& key : log_keys()) {
    if (!key.name.starts_with("fields.")) continue;
    const std::string name(key.name.substr(key.name.find('.') + 1));
    const bool said = example.find("\n" + name + " = ") != std::string::npos ||
                      example.find("`" + name + "`") != std::string::npos;
    EXPECT_TRUE(said) << name << " is not explained";
  }
}

TEST_F(Defaults, TheExamplesOfLogsSayEveryKey) {
  std::string all;
  for (const std::string_view begin :
       {"# [[log]]                  # a format", "# [[log]]                  # HAProxy",
        "# [[log]]                  # JSON"}) {
    const std::string example = example_at(text_, begin);
    const auto loaded = parse(example, "example.toml");
    ASSERT_TRUE(loaded) << to_string(loaded.error().front()) << "\n" << example;
    EXPECT_EQ(loaded->logs.size(), 1U);
    all += example;
  }
  for (const auto& key : log_keys()) {
    if (key.name.starts_with("fields.")) continue;
    if (key.name == "envelope") continue;  // it stands with the log that is followed
    EXPECT_NE(all.find("\n" + std::string(key.name) + " = "), std::string::npos) << key.name;
  }
}

}  // namespace
}  // namespace sluice::config
