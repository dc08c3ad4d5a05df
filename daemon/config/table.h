// SPDX-License-Identifier: Apache-2.0
// Reads TOML tables by rows of keys.h: finds the row of each key, says what an unknown one may have meant,
// and takes lists of tables ([[log]], [[route]]). For the files of this folder that hold rows.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/config/keys.h"
#include "daemon/config/nearest.h"
#include "daemon/config/toml.h"
#include "daemon/config/value.h"

namespace sluice::config {

inline constexpr std::size_t kMaxEntries = 256;  // of a list of tables, such as [[log]] and [[route]]

// ---- finding the row for a key of the file ----

template <class T>
[[nodiscard]] const Key<T>* find(const std::vector<Key<T>>& keys, std::string_view name) {
  const auto at = std::ranges::find(keys, name, &Key<T>::name);
  return at == keys.end() ? nullptr : &*at;
}

// What may stand in the table `path` ("policy." or ""): keys and tables, each once, in their order.
template <class T>
[[nodiscard]] std::vector<std::string_view> names_in(const std::vector<Key<T>>& keys, std::string_view path) {
  std::vector<std::string_view> names;
  for (const Key<T>& key : keys) {
    if (!key.name.starts_with(path)) continue;
    const std::string_view rest = std::string_view(key.name).substr(path.size());
    const std::string_view name = rest.substr(0, rest.find('.'));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

// Why a key is unknown, with a suggestion where there is one.
template <class T>
[[nodiscard]] std::string unknown(const std::vector<Key<T>>& keys, std::string_view path,
                                  std::string_view name) {
  for (const Key<T>& key : keys) {
    if (key.name.starts_with("heuristics.scale.")) continue;  // these have the names of tables
    const auto dot = key.name.rfind('.');
    if (key.name.substr(dot + 1) != name) continue;
    if (dot == std::string_view::npos) return "unknown here; it belongs at the top, before the first [table]";
    return fmt::format("unknown here; it belongs in [{}]", key.name.substr(0, dot));
  }
  const auto names = names_in(keys, path);
  if (const auto meant = nearest(name, names); !meant.empty()) {
    return fmt::format("unknown; did you mean {}?", meant);
  }
  return fmt::format("unknown; here may stand {}", fmt::join(names, ", "));
}

// Reads a table whose keys are named `path` and on; faults name them `label` and on.
template <class T>
void read_table(const toml::table& table, const std::string& path, const std::string& label,
                const std::vector<Key<T>>& keys, T& out, Report& report) {
  for (const auto& [key, node] : table) {
    const std::string name = path + std::string(key.str());
    const unsigned line = key.source().begin.line;
    const Place place{report, label + name};
    const bool plain =
        key.str().find('.') == std::string_view::npos;  // "policy.growth" in quotes is one odd key
    if (const Key<T>* row = plain ? find(keys, name) : nullptr) {
      report.note(place.key, line);
      row->read(node, out, place);
    } else if (!plain || names_in(keys, name + '.').empty()) {
      report.refuse(line, place.key, unknown(keys, path, key.str()));
    } else if (const auto* inner = node.as_table()) {
      read_table(*inner, name + '.', label, keys, out, report);
    } else {
      report.refuse(line, place.key, fmt::format("{} is not a table; write [{}]", found(node), place.key));
    }
  }
}

// ---- [[log]] and [[route]] ----

// A list of tables, each a T.
template <class T>
struct Entries {
  using Value = std::vector<T>;
  std::vector<Key<T>> keys;
  // Checks that need several keys of an entry; null: there are none.
  std::function<void(T&, const toml::table&, const Place&)> check;
  std::size_t most = kMaxEntries;

  [[nodiscard]] std::optional<Value> read(const toml::node& node, const Place& place) const {
    const auto* array = node.as_array();
    if (array == nullptr) {
      place.refuse(node, fmt::format("{} is not a list of tables; write [[{}]]", found(node), place.key));
      return std::nullopt;
    }
    if (array->size() > most) {
      place.refuse(*array->get(most), fmt::format("there are {}; at most {}", array->size(), most));
      return std::nullopt;
    }
    Value entries;
    std::map<std::pair<std::string_view, std::string>, unsigned> taken;
    for (const toml::node& item : *array) {
      const auto* table = item.as_table();
      if (table == nullptr) {
        place.refuse(item, fmt::format("{} is not a table; write [[{}]]", found(item), place.key));
        continue;
      }
      T& entry = entries.emplace_back();
      read_table(*table, {}, place.key + '.', keys, entry, place.report);
      for (const Key<T>& key : keys)
        check_key(key, entry, *table, place, taken);
      if (check != nullptr) check(entry, *table, place);
    }
    return entries;
  }

  [[nodiscard]] std::string write(const Value& entries) const {
    const T untouched{};
    std::vector<std::string> tables;
    for (const T& entry : entries) {
      std::vector<std::string> pairs;
      for (const Key<T>& key : keys) {
        std::string value = key.write(entry);
        // A table inside an entry may be left out.
        const bool spare = key.trait == Trait::optional || key.trait == Trait::distinct ||
                           key.name.find('.') != std::string_view::npos;
        if (spare && value == key.write(untouched)) continue;
        pairs.push_back(fmt::format("{} = {}", key.name, value));
      }
      tables.push_back(fmt::format("{{{}}}", fmt::join(pairs, ", ")));
    }
    return fmt::format("[{}]", fmt::join(tables, ", "));
  }

 private:
  void check_key(const Key<T>& key, const T& entry, const toml::table& table, const Place& place,
                 std::map<std::pair<std::string_view, std::string>, unsigned>& taken) const {
    if (key.trait != Trait::required && key.trait != Trait::unique && key.trait != Trait::distinct) return;
    const Place inner{place.report, fmt::format("{}.{}", place.key, key.name)};
    const toml::node* node = table.get(key.name);
    if (node == nullptr) {
      if (key.trait != Trait::distinct)
        inner.refuse(table, fmt::format("missing; every [[{}]] needs one", place.key));
      return;
    }
    const T untouched{};
    std::string text = key.write(entry);
    if (key.trait == Trait::required || text == key.write(untouched)) return;  // untouched: it was refused
    const auto [first, is_new] = taken.try_emplace({key.name, std::move(text)}, line_of(*node));
    if (is_new) return;
    inner.refuse(*node, fmt::format("{} stands in the [[{}]] at line {} too; take one out",
                                    first->first.second, place.key, first->second));
  }
};

}  // namespace sluice::config
