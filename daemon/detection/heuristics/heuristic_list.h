// SPDX-License-Identifier: Apache-2.0
// A list of heuristics: all their options, and a walk over them. Knows no heuristic by name; all.h makes the
// list.
#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>

namespace sluice::detection {

template <class... Hs>
struct HeuristicList {
  static constexpr std::size_t kCount = sizeof...(Hs);

  // The options of every heuristic of the list.
  class Options {
   public:
    template <class H>
    [[nodiscard]] typename H::Options& of() {
      return std::get<typename H::Options>(all_);
    }
    template <class H>
    [[nodiscard]] const typename H::Options& of() const {
      return std::get<typename H::Options>(all_);
    }

   private:
    std::tuple<typename Hs::Options...> all_;
  };

  // The place of a heuristic in the list.
  template <class H>
  [[nodiscard]] static constexpr std::size_t place() {
    constexpr std::array<bool, kCount> kIsIt = {std::is_same_v<H, Hs>...};
    std::size_t at = 0;
    while (!kIsIt[at])
      ++at;
    return at;
  }

  // Calls visit(std::type_identity<H>()) for each, in order.
  template <class Visit>
  static constexpr void for_each(Visit&& visit) {
    (visit(std::type_identity<Hs>()), ...);
  }
};

}  // namespace sluice::detection
