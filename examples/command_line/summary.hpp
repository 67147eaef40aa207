// SPDX-License-Identifier: MIT
//
// A sweep by experiments: which methods, shots and data there are, and what the seeds of each come to. Tables and
// figures ask here, so that they cannot disagree.
#ifndef COOP_COMMAND_LINE_SUMMARY_HPP
#define COOP_COMMAND_LINE_SUMMARY_HPP

#include "results.hpp"

#include <compare>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace app {

/// A method as readers know it: an experiment without data and shots.
struct variant {
  std::string method;
  std::string context = {};
  std::string placement = {};
  index_t length = 0;
  std::string init = {};

  /// "CoOp unified end", "linear probe".
  [[nodiscard]] std::string name() const;
  /// The same with "M = 16" and what it began with.
  [[nodiscard]] std::string full_name() const;

  [[nodiscard]] bool learns_context() const { return method == "coop"; }
  /// Whether it sees labelled pictures at all.
  [[nodiscard]] bool is_few_shot() const;
  [[nodiscard]] experiment on(const std::string& data, index_t shots) const {
    return {data, method, context, placement, length, init, is_few_shot() ? shots : 0};
  }

  auto operator<=>(const variant&) const = default;
};

/// How long a context is and what it began as.
struct beginning {
  index_t length = 0;
  std::string init = {};  // empty: noise

  /// "M = 16"; "M = 4, from "a photo of a"".
  [[nodiscard]] std::string name() const;

  auto operator<=>(const beginning&) const = default;
};

/// The mean over several data sets for each seed that all of them have; empty when one has none.
coop::seed_values average(const std::vector<coop::seed_values>& of_data);

class summary {
 public:
  explicit summary(const sweep_results& sweep);

  /// Names of the data with runs, in the plan's order.
  [[nodiscard]] const std::vector<std::string>& data() const { return data_; }
  /// Numbers of shots, ascending; empty when nothing was learnt.
  [[nodiscard]] const std::vector<index_t>& shots() const { return shots_; }
  [[nodiscard]] index_t most_shots() const { return shots_.empty() ? 0 : shots_.back(); }
  /// How the contexts that stand for CoOp begin: 16 vectors of noise as in the paper where there is such a run, else
  /// what most experiments have.
  [[nodiscard]] const beginning& main_beginning() const { return beginnings_.front(); }
  /// That one and all others.
  [[nodiscard]] const std::vector<beginning>& beginnings() const { return beginnings_; }
  /// Seeds of a whole experiment: the most that any has.
  [[nodiscard]] std::size_t seeds() const { return seeds_; }

  /// All variants: what is not learnt, CoOp in the paper's order, what is learnt on features alone.
  [[nodiscard]] const std::vector<variant>& variants() const { return variants_; }
  [[nodiscard]] bool has(const variant& which) const;
  /// CoOp begun so: one for each context and placement.
  [[nodiscard]] std::vector<variant> coop_of(const beginning& begun) const;
  [[nodiscard]] std::vector<variant> main_coop() const { return coop_of(main_beginning()); }
  /// The first of them, which stands for CoOp where there is room for one: unified, the name at the end, if there is
  /// such a run.
  [[nodiscard]] variant paper() const;

  /// Accuracies by seed; empty without runs.
  [[nodiscard]] const coop::seed_values& of(const std::string& data, const variant& which,
                                            index_t shots) const;
  /// Of each data set in a list.
  [[nodiscard]] std::vector<coop::seed_values> of(const std::vector<std::string>& data, const variant& which,
                                                  index_t shots) const;
  /// What a variant gains over the hand-written prompt, by seed.
  [[nodiscard]] coop::seed_values gain(const std::string& data, const variant& which, index_t shots) const;

  /// Names of the other test sets of a kind that runs of these data have, as they come.
  [[nodiscard]] const std::vector<std::string>& other_names(const std::string& data,
                                                            const std::string& kind) const;
  /// Accuracies by seed on one of them.
  [[nodiscard]] const coop::seed_values& other(const std::string& data, const variant& which, index_t shots,
                                               const std::string& kind, const std::string& name) const;

 private:
  using other_key = std::tuple<experiment, std::string, std::string>;

  std::vector<std::string> data_;
  std::vector<index_t> shots_;
  std::vector<variant> variants_;
  std::vector<beginning> beginnings_;  // at least one
  std::size_t seeds_ = 0;
  std::map<experiment, coop::seed_values> accuracies_;
  std::map<other_key, coop::seed_values> others_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> other_names_;
};

}  // namespace app

#endif
