// SPDX-License-Identifier: MIT
//
// The paper's tables from a sweep's runs: a table is rows of numbers with their intervals under column heads, in
// blocks, and is written as text, as CSV and (report_html.hpp) as part of a page from this one form.
#ifndef COOP_COMMAND_LINE_REPORT_TABLES_HPP
#define COOP_COMMAND_LINE_REPORT_TABLES_HPP

#include "results.hpp"
#include "summary.hpp"

#include <coop/analysis/statistics.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace app {

/// What the cells of a table are.
enum class cell_kind {
  percent,     // a mean and the margin of its interval
  difference,  // the same with its sign
  word,        // a word and a distance
  text
};

/// A cell; nothing in it where there is no run.
struct table_cell {
  std::string text = {};
  std::optional<double> value = {};
  std::optional<double> margin = {};
  std::size_t seeds = 0;
  bool best = false;   // of its column in its block
  bool fewer = false;  // fewer seeds than the sweep's
};

struct table_row {
  std::string label = {};
  std::vector<table_cell> cells;
};

struct table_block {
  std::string title;  // empty: no line of its own
  std::vector<table_row> rows;
};

struct table {
  std::string name;  // of its file, without .csv
  std::string title;
  std::string note = {};
  cell_kind kind = cell_kind::percent;
  std::string corner = {};  // the head of the column of labels
  std::vector<std::string> columns = {};
  std::vector<table_block> blocks = {};
};

/// A table that the runs do not fill, and what it would need.
struct absent_table {
  std::string title;
  std::string needs;
};

struct report_tables {
  std::vector<table> tables;
  std::vector<absent_table> absent;
};

/// All tables of a sweep.
report_tables make_tables(const sweep_results& sweep, const summary& numbers);

/// Two sweeps of one protocol, weights and data, experiment by experiment over the seeds that both have: first minus
/// second. Other protocols, weights or data are a choice_error that names both.
table compare_sweeps(const sweep_results& first, const sweep_results& second);

/// As lines of text, columns in line.
std::string to_text(const table& t);
/// As CSV (RFC 4180): a number's margin and seeds have columns of their own.
std::string to_csv(const table& t);
/// Every result of every run, a line each.
std::string runs_csv(const sweep_results& sweep);

/// "74.2 ±1.3", "+2.1 ±0.4", "potd</w> (1.7136)"; "–" of an empty cell.
std::string cell_text(const table_cell& cell, cell_kind kind);

/// A number with so many decimals.
std::string fixed(double x, int decimals);

}  // namespace app

#endif
