// SPDX-License-Identifier: MIT
//
// What the quickstart found, and the three ways it is shown: a table like the paper's, a CSV file, and the
// few-shot curves drawn by gnuplot.
#ifndef COOP_EXAMPLES_QUICKSTART_RESULTS_HPP
#define COOP_EXAMPLES_QUICKSTART_RESULTS_HPP

#include <map>
#include <string>
#include <tuple>
#include <vector>

/// Accuracies in per cent by task, method, shots and seed.
class results {
 public:
  void add(const std::string& task, const std::string& method, int shots, int seed, double accuracy);

  /// Mean over the seeds; over the tasks too when `task` is "average".
  [[nodiscard]] double mean(const std::string& task, const std::string& method, int shots) const;

  /// The table, one row a task and the average.
  [[nodiscard]] std::string table() const;
  /// One line a number: task,method,shots,seed,accuracy.
  [[nodiscard]] std::string csv() const;

  /// Draws the curves of all tasks to an SVG file through gnuplot. Returns why not, or nothing.
  [[nodiscard]] std::string draw_curves(const std::string& path) const;

 private:
  std::vector<std::string> tasks_;  // in the order they were first named
  std::map<std::tuple<std::string, std::string, int, int>, double> accuracies_;
};

/// The shots of the paper's curves.
inline constexpr int all_shots[] = {1, 2, 4, 8, 16};

#endif
