// SPDX-License-Identifier: MIT
//
// One bar for many trainings that run beside each other: `[####....] 41 % textures, 8 shots, seed 2  eta
// 0:52`. On a terminal it is redrawn in place; elsewhere a line is written now and then.
#ifndef COOP_EXAMPLES_QUICKSTART_PROGRESS_HPP
#define COOP_EXAMPLES_QUICKSTART_PROGRESS_HPP

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

#include <unistd.h>

/// Told how much is done, from any thread.
class overall_progress {
 public:
  explicit overall_progress(double total)
      : total_(total), terminal_(::isatty(::fileno(stderr)) != 0), begin_(clock::now()), drawn_(begin_) {}

  void advance(double amount, const std::string& what) {
    const std::lock_guard lock(mutex_);
    done_ += amount;
    const auto now = clock::now();
    const bool last = done_ >= total_ * (1 - 1e-9);
    const double pause = terminal_ ? 0.1 : 10.0;
    if (!last && seconds(now - drawn_) < pause) return;
    drawn_ = now;
    const double share = std::min(1.0, done_ / total_);
    const int filled = int(30 * share);
    const long left = std::lround(seconds(now - begin_) * (1 - share) / std::max(share, 1e-6));
    std::fprintf(stderr, "%s[%s%s] %3.0f %% %-36s eta %ld:%02ld%s", terminal_ ? "\r" : "",
                 std::string(std::size_t(filled), '#').c_str(),
                 std::string(std::size_t(30 - filled), '.').c_str(), 100 * share, what.c_str(), left / 60,
                 left % 60, terminal_ && !last ? "\x1b[K" : "\n");
    std::fflush(stderr);
  }

 private:
  using clock = std::chrono::steady_clock;
  static double seconds(clock::duration d) { return std::chrono::duration<double>(d).count(); }

  std::mutex mutex_;
  double total_;
  double done_ = 0;
  bool terminal_;
  clock::time_point begin_;
  clock::time_point drawn_;
};

#endif
