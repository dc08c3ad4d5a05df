// SPDX-License-Identifier: Apache-2.0
// The habits of one source as its features keep them: short while one plain page is all that it asked for, in
// full from then on. Whoever reads them is shown the same either way.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "daemon/pipeline/first_page.h"
#include "daemon/pipeline/habits.h"

namespace sluice::pipeline {

// Habits to be read: those kept in full, or made of a first page as long as the view lives.
class HabitsView {
 public:
  explicit HabitsView(const Habits& habits) : habits_(&habits) {}
  explicit HabitsView(const FirstPage& first)
      : made_(std::move(unfold(first, true).habits)), habits_(&*made_) {}
  HabitsView(const HabitsView&) = delete;
  HabitsView& operator=(const HabitsView&) = delete;

  [[nodiscard]] const Habits& operator*() const { return *habits_; }
  [[nodiscard]] const Habits* operator->() const { return habits_; }

 private:
  std::optional<Habits> made_;
  const Habits* habits_;
};

class KeptHabits {
 public:
  // Whether there are any.
  [[nodiscard]] explicit operator bool() const { return first_ != nullptr || full_ != nullptr; }

  // There must be some. A view is valid until they change.
  [[nodiscard]] HabitsView view() const { return full_ ? HabitsView(*full_) : HabitsView(*first_); }
  [[nodiscard]] HabitsView operator->() const { return view(); }

  // Null: there are none, or they are kept in full.
  [[nodiscard]] FirstPage* first_page() { return first_.get(); }
  [[nodiscard]] const FirstPage* first_page() const { return first_.get(); }
  // Null: there are none, or they are kept short.
  [[nodiscard]] Habits* full() { return full_.get(); }
  [[nodiscard]] const Habits* full() const { return full_.get(); }

  // There must be none.
  void begin(const FirstPage& first) { first_ = std::make_unique<FirstPage>(first); }
  void replace(std::unique_ptr<Habits> habits) {
    first_.reset();
    full_ = std::move(habits);
  }
  // Keeps them in full from here on. False: the subject of the first page was not kept, as it may not grow.
  bool unfold(bool may_grow) {
    if (!first_) return true;
    const FirstPage first = *first_;
    first_.reset();  // first: its block may serve again
    auto unfolded = pipeline::unfold(first, may_grow);
    full_ = std::make_unique<Habits>(std::move(unfolded.habits));
    return unfolded.kept;
  }

 private:
  std::unique_ptr<FirstPage> first_;
  std::unique_ptr<Habits> full_;
};

}  // namespace sluice::pipeline
