// SPDX-License-Identifier: MIT
//
// How long something has taken.
#ifndef COOP_COMMAND_LINE_STOPWATCH_HPP
#define COOP_COMMAND_LINE_STOPWATCH_HPP

#include <chrono>

namespace app {

/// Runs from when it is made.
class stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace app

#endif
