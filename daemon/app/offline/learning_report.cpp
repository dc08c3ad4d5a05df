// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/learning_report.h"

#include <algorithm>
#include <optional>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/detection/scoring/scales.h"
#include "daemon/learn/fit.h"

namespace sluice::app {
namespace {

using detection::HeuristicTerms;

// The weight of a signal at its limit.
double weight_of(const HeuristicTerms& terms, double scale, const detection::HeuristicOptions& options) {
  return std::min(scale * terms.weight(options), terms.max_weight(options));
}

std::string percent(std::optional<double> share) {
  return share ? fmt::format("{:.1f} %", 100 * *share) : "-";
}

std::string percent(double share) {
  return percent(std::optional(share));
}

// What the ladder means.
std::string ladder(const config::Config& config) {
  const decisions::PolicyOptions& policy = config.policy;
  return fmt::format(
      "A score of {:.2f}, which blocks, means a scraper with {:.0f} %, one of "
      "{:.2f}, which throttles, with {:.0f} %, among sources like the labelled.",
      policy.block_score, 100 * learn::probability(policy.block_score, policy.block_score),
      policy.throttle_score, 100 * learn::probability(policy.throttle_score, policy.block_score));
}

void print_scales(const LearningReport& report, const config::Config& config, std::FILE* out) {
  fmt::print(out, "{:<14} {:>9} {:>9} {:>7} {:>7} {:>11} {:>11} {:>7}\n", "HEURISTIC", "SCRAPERS", "PEOPLE",
             "OLD", "NEW", "OLD WEIGHT", "NEW WEIGHT", "AT MOST");
  const auto terms = detection::heuristic_terms();
  for (std::size_t i = 0; i < terms.size(); ++i) {
    fmt::print(out, "{:<14} {:>9} {:>9} {:>7.2f} {:>7.2f} {:>11.2f} {:>11.2f} {:>7.2f}\n", terms[i].name,
               fmt::format("{}/{}", report.scrapers.fired[i], report.scrapers.sources),
               fmt::format("{}/{}", report.people.fired[i], report.people.sources), report.before[i],
               report.after[i], weight_of(terms[i], report.before[i], config.detector.scoring.heuristics),
               weight_of(terms[i], report.after[i], config.detector.scoring.heuristics),
               terms[i].max_weight(config.detector.scoring.heuristics));
  }
  fmt::print(out,
             "SCRAPERS and PEOPLE: labelled sources that it spoke of. OLD and NEW multiply what it says; "
             "WEIGHT is that "
             "at its limit.\n\n");
}

void print_measures(const learn::Trial& trial, std::FILE* out) {
  const auto row = [out](std::string_view name, const std::string& before, const std::string& after) {
    fmt::print(out, "{:<34} {:>9} {:>9}\n", name, before, after);
  };
  const learn::Measures& before = trial.before;
  const learn::Measures& after = trial.after;
  row(fmt::format("CROSS-VALIDATED, {} FOLDS, SEED {}", learn::Trial::kFolds, learn::Trial::kSeed), "OLD",
      "NEW");
  row("blocked: precision", percent(before.block.precision()), percent(after.block.precision()));
  row("blocked: recall", percent(before.block.recall()), percent(after.block.recall()));
  row("blocked: people", std::to_string(before.block.wrong), std::to_string(after.block.wrong));
  row("throttled or blocked: precision", percent(before.throttle.precision()),
      percent(after.throttle.precision()));
  row("throttled or blocked: recall", percent(before.throttle.recall()), percent(after.throttle.recall()));
  row("throttled or blocked: people", std::to_string(before.throttle.wrong),
      std::to_string(after.throttle.wrong));
  row("area under the ROC curve", fmt::format("{:.3f}", before.auc), fmt::format("{:.3f}", after.auc));
  row("Brier score", fmt::format("{:.4f}", before.brier), fmt::format("{:.4f}", after.brier));
}

void print_reliability(const learn::Trial& trial, std::FILE* out) {
  fmt::print(out, "\n{:<11} {:^30}   {:^30}\n", "", "OLD", "NEW");
  fmt::print(out, "{:<11} {:>9} {:>10} {:>9}   {:>9} {:>10} {:>9}\n", "PROBABILITY", "SOURCES", "PREDICTED",
             "OBSERVED", "SOURCES", "PREDICTED", "OBSERVED");
  const auto part = [](const learn::Measures::Bin& bin) {
    if (bin.sources == 0) return fmt::format("{:>9} {:>10} {:>9}", 0, "-", "-");
    return fmt::format("{:>9} {:>10} {:>9}", bin.sources, percent(bin.predicted), percent(bin.observed));
  };
  constexpr std::size_t kWide = 100 / learn::Measures::kBins;
  for (std::size_t i = 0; i < learn::Measures::kBins; ++i) {
    fmt::print(out, "{:<11} {}   {}\n", fmt::format("{} to {} %", kWide * i, kWide * (i + 1)),
               part(trial.before.reliability.at(i)), part(trial.after.reliability.at(i)));
  }
}

boost::json::value number_or_null(std::optional<double> number) {
  if (!number) return nullptr;
  return *number;
}

boost::json::object to_json(const learn::Verdicts& verdicts) {
  return {{"precision", number_or_null(verdicts.precision())},
          {"recall", number_or_null(verdicts.recall())},
          {"people", verdicts.wrong}};
}

boost::json::object to_json(const learn::Measures& measures) {
  boost::json::array bins;
  for (const learn::Measures::Bin& bin : measures.reliability) {
    const bool any = bin.sources > 0;
    bins.push_back({{"sources", bin.sources},
                    {"predicted", number_or_null(any ? std::optional(bin.predicted) : std::nullopt)},
                    {"observed", number_or_null(any ? std::optional(bin.observed) : std::nullopt)}});
  }
  return {{"block", to_json(measures.block)},
          {"throttle", to_json(measures.throttle)},
          {"auc", measures.auc},
          {"brier", measures.brier},
          {"reliability", std::move(bins)}};
}

}  // namespace

void print_tables(const LearningReport& report, const config::Config& config, std::FILE* out) {
  fmt::print(out, "{} scrapers of {} labels and {} people of {} labels are in the logs, {} to {}.\n",
             report.scrapers.sources, report.scrapers.lines, report.people.sources, report.people.lines,
             format_time(report.from), format_time(report.until));
  if (report.verified > 0)
    fmt::print(out, "{} more are verified crawlers: out of scope, and left out here.\n", report.verified);
  fmt::print(out, "{}\n\n", ladder(config));
  print_scales(report, config, out);
  print_measures(report.trial, out);
  print_reliability(report.trial, out);
}

std::string to_json(const LearningReport& report, const config::Config& config) {
  const auto terms = detection::heuristic_terms();
  boost::json::array heuristics;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    heuristics.push_back(
        {{"heuristic", terms[i].name},
         {"scrapers", report.scrapers.fired[i]},
         {"people", report.people.fired[i]},
         {"old_scale", report.before[i]},
         {"new_scale", report.after[i]},
         {"old_weight", weight_of(terms[i], report.before[i], config.detector.scoring.heuristics)},
         {"new_weight", weight_of(terms[i], report.after[i], config.detector.scoring.heuristics)},
         {"max_weight", terms[i].max_weight(config.detector.scoring.heuristics)}});
  }
  const decisions::PolicyOptions& policy = config.policy;
  const auto count = [](const LearningReport::Count& of) {
    return boost::json::object{{"sources", of.sources}, {"labels", of.lines}};
  };
  return boost::json::serialize(boost::json::object{
      {"scrapers", count(report.scrapers)},
      {"people", count(report.people)},
      {"verified_crawlers", report.verified},
      {"from", format_time(report.from)},
      {"until", format_time(report.until)},
      {"block_probability", learn::probability(policy.block_score, policy.block_score)},
      {"throttle_probability", learn::probability(policy.throttle_score, policy.block_score)},
      {"heuristics", std::move(heuristics)},
      {"folds", learn::Trial::kFolds},
      {"seed", learn::Trial::kSeed},
      {"old", to_json(report.trial.before)},
      {"new", to_json(report.trial.after)}});
}

std::string to_toml(const LearningReport& report, const config::Config& config) {
  std::string text = fmt::format(
      "# Written by `sluiced learn` from {} scrapers of {} labels and {} people of {} labels, {} to {}.\n"
      "# {}\n"
      "# Cross-validated: {} of them blocked are scrapers, {} of the scrapers are blocked; Brier score "
      "{:.4f}, before {:.4f}.\n"
      "# In force once the configuration has include = [...] with this file.\n"
      "[heuristics.scale]\n",
      report.scrapers.sources, report.scrapers.lines, report.people.sources, report.people.lines,
      format_time(report.from), format_time(report.until), ladder(config),
      percent(report.trial.after.block.precision()), percent(report.trial.after.block.recall()),
      report.trial.after.brier, report.trial.before.brier);
  const auto terms = detection::heuristic_terms();
  for (std::size_t i = 0; i < terms.size(); ++i)
    text += fmt::format("{} = {:.2f}\n", terms[i].name, report.after[i]);
  return text;
}

}  // namespace sluice::app
