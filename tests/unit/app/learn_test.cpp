// SPDX-License-Identifier: Apache-2.0
// Learning from real files, read as its users read it: tables, an object, and a file of the configuration.
#include "daemon/app/offline/learn.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "daemon/config/changes.h"
#include "daemon/config/load.h"

namespace sluice::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LearnTest : public ::testing::Test {
 protected:
  std::filesystem::path folder_;
  std::string log_;
  std::string labels_;

  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-learn-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    log_ = file("access.log", visits());
    labels_ = file("labels.csv", labels(20));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }

  // Twenty scrapers walk through people; twenty people read a few, half of them with an app that is called
  // like a library. One visit is half an hour.
  static std::string visits() {
    std::string text;
    std::mt19937 random(1);
    for (int i = 0; i < 20; ++i) {
      for (int second = 0; second < 1800; second += 30) {
        const std::string time = fmt::format("24/Nov/2026:{:02}:{:02}:{:02} +0000", i / 2,
                                             (i % 2) * 30 + second / 60, second % 60);
        const std::string_view script =
            i % 2 == 0 ? "python-requests/2.32.3" : "Mozilla/5.0 (X11; Linux x86_64)";
        text += line(fmt::format("192.0.2.{}", i), time, fmt::format("/people/{}", 100 * i + second / 30),
                     script);
        if (second % 120 != 0) continue;
        text +=
            line(fmt::format("198.51.100.{}", i), time, fmt::format("/people/{}", random() % 5000), script);
        text += line(fmt::format("198.51.100.{}", i), time, "/assets/style.css", script);
      }
    }
    return text;
  }
  static std::string line(const std::string& client, const std::string& time, const std::string& target,
                          std::string_view agent) {
    return fmt::format("{} - - [{}] \"GET {} HTTP/1.1\" 200 4000 \"-\" \"{}\"\n", client, time, target,
                       agent);
  }
  static std::string labels(int each) {
    std::string text = "source,label\n";
    for (int i = 0; i < each; ++i)
      text += fmt::format("192.0.2.{0},scraper\n198.51.100.{0},person\n", i);
    return text;
  }

  struct Printed {
    std::string error;  // empty: done
    std::string out;
    std::string log;
  };
  static Printed learned(const LearnOptions& options, const config::Config& config = {}) {
    char* out = nullptr;
    char* log = nullptr;
    std::size_t out_size = 0;
    std::size_t log_size = 0;
    std::FILE* out_file = ::open_memstream(&out, &out_size);
    std::FILE* log_file = ::open_memstream(&log, &log_size);
    const auto done = learn(config, options, out_file, log_file);
    std::fclose(out_file);
    std::fclose(log_file);
    Printed printed{done ? "" : done.error().message(), std::string(out, out_size),
                    std::string(log, log_size)};
    ::free(out);
    ::free(log);
    return printed;
  }
};

TEST_F(LearnTest, TrustsWhatTellsAndDistrustsWhatDoesNot) {
  LearnOptions options{.labels = labels_, .logs = {{log_}}};
  options.json = true;
  const Printed printed = learned(options);
  ASSERT_EQ(printed.error, "");
  const boost::json::object found = boost::json::parse(printed.out).as_object();
  EXPECT_EQ(found.at("scrapers").at("sources").to_number<int>(), 20);
  EXPECT_EQ(found.at("people").at("labels").to_number<int>(), 20);
  EXPECT_EQ(found.at("from").as_string(), "2026-11-24T00:00:00Z");
  EXPECT_NEAR(found.at("block_probability").to_number<double>(), 0.95, 1e-9);
  std::map<std::string, boost::json::object> heuristics;
  for (const boost::json::value& value : found.at("heuristics").as_array())
    heuristics.emplace(value.at("heuristic").as_string(), value.as_object());
  const boost::json::object& order = heuristics.at("enumeration");
  EXPECT_EQ(order.at("scrapers").to_number<int>(), 20);
  EXPECT_EQ(order.at("people").to_number<int>(), 0);
  EXPECT_GT(order.at("new_scale").to_number<double>(), 1);
  const boost::json::object& client = heuristics.at("user_agent");
  EXPECT_EQ(client.at("scrapers").to_number<int>(), 10);
  EXPECT_EQ(client.at("people").to_number<int>(), 10);
  EXPECT_LT(client.at("new_scale").to_number<double>(), 0.9);
  EXPECT_EQ(heuristics.at("decoy").at("new_scale").to_number<double>(), 1);
  const auto& before = found.at("old");
  const auto& after = found.at("new");
  EXPECT_EQ(after.at("block").at("people").to_number<int>(), 0);
  EXPECT_GT(after.at("auc").to_number<double>(), 0.99);
  EXPECT_LE(after.at("brier").to_number<double>(), before.at("brier").to_number<double>());
  EXPECT_EQ(after.at("reliability").as_array().size(), 5U);
}

TEST_F(LearnTest, WritesAFileThatTheConfigurationIncludes) {
  LearnOptions options{.labels = labels_, .logs = {{log_}}};
  options.output = folder_ / "learned.toml";
  const Printed printed = learned(options);
  ASSERT_EQ(printed.error, "");
  EXPECT_THAT(printed.log, HasSubstr("learned.toml is written; name it in `include`"));
  EXPECT_THAT(printed.out, HasSubstr("A score of 6.00, which blocks, means a scraper with 95 %"));
  EXPECT_THAT(printed.out, HasSubstr("CROSS-VALIDATED, 5 FOLDS, SEED 1"));
  const auto config = config::load(file("sluice.toml", "include = [\"learned.toml\"]\n"));
  ASSERT_TRUE(config) << config::to_string(config.error().front());
  EXPECT_GT(config->detector.scoring.scales.of<detection::Enumeration>(), 1);
  EXPECT_LT(config->detector.scoring.scales.of<detection::UserAgent>(), 0.9);
  for (const config::Change& change : config::changes({}, *config))
    EXPECT_THAT(change.key, testing::AnyOf("include", testing::StartsWith("heuristics.scale.")))
        << change.after;
  EXPECT_THAT(read("learned.toml"), Not(HasSubstr("192.0.2."))) << "nobody is named in it";

  // What has been learned is the old of the next time, and the same is learned again.
  const std::string first = read("learned.toml");
  options.force = true;
  const Printed again = learned(options, *config);
  ASSERT_EQ(again.error, "");
  EXPECT_EQ(first.substr(first.find("[heuristics")),
            read("learned.toml").substr(read("learned.toml").find("[heuristics")));
}

TEST_F(LearnTest, NeverWritesOverAFileUntold) {
  LearnOptions options{.labels = labels_, .logs = {{log_}}};
  options.output = file("learned.toml", "# mine\n");
  EXPECT_EQ(learned(options).error, options.output + " is there already; --force writes over it");
  EXPECT_EQ(read("learned.toml"), "# mine\n");
  options.force = true;
  EXPECT_EQ(learned(options).error, "");
  EXPECT_THAT(read("learned.toml"), HasSubstr("[heuristics.scale]"));
  options.output = folder_ / "missing" / "learned.toml";
  EXPECT_THAT(learned(options).error, HasSubstr("cannot be written: No such file or directory"));
}

TEST_F(LearnTest, RefusesTooFewLabelsInWords) {
  const LearnOptions few{.labels = file("few.csv", labels(9)), .logs = {{log_}}};
  EXPECT_EQ(learned(few).error,
            "of 18 labelled networks 9 with scrapers and 9 with people occur in the logs as asking for "
            "pages; it takes 10 "
            "of each to learn anything: label more, or give more logs");
  // A network is one label, however many of its sources come.
  const LearnOptions wide{.labels = file("wide.csv", "192.0.2.0/24,scraper\n198.51.100.0/24,person\n"),
                          .logs = {{log_}}};
  EXPECT_THAT(learned(wide).error, HasSubstr("of 2 labelled networks 1 with scrapers and 1 with people"));
}

TEST_F(LearnTest, NamesEveryBadLine) {
  const LearnOptions options{.labels = file("bad.csv", "192.0.2.1,robot\n192.0.2.2\n"), .logs = {{log_}}};
  const Printed printed = learned(options);
  EXPECT_THAT(printed.error, HasSubstr("bad.csv: 2 lines cannot be used; nothing was learned"));
  EXPECT_THAT(printed.log, HasSubstr("bad.csv:1: 'robot' is neither scraper nor person"));
  EXPECT_THAT(printed.log, HasSubstr("bad.csv:2: '192.0.2.2' has no comma"));
  const LearnOptions missing{.labels = folder_ / "missing.csv", .logs = {{log_}}};
  EXPECT_THAT(learned(missing).error, HasSubstr("missing.csv: cannot be opened"));
}

}  // namespace
}  // namespace sluice::app
