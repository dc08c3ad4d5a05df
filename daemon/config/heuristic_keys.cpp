// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/heuristic_keys.h"

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <fmt/format.h>

#include "daemon/config/row.h"
#include "daemon/config/value.h"
#include "daemon/detection/heuristics/all.h"

namespace sluice::config {
namespace {

using detection::Heuristics;
using detection::kMostWeight;

template <class H>
constexpr auto kOptionsOf = [](auto& c) -> auto& {
  return c.detector.scoring.heuristics.template of<H>();
};

template <class H>
std::string name_of(std::string_view key) {
  return fmt::format("heuristics.{}.{}", H::kName, key);
}

// The kind of value that an option of this type takes.
Whole<unsigned> kind_of(unsigned least, unsigned most) {
  return {least, most};
}
Real kind_of(double least, double most) {
  return {least, most};
}
Duration<Seconds> kind_of(Seconds least, Seconds most) {
  return {least, most};
}

template <class H>
void add_keys(std::vector<Key<Config>>& keys) {
  using Options = typename H::Options;
  const auto& part = kOptionsOf<H>;
  keys.push_back(key<Config>(name_of<H>("enabled"), Boolean{}, part, &Options::enabled));
  const auto add = [&](const auto& option) {
    keys.push_back(
        key<Config>(name_of<H>(option.name), kind_of(option.least, option.most), part, option.member));
  };
  std::apply([&](const auto&... options) { (add(options), ...); }, H::kOptions);
  keys.push_back(key<Config>(name_of<H>("weight"), Real{0, kMostWeight}, part, &Options::weight));
  if constexpr (requires { &Options::max_weight; })
    keys.push_back(key<Config>(name_of<H>("max_weight"), Real{0, kMostWeight}, part, &Options::max_weight));
}

// The value of one of a heuristic's options, to be compared with another.
template <class H>
double value_of(const typename H::Options& options, std::string_view name) {
  if (name == "weight") return options.weight;
  if constexpr (requires { options.max_weight; }) {
    if (name == "max_weight") return options.max_weight;
  }
  double value = 0;
  const auto take = [&](const auto& option) {
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(options.*option.member)>>) {
      if (option.name == name) value = static_cast<double>(options.*option.member);
    }
  };
  std::apply([&](const auto&... all) { (take(all), ...); }, H::kOptions);
  return value;
}

template <class H>
Order order(std::string_view lesser, std::string_view greater) {
  return {name_of<H>(lesser), name_of<H>(greater), [lesser, greater](const Config& config) {
            const auto& options = kOptionsOf<H>(config);
            return value_of<H>(options, lesser) <= value_of<H>(options, greater);
          }};
}

}  // namespace

std::vector<Key<Config>> heuristic_keys() {
  std::vector<Key<Config>> keys;
  Heuristics::for_each([&]<class H>(std::type_identity<H>) { add_keys<H>(keys); });
  const auto scoring = [](auto& c) -> auto& {
    return c.detector.scoring;
  };
  keys.push_back(key<Config>("heuristics.most_supporting", Real{0, kMostWeight}, scoring,
                             &detection::ScoringOptions::most_supporting));
  Heuristics::for_each([&]<class H>(std::type_identity<H>) {
    const Real kind{0, detection::kMaxScale};
    constexpr std::size_t kPlace = Heuristics::place<H>();
    keys.push_back({fmt::format("heuristics.scale.{}", H::kName), Trait::plain,
                    [kind](const toml::node& node, Config& out, const Place& at) {
                      if (const auto value = kind.read(node, at))
                        out.detector.scoring.scales[kPlace] = *value;
                    },
                    [kind](const Config& from) { return kind.write(from.detector.scoring.scales[kPlace]); }});
  });
  return keys;
}

std::vector<Order> heuristic_orders() {
  std::vector<Order> orders;
  Heuristics::for_each([&]<class H>(std::type_identity<H>) {
    if constexpr (requires { H::kAscending; }) {
      for (const detection::Ascending& pair : H::kAscending)
        orders.push_back(order<H>(pair.lesser, pair.greater));
    }
    if constexpr (requires { &H::Options::max_weight; }) orders.push_back(order<H>("weight", "max_weight"));
  });
  return orders;
}

}  // namespace sluice::config
