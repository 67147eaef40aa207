// SPDX-License-Identifier: MIT
//
// What a sweep is to do: one file, TOML or JSON, of data sets, methods, shots and seeds under a protocol, and the
// runs that it comes to. A run's name says all that tells it from its neighbours, so that a sweep can be cut,
// shared between machines and gone on with.
#ifndef COOP_COMMAND_LINE_PLAN_HPP
#define COOP_COMMAND_LINE_PLAN_HPP

#include <coop/config.hpp>
#include <coop/io/json.hpp>
#include <coop/model/protocol.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace app {

using coop::index_t;

/// Runs of a plan. The paper's have some thousands; axes multiply, and a slip would fill memory.
inline constexpr std::size_t most_planned_runs = 100'000;

/// Other pictures that a method which learned one data set is tried on.
struct other_data {
  std::string kind = {};  // "shift": the same classes; "target": its own
  std::string name = {};
  std::string word = {};

  friend bool operator==(const other_data&, const other_data&) = default;
};

/// A data set to learn.
struct planned_data {
  std::string name = {};    // in tables and file names
  std::string word = {};    // drawn:objects, OxfordPets:/data, ...
  std::string prompt = {};  // hand-written; empty: that of the data set
  std::vector<other_data> others = {};
};

/// One line of a table: a method on a data set with so many pictures of each class, drawn by a seed.
struct planned_run {
  std::string id = {};
  std::size_t data = 0;  // in plan::data
  std::string method = {};
  std::string context = {};  // of "coop", with the next three
  std::string placement = {};
  index_t length = 0;
  std::string words = {};  // that the context begins as; empty: noise
  index_t shots = 0;       // 0: none, of what needs no pictures
  index_t seed = 0;
};

struct plan {
  std::string title = {};
  coop::protocol protocol;
  std::string weights = {};
  std::string activation = {};
  std::string vocabulary = {};
  std::vector<planned_data> data = {};
  std::vector<planned_run> runs = {};  // data set after data set, the long ones first
};

/// Reads a plan. Whatever is unknown, missing or of the wrong kind is an io_error or choice_error that names file
/// and entry.
plan read_plan(const std::string& path);

/// What plan.json in a sweep's directory says: title, protocol, weights, data sets, names of the runs.
coop::json to_json(const plan& p);

/// `theirs`, the plan.json at `path`, must be of the protocol, weights and words of `mine`, or a choice_error names
/// what differs; what is no plan is an io_error.
void expect_same_experiment(const coop::json& theirs, const coop::json& mine, const std::string& path);

/// All that decides what a run comes to, beside the bytes of its pictures.
coop::json decisions_of(const plan& p, const planned_run& run, const std::string& weights_sha256);

}  // namespace app

#endif
