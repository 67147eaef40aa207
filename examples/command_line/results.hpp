// SPDX-License-Identifier: MIT
//
// What `coop sweep` leaves behind, read and checked: DIR/plan.json and one file for each finished run in DIR/runs.
// Runs of different protocols, weights or data say nothing about each other, so a directory that mixes them is
// refused with both named. Needs no tower: numbers and names only.
#ifndef COOP_COMMAND_LINE_RESULTS_HPP
#define COOP_COMMAND_LINE_RESULTS_HPP

#include <coop/analysis/statistics.hpp>
#include <coop/config.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace app {

/// A run of more classes has no confusion matrix: it would be most of its file.
inline constexpr std::size_t most_classes_confused = 200;

using coop::index_t;

/// What makes two runs the same experiment but for the seed.
struct experiment {
  std::string data;
  std::string method;   // one of names.hpp
  std::string context;  // this and the next three only of "coop"
  std::string placement;
  index_t length = 0;
  std::string init;   // empty: noise
  index_t shots = 0;  // 0 of what is not learnt

  auto operator<=>(const experiment&) const = default;
};

/// The same classifier, or the same context, on other test pictures.
struct other_result {
  std::string kind;  // "shift", "new" or "target"
  std::string name;
  std::int64_t total = 0;
  std::int64_t correct = 0;
  double macro_f1 = 0;

  [[nodiscard]] double accuracy() const { return 100.0 * double(correct) / double(total); }
};

/// The data of a run: names may be alike, digests tell.
struct data_facts {
  std::string word;
  std::string name;
  std::string digest;
  std::vector<std::string> class_names;
};

/// One finished run.
struct run_result {
  std::string file;  // where it was read
  std::string id;
  std::string protocol;
  std::string program;  // "coop 0.1.0"
  data_facts data;
  std::string weights;  // the word of the command line
  std::string weights_sha256;
  std::string backbone;
  experiment what;
  std::uint64_t seed = 0;
  std::int64_t total = 0;
  std::int64_t correct = 0;
  double macro_f1 = 0;
  std::vector<std::int64_t> confusion;  // (C, C): row is the label, column the prediction; or empty
  std::vector<other_result> others;
  std::vector<std::pair<std::string, double>> nearest;  // a word and its distance for each context vector
  std::vector<double> random;  // distances of random vectors of the same norm to their nearest words
  std::optional<double> loss;
  std::vector<std::pair<std::string, index_t>> scarce;  // classes with fewer pictures than shots
  double seconds = 0;

  [[nodiscard]] double accuracy() const { return 100.0 * double(correct) / double(total); }
};

/// A sweep as far as it has come.
struct sweep_results {
  std::string directory;
  std::string title;
  std::string published;                // what the plan says beside it, as text; empty when it says nothing
  std::vector<std::string> data;        // in the order of the tables
  std::vector<std::string> planned;     // ids
  std::vector<std::string> unfinished;  // planned ids without a run
  std::vector<std::string> unplanned;   // ids of runs that the plan does not know: they count for nothing
  std::vector<run_result> runs;         // by id; at least one
};

/// Reads a sweep's directory. A broken file, field or mixture is an io_error or choice_error that names it.
sweep_results read_sweep(const std::string& directory);

/// One run from the text of its file; `file` is what errors call it.
run_result parse_run(const std::string& text, const std::string& file);

/// The runs must be of one protocol, one set of weights and, for each name, one set of data: choice_error that
/// names both. `kind` says what is put together: "averaged", "compared".
void expect_same_identity(const run_result& first, const run_result& other, const std::string& kind);

/// Accuracies by seed of every experiment in a sweep.
std::map<experiment, coop::seed_values> accuracies_of(const sweep_results& sweep);

}  // namespace app

#endif
