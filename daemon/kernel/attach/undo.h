// SPDX-License-Identifier: Apache-2.0
// Steps that are taken back, the last one first, if the whole does not succeed. Used by filter_attach and
// attacher.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace sluice::kernel {

class Undo {
 public:
  Undo() = default;
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step)
      (*step)();
  }

  // Each step is best effort: when it runs there is nobody left to tell. It must not throw.
  void add(std::function<void()> step) { steps_.push_back(std::move(step)); }
  // The whole succeeded: nothing is taken back.
  void forget() { steps_.clear(); }

 private:
  std::vector<std::function<void()>> steps_;
};

}  // namespace sluice::kernel
