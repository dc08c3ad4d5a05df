// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/company_keys.h"

#include "daemon/config/row.h"
#include "daemon/config/value.h"

namespace sluice::config {
namespace {

using detection::GroupOptions;
using detection::NewAccountOptions;
using detection::RotationOptions;
using detection::SharedAccountOptions;

const Real kWeight{0, 100};
const Duration<Seconds> kDays{Seconds(0), Seconds(10 * 366 * 86400LL)};

const auto group = [](auto& c) -> auto& {
  return c.detector.group;
};
const auto rotation = [](auto& c) -> auto& {
  return c.detector.rotation;
};
const auto new_account = [](auto& c) -> auto& {
  return c.detector.new_account;
};
const auto shared_account = [](auto& c) -> auto& {
  return c.detector.shared_account;
};

}  // namespace

std::vector<Key<Config>> company_keys() {
  const Real subjects{1, 384};  // an account is known to have read no more: AccountTable::kMaxSlots
  const Duration<Seconds> age{Seconds(60), Seconds(10 * 366 * 86400LL)};
  return {
      key<Config>("heuristics.group.enabled", Boolean{}, group, &GroupOptions::enabled),
      key<Config>("heuristics.group.min_subjects", Whole<unsigned>{48, 1'000'000}, group,
                  &GroupOptions::min_subjects),
      key<Config>("heuristics.group.min_members", Whole<unsigned>{3, 256}, group, &GroupOptions::min_members),
      key<Config>("heuristics.group.weight", kWeight, group, &GroupOptions::weight),
      key<Config>("heuristics.group.max_weight", kWeight, group, &GroupOptions::max_weight),

      key<Config>("heuristics.rotation.enabled", Boolean{}, rotation, &RotationOptions::enabled),
      key<Config>("heuristics.rotation.min_subjects", Whole<unsigned>{48, 1'000'000}, rotation,
                  &RotationOptions::min_subjects),
      key<Config>("heuristics.rotation.min_sources", Whole<unsigned>{3, 1'000'000}, rotation,
                  &RotationOptions::min_sources),
      key<Config>("heuristics.rotation.weight", kWeight, rotation, &RotationOptions::weight),
      key<Config>("heuristics.rotation.max_weight", kWeight, rotation, &RotationOptions::max_weight),

      key<Config>("heuristics.new_account.enabled", Boolean{}, new_account, &NewAccountOptions::enabled),
      key<Config>("heuristics.new_account.learning", kDays, new_account, &NewAccountOptions::learning),
      key<Config>("heuristics.new_account.new_for", age, new_account, &NewAccountOptions::new_for),
      key<Config>("heuristics.new_account.subjects_per_hour", subjects, new_account,
                  &NewAccountOptions::subjects_per_hour),
      key<Config>("heuristics.new_account.subjects_per_day", subjects, new_account,
                  &NewAccountOptions::subjects_per_day),
      key<Config>("heuristics.new_account.weight", kWeight, new_account, &NewAccountOptions::weight),
      key<Config>("heuristics.new_account.max_weight", kWeight, new_account, &NewAccountOptions::max_weight),

      key<Config>("heuristics.shared_account.enabled", Boolean{}, shared_account,
                  &SharedAccountOptions::enabled),
      key<Config>("heuristics.shared_account.networks", Whole<unsigned>{2, 64}, shared_account,
                  &SharedAccountOptions::networks),
      key<Config>("heuristics.shared_account.min_subjects", Whole<unsigned>{1, 384}, shared_account,
                  &SharedAccountOptions::min_subjects),
      key<Config>("heuristics.shared_account.weight", kWeight, shared_account, &SharedAccountOptions::weight),
      key<Config>("heuristics.shared_account.max_weight", kWeight, shared_account,
                  &SharedAccountOptions::max_weight),
  };
}

std::vector<Order> company_orders() {
  return {
      {"heuristics.group.weight", "heuristics.group.max_weight",
       [](const Config& c) { return c.detector.group.weight <= c.detector.group.max_weight; }},
      {"heuristics.rotation.weight", "heuristics.rotation.max_weight",
       [](const Config& c) { return c.detector.rotation.weight <= c.detector.rotation.max_weight; }},
      {"heuristics.new_account.subjects_per_hour", "heuristics.new_account.subjects_per_day",
       [](const Config& c) {
         return c.detector.new_account.subjects_per_hour <= c.detector.new_account.subjects_per_day;
       }},
      {"heuristics.new_account.weight", "heuristics.new_account.max_weight",
       [](const Config& c) { return c.detector.new_account.weight <= c.detector.new_account.max_weight; }},
      {"heuristics.shared_account.weight", "heuristics.shared_account.max_weight",
       [](const Config& c) {
         return c.detector.shared_account.weight <= c.detector.shared_account.max_weight;
       }},
  };
}

}  // namespace sluice::config
