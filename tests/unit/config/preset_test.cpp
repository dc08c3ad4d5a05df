// SPDX-License-Identifier: Apache-2.0
// What the presets set, that a stricter one is never later, and what becomes of people under them.
#include "daemon/config/preset.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/config/changes.h"
#include "daemon/config/load.h"
#include "daemon/decisions/pipeline.h"
#include "tests/unit/detection/clients/tls/hello_builder.h"
#include "tests/unit/detection/people.h"

namespace sluice::config {
namespace {

using namespace decisions;
using namespace detection;
using namespace detection::test;
using testing::HasSubstr;

constexpr std::array kPresets = {Preset::careful, Preset::balanced, Preset::strict, Preset::small_site};

Config preset(Preset which, std::string_view more = {}) {
  const auto loaded = parse(fmt::format("preset = \"{}\"\n{}", to_string(which), more), "t");
  EXPECT_TRUE(loaded) << to_string(loaded.error().front());
  return loaded ? *loaded : Config();
}

TEST(Preset, EachLoadsAndChangesWhatItSays) {
  for (const Preset which : kPresets) {
    std::vector<std::string> changed;
    for (const Change& change : changes(Config(), preset(which))) {
      if (change.key != "preset") changed.push_back(change.key);
    }
    std::vector<std::string> said;
    for (const PresetValue& value : values_of(which)) {
      said.emplace_back(value.key);
      EXPECT_FALSE(value.why.empty());
    }
    EXPECT_THAT(said, testing::UnorderedElementsAreArray(changed)) << to_string(which);
    EXPECT_LT(preset(which).detector.scoring.most_supporting, preset(which).policy.throttle_score)
        << "what only supports leads to nothing under " << to_string(which);
  }
  EXPECT_TRUE(values_of(Preset::careful).empty()) << "it is the defaults";
}

TEST(Preset, WhatAFileSaysWins) {
  const Config config = preset(Preset::strict, "[policy]\nblock_score = 5.75\n");
  EXPECT_EQ(config.policy.block_score, 5.75);
  EXPECT_EQ(config.policy.throttle_score, 3.5);
}

TEST(Preset, WhatContradictsOneIsToldWithItsName) {
  const auto loaded = parse("preset = \"strict\"\n[policy]\nthrottle_score = 5.5\n", "t");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(
      to_string(loaded.error().front()),
      "t:3: policy.throttle_score: 5.5 is greater than policy.block_score, which is 5 by preset strict");
}

// ---- what they do ----

struct Nobody : PipelineObserver {
  void on_finding(const Finding&, Action) override {}
  void on_refusal(const Decision&, const Error& error) override { ADD_FAILURE() << error.message(); }
  void on_block(const BlockHistory&) override {}
};

// A pipeline under a preset, and when its one visitor was first decided upon.
class Site {
 public:
  explicit Site(const Config& config) : config_(config) {}

  struct Outcome {
    std::optional<std::size_t> throttled;  // or blocked; after so many requests
    std::optional<std::size_t> blocked;
    std::string reason;
  };

  Outcome visit(const std::function<void(Visitor&)>& visits,
                const std::function<void(Pipeline&)>& before = nullptr) {
    Ledger ledger{LedgerLimits(), Mode::enforce};
    Nobody nobody;
    NoNames names;
    auto made = Pipeline::create(config_.detector, knowledge(), names, config_.policy, ledger, nobody);
    EXPECT_TRUE(made);
    Pipeline& pipeline = **made;
    if (before) before(pipeline);
    Outcome outcome;
    std::size_t requests = 0;
    Visitor visitor(pipeline.detector(), [&](const Request& request) {
      (void)ledger.expire(request.time);
      (void)pipeline.observe(request, request.time);
      ++requests;
      const Decision* denial =
          ledger.find(pipeline.detector().identify(request.client), Ledger::Slot::denial);
      if (denial == nullptr) return;
      if (!outcome.throttled) outcome.throttled = requests;
      if (denial->action == Action::block && !outcome.blocked) outcome.blocked = requests;
      outcome.reason = denial->reason;
    });
    visits(visitor);
    return outcome;
  }

 private:
  const Config& config_;
};

TEST(Preset, NobodyWhoReadsIsBlockedAndUnderMostNobodyIsThrottled) {
  for (const Preset which : kPresets) {
    const Config config = preset(which);
    for (const Person& person : kPeople) {
      for (unsigned seed = 0; seed < 10; ++seed) {
        std::mt19937 random(seed);
        const auto outcome =
            Site(config).visit([&](Visitor& visitor) { person.visits(visitor, random, [] {}); });
        const std::string who =
            fmt::format("{} under {}, seed {}: {}", person.name, to_string(which), seed, outcome.reason);
        EXPECT_FALSE(outcome.blocked) << who;
        // Reads eighty people within an hour, none of them twice.
        const bool thorough = person.name == "opens tabs" || person.name == "reads one by one";
        if (which != Preset::strict || !thorough) {
          EXPECT_FALSE(outcome.throttled) << who;
        }
      }
    }
  }
}

TEST(Preset, AHurriedOfficeBehindAProxyThatOpensTlsIsThrottledUnderStrictAlone) {
  for (const Preset which : kPresets) {
    const Config config = preset(which);
    const auto outcome = Site(config).visit(
        [](Visitor& office) {
          office.user_agent =
              "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
              "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
          for (int i = 0; i < 1000; ++i)
            office.browse("/news/" + std::to_string(i), 5);
        },
        [](Pipeline& pipeline) {
          const Bytes bytes = recorded_hello("curl");  // the proxy's library
          Hello hello;
          hello.time = at(0);
          hello.client = *Address::parse("192.0.2.7");
          hello.bytes = bytes;
          hello.whole = true;
          pipeline.observe(hello);
        });
    EXPECT_EQ(outcome.throttled.has_value(), which == Preset::strict) << to_string(which);
    EXPECT_FALSE(outcome.blocked) << to_string(which);
  }
}

struct Scraper {
  std::string_view name;
  void (*visits)(Visitor&, std::mt19937&);
};

void walks(Visitor& bot, std::mt19937&) {
  for (int i = 0; i < 60; ++i)
    bot.person(i);
}
void walks_at_leisure(Visitor& bot, std::mt19937&) {
  for (int i = 0; i < 60; ++i) {
    bot.person(i);
    bot.wait(3.0 * i);
  }
}
void draws(Visitor& bot, std::mt19937& random) {
  for (int i = 0; i < 400; ++i) {
    bot.person(static_cast<int>(random() % 100'000));
    bot.wait(20);
  }
}
void draws_all_day(Visitor& bot, std::mt19937& random) {
  for (int i = 0; i < 700; ++i) {
    bot.person(static_cast<int>(random() % 10'000'000));
    bot.wait(120);
  }
}
void shuffles(Visitor& bot, std::mt19937& random) {
  std::array<int, 50> block{};
  std::iota(block.begin(), block.end(), 700);
  std::ranges::shuffle(block, random);
  for (const int i : block) {
    bot.person(i);
    bot.wait(9);
  }
}
void walks_lists(Visitor& bot, std::mt19937& random) {
  for (int page = 1; page <= 60; ++page) {
    bot.get("/people?page=" + std::to_string(page));
    for (int i = 0; i < 10; ++i) {
      bot.person(static_cast<int>(random() % 100'000));
      bot.wait(0.5);
    }
  }
}
void scans(Visitor& bot, std::mt19937&) {
  bot.user_agent = "curl/8.5.0";
  for (int i = 0; i < 60; ++i) {
    bot.get("/old-" + std::to_string(i) + ".php", 404);
    bot.wait(20);
  }
}

constexpr std::array<Scraper, 7> kScrapers = {{{"walks", walks},
                                               {"walks at leisure", walks_at_leisure},
                                               {"draws", draws},
                                               {"draws all day", draws_all_day},
                                               {"shuffles", shuffles},
                                               {"walks lists", walks_lists},
                                               {"scans", scans}}};

TEST(Preset, AStricterOneIsNeverLater) {
  constexpr std::size_t kNever = SIZE_MAX;
  for (const Scraper& scraper : kScrapers) {
    const auto outcome = [&](Preset which) {
      std::mt19937 random(1);
      return Site(preset(which)).visit([&](Visitor& visitor) { scraper.visits(visitor, random); });
    };
    const auto careful = outcome(Preset::careful);
    const auto balanced = outcome(Preset::balanced);
    const auto strict = outcome(Preset::strict);
    const auto small_site = outcome(Preset::small_site);
    ASSERT_TRUE(careful.throttled) << scraper.name;
    EXPECT_LE(balanced.throttled.value_or(kNever), *careful.throttled) << scraper.name;
    EXPECT_LE(strict.throttled.value_or(kNever), balanced.throttled.value_or(kNever)) << scraper.name;
    EXPECT_LE(small_site.throttled.value_or(kNever), *careful.throttled) << scraper.name;
    EXPECT_LE(balanced.blocked.value_or(kNever), careful.blocked.value_or(kNever)) << scraper.name;
    EXPECT_LE(strict.blocked.value_or(kNever), balanced.blocked.value_or(kNever)) << scraper.name;
  }
}

}  // namespace
}  // namespace sluice::config
