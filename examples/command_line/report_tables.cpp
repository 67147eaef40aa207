// SPDX-License-Identifier: MIT
//
// Which tables there are, and how one is written. An average over data sets is taken seed by seed and only where
// every data set of the table has the runs: a mean over other data sets would be another quantity.
#include "report_tables.hpp"

#include <coop/error.hpp>
#include <coop/prompt/unicode.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace app {

namespace {

using data_list = std::vector<std::string>;

std::string join(const std::vector<std::string>& list, const char* between) {
  std::string text;
  for (const std::string& each : list) text += (text.empty() ? "" : between) + each;
  return text;
}

/// "2: a, b"; nothing of an empty list.
std::string counted(const std::vector<std::string>& list) {
  return list.empty() ? "" : std::to_string(list.size()) + ": " + join(list, ", ");
}

std::string shots_text(index_t shots) { return std::to_string(shots) + (shots == 1 ? " shot" : " shots"); }

table_cell cell_of(const coop::seed_values& values, std::size_t seeds_expected) {
  const coop::spread of = coop::spread_of(coop::values_of(values));
  return {.value = of.mean,
          .margin = of.margin,
          .seeds = of.count,
          .fewer = of.count > 0 && of.count < seeds_expected};
}

/// A row over data sets, the average last.
table_row data_row(std::string label, const std::vector<coop::seed_values>& of_data,
                   std::size_t seeds_expected) {
  table_row row{std::move(label), {}};
  for (const coop::seed_values& values : of_data) row.cells.push_back(cell_of(values, seeds_expected));
  if (of_data.size() > 1) row.cells.push_back(cell_of(average(of_data), seeds_expected));
  return row;
}

data_list data_columns(const data_list& data) {
  data_list columns = data;
  if (data.size() > 1) columns.push_back("average");
  return columns;
}

bool is_empty(const table_row& row) {
  return std::all_of(row.cells.begin(), row.cells.end(),
                     [](const table_cell& cell) { return !cell.value && cell.text.empty(); });
}

/// Adds a block of the rows that have something.
void add_block(table& t, std::string title, std::vector<table_row> rows) {
  rows.erase(std::remove_if(rows.begin(), rows.end(), is_empty), rows.end());
  if (!rows.empty()) t.blocks.push_back({std::move(title), std::move(rows)});
}

/// Marks the greatest of each column of each block of several rows.
void mark_best(table& t) {
  for (table_block& block : t.blocks) {
    for (std::size_t c = 0; block.rows.size() > 1 && c < t.columns.size(); ++c) {
      double best = -1;
      for (const table_row& row : block.rows) best = std::max(best, row.cells[c].value.value_or(-1));
      for (table_row& row : block.rows) row.cells[c].best = row.cells[c].value == best;
    }
  }
}

/// The data sets for which `holds`.
template <class Holds>
data_list data_with(const summary& numbers, const Holds& holds) {
  data_list found;
  for (const std::string& name : numbers.data())
    if (holds(name)) found.push_back(name);
  return found;
}

std::size_t seeds_of(const variant& v, const summary& numbers) {
  return v.is_few_shot() ? numbers.seeds() : 1;
}

/// The row of a variant in a table of data sets.
table_row variant_row(std::string label, const summary& numbers, const data_list& data, const variant& v,
                      index_t shots) {
  return data_row(std::move(label), numbers.of(data, v, shots), seeds_of(v, numbers));
}

/// The row of a - b, seed by seed.
table_row difference_row(std::string label, const summary& numbers, const data_list& data, const variant& a,
                         const variant& b, index_t shots) {
  std::vector<coop::seed_values> differences;
  for (const std::string& name : data)
    differences.push_back(coop::paired_differences(numbers.of(name, a, shots), numbers.of(name, b, shots)));
  return data_row(std::move(label), differences, numbers.seeds());
}

table few_shot_table(const summary& numbers, const beginning& begun) {
  const bool is_main = begun == numbers.main_beginning();
  table t{.name = is_main ? "few-shot" : "few-shot-" + begun.name(),
          .title = is_main ? "Few-shot learning" : "Few-shot learning, " + begun.name(),
          .note = "Accuracy in per cent, mean ± 95 % interval over the seeds (Student's t). CoOp with " +
                  begun.name() + (begun.init.empty() ? ", begun as noise" : "") +
                  ". Best of a block in bold.",
          .corner = "method",
          .columns = data_columns(numbers.data())};
  std::vector<table_row> rows;
  for (const variant& v : numbers.variants())
    if (is_main ? !v.is_few_shot() : v.method == "zero-shot")
      rows.push_back(variant_row(v.name(), numbers, numbers.data(), v, 0));
  const bool learnt = !numbers.shots().empty();
  add_block(t, learnt ? "no pictures" : "", std::move(rows));
  std::vector<variant> compared = numbers.coop_of(begun);
  for (const variant& v : numbers.variants())
    if (is_main && v.is_few_shot() && !v.learns_context()) compared.push_back(v);
  for (const index_t shots : numbers.shots()) {
    rows.clear();
    for (const variant& v : compared)
      rows.push_back(variant_row(v.name(), numbers, numbers.data(), v, shots));
    add_block(t, shots_text(shots) + " a class", std::move(rows));
  }
  mark_best(t);
  return t;
}

/// Whether contexts begun so were learnt from several numbers of pictures; of one, other tables tell.
bool is_over_shots(const summary& numbers, const beginning& begun) {
  std::set<index_t> learnt;
  for (const variant& v : numbers.coop_of(begun))
    for (const index_t shots : numbers.shots())
      for (const std::string& data : numbers.data())
        if (!numbers.of(data, v, shots).empty()) learnt.insert(shots);
  return learnt.size() > 1;
}

table gain_table(const summary& numbers) {
  const variant paper = numbers.paper();
  table t{.name = "gain",
          .title = "Gain over the hand-written prompt, " + shots_text(numbers.most_shots()),
          .note = paper.full_name() + " minus zero-shot with one prompt, in points, greatest first.",
          .kind = cell_kind::difference,
          .corner = "data",
          .columns = {"gain"}};
  std::vector<table_row> rows;
  for (const std::string& name : numbers.data())
    rows.push_back({name, {cell_of(numbers.gain(name, paper, numbers.most_shots()), numbers.seeds())}});
  std::stable_sort(rows.begin(), rows.end(), [](const table_row& a, const table_row& b) {
    return a.cells[0].value.value_or(-1000) > b.cells[0].value.value_or(-1000);
  });
  add_block(t, "", std::move(rows));
  return t;
}

table ensemble_table(const summary& numbers) {
  const variant paper = numbers.paper();
  table t{.name = "prompt-engineering",
          .title = "Prompt engineering and ensembling",
          .note = "What hand-written prompts reach without a labelled picture, and a context learnt from " +
                  shots_text(numbers.most_shots()) + " a class.",
          .corner = "prompts",
          .columns = data_columns(numbers.data())};
  if (!numbers.has({"ensemble-7"}) && !numbers.has({"ensemble-80"})) return t;
  std::vector<table_row> rows;
  for (const variant& v : {variant{"zero-shot"}, variant{"ensemble-7"}, variant{"ensemble-80"}})
    rows.push_back(variant_row(v.name(), numbers, numbers.data(), v, 0));
  rows.push_back(variant_row(paper.full_name(), numbers, numbers.data(), paper, numbers.most_shots()));
  add_block(t, "", std::move(rows));
  mark_best(t);
  return t;
}

/// A row over other test sets of one data set: its own test set, the others, and the mean over these.
table_row others_row(const summary& numbers, const std::string& data, const std::string& kind,
                     const variant& v, const std::string& label) {
  const std::size_t seeds = seeds_of(v, numbers);
  table_row row{label, {}};
  std::vector<coop::seed_values> others;
  for (const std::string& name : numbers.other_names(data, kind))
    others.push_back(numbers.other(data, v, numbers.most_shots(), kind, name));
  const bool tested = std::any_of(others.begin(), others.end(), [](const auto& of) { return !of.empty(); });
  row.cells.push_back(tested ? cell_of(numbers.of(data, v, numbers.most_shots()), seeds) : table_cell{});
  for (const coop::seed_values& values : others) row.cells.push_back(cell_of(values, seeds));
  if (others.size() > 1) row.cells.push_back(cell_of(average(others), seeds));
  return row;
}

/// One table for each data set whose classifiers or contexts were tried elsewhere.
std::vector<table> others_tables(const summary& numbers, const std::string& kind, const std::string& file,
                                 const std::string& title, const std::string& note) {
  std::vector<table> tables;
  for (const std::string& data : numbers.data()) {
    const data_list& names = numbers.other_names(data, kind);
    if (names.empty()) continue;
    table t{.name = file + "-" + data,
            .title = title + ", learnt on " + data,
            .note = note,
            .corner = "method",
            .columns = {data}};
    t.columns.insert(t.columns.end(), names.begin(), names.end());
    if (names.size() > 1) t.columns.push_back("average of the others");
    std::vector<table_row> rows;
    for (const variant& v : numbers.variants())
      rows.push_back(others_row(numbers, data, kind, v, v.full_name()));
    add_block(t, "", std::move(rows));
    mark_best(t);
    tables.push_back(std::move(t));
  }
  return tables;
}

/// Variants that differ in their length alone, shortest first.
std::map<variant, std::vector<variant>> by_length(const summary& numbers) {
  std::map<variant, std::vector<variant>> families;
  for (const variant& v : numbers.variants()) {
    if (!v.learns_context() || !v.init.empty()) continue;
    variant family = v;
    family.length = 0;
    families[family].push_back(v);
  }
  std::erase_if(families, [](const auto& family) { return family.second.size() < 2; });
  return families;
}

table length_table(const summary& numbers) {
  const index_t shots = numbers.most_shots();
  const auto families = by_length(numbers);
  const data_list data = data_with(numbers, [&](const std::string& name) {
    return std::any_of(families.begin(), families.end(), [&](const auto& family) {
      const auto has_runs = [&](const variant& v) { return !numbers.of(name, v, shots).empty(); };
      return std::count_if(family.second.begin(), family.second.end(), has_runs) > 1;
    });
  });
  table t{.name = "context-length",
          .title = "Context length, " + shots_text(shots),
          .note = "Vectors begun as noise. Best of a block in bold.",
          .corner = "vectors",
          .columns = data_columns(data)};
  for (const auto& [family, members] : families) {
    std::vector<table_row> rows;
    for (const variant& v : members)
      rows.push_back(variant_row("M = " + std::to_string(v.length), numbers, data, v, shots));
    add_block(t, family.name(), std::move(rows));
  }
  mark_best(t);
  return t;
}

table context_table(const summary& numbers) {
  table t{.name = "class-specific",
          .title = "Class-specific against unified context",
          .note =
              "Class-specific minus unified, in points, paired over the seeds, with the 95 % interval of the "
              "mean difference: above 0 the class-specific context is better. " +
              numbers.main_beginning().name() + ".",
          .kind = cell_kind::difference,
          .corner = "pictures a class",
          .columns = data_columns(numbers.data())};
  for (const variant& unified : numbers.main_coop()) {
    if (unified.context != "unified") continue;
    variant specific = unified;
    specific.context = "class-specific";
    std::vector<table_row> rows;
    for (const index_t shots : numbers.shots())
      rows.push_back(difference_row(shots_text(shots), numbers, numbers.data(), specific, unified, shots));
    add_block(t, unified.placement == "middle" ? "name in the middle" : "name at the " + unified.placement,
              std::move(rows));
  }
  return t;
}

table init_table(const summary& numbers) {
  table t{.name = "initialisation",
          .title = "Initialisation: noise against words",
          .note =
              "Words minus noise, in points, paired over the seeds, with the 95 % interval of the mean "
              "difference: above 0 words are better.",
          .kind = cell_kind::difference,
          .corner = "pictures a class"};
  const data_list data = data_with(numbers, [&](const std::string& name) {
    return std::any_of(numbers.variants().begin(), numbers.variants().end(), [&](const variant& v) {
      const auto has_runs = [&](index_t shots) { return !numbers.of(name, v, shots).empty(); };
      return !v.init.empty() && std::any_of(numbers.shots().begin(), numbers.shots().end(), has_runs);
    });
  });
  t.columns = data_columns(data);
  for (const variant& words : numbers.variants()) {
    if (words.init.empty()) continue;
    variant noise = words;
    noise.init.clear();
    std::vector<table_row> rows;
    for (const index_t shots : numbers.shots())
      rows.push_back(difference_row(shots_text(shots), numbers, data, words, noise, shots));
    add_block(t, words.full_name(), std::move(rows));
  }
  return t;
}

/// The run whose words are shown: unified, at the main length, most shots, least seed.
const run_result* run_with_words(const sweep_results& sweep, const summary& numbers,
                                 const std::string& data) {
  const run_result* found = nullptr;
  for (const run_result& run : sweep.runs) {
    const bool fits = run.what == numbers.paper().on(data, numbers.most_shots()) && !run.nearest.empty();
    if (fits && (found == nullptr || run.seed < found->seed)) found = &run;
  }
  return found;
}

table words_table(const sweep_results& sweep, const summary& numbers) {
  table t{.name = "nearest-words",
          .title = "Nearest words of the learnt vectors",
          .kind = cell_kind::word,
          .corner = "vector"};
  std::vector<const run_result*> runs;
  std::size_t vectors = 0;
  std::set<std::uint64_t> seeds;
  for (const std::string& data : numbers.data()) {
    const run_result* run = run_with_words(sweep, numbers, data);
    if (run == nullptr) continue;
    t.columns.push_back(data);
    runs.push_back(run);
    vectors = std::max(vectors, run->nearest.size());
    seeds.insert(run->seed);
  }
  if (runs.empty()) return t;
  std::vector<std::string> seed_words;
  for (const std::uint64_t seed : seeds) seed_words.push_back(std::to_string(seed));
  t.note =
      numbers.paper().full_name() + ", " + shots_text(numbers.most_shots()) + ", seed " +
      join(seed_words, ", ") +
      ". Euclidean distance in parentheses; </w> marks a token that ends a word. Random vectors of the same "
      "norm lie as far from their nearest words as the last lines say: a distance like theirs means that "
      "the word says nothing about the vector.";
  std::vector<table_row> rows;
  for (std::size_t i = 0; i < vectors; ++i) {
    rows.push_back({std::to_string(i + 1), {}});
    for (const run_result* run : runs) {
      if (i < run->nearest.size()) {
        rows.back().cells.push_back({.text = run->nearest[i].first, .value = run->nearest[i].second});
      } else {
        rows.back().cells.emplace_back();
      }
    }
  }
  add_block(t, "", std::move(rows));
  std::vector<table_row> chance{{"mean", {}}, {"least", {}}};
  for (const run_result* run : runs) {
    chance[0].cells.push_back({.value = coop::mean(run->random)});
    chance[1].cells.push_back({.value = *std::min_element(run->random.begin(), run->random.end())});
  }
  add_block(t, "random vectors of the same norm", std::move(chance));
  return t;
}

/// Base classes, new classes, and their harmonic mean, of the means over seeds as published.
table new_classes_table(const summary& numbers) {
  table t{.name = "base-to-new",
          .title = "From base to new classes, " + shots_text(numbers.most_shots()),
          .note = "Learnt on the base classes; H is the harmonic mean of both. Best of a block in bold.",
          .corner = "method",
          .columns = {"base", "new", "H"}};
  const data_list data =
      data_with(numbers, [&](const std::string& name) { return !numbers.other_names(name, "new").empty(); });
  if (data.empty()) return t;
  const auto new_of = [&](const std::string& name, const variant& v) {
    std::vector<coop::seed_values> sets;
    for (const std::string& other : numbers.other_names(name, "new"))
      sets.push_back(numbers.other(name, v, numbers.most_shots(), "new", other));
    return average(sets);
  };
  const auto row_of = [&](const variant& v, const coop::seed_values& base, const coop::seed_values& fresh) {
    table_row row{v.full_name(), {}};
    if (base.empty() || fresh.empty()) return row;
    row.cells = {cell_of(base, seeds_of(v, numbers)), cell_of(fresh, seeds_of(v, numbers)), {}};
    row.cells[2].value = coop::harmonic_mean(*row.cells[0].value, *row.cells[1].value);
    row.cells[2].seeds = std::min(row.cells[0].seeds, row.cells[1].seeds);
    return row;
  };
  if (data.size() > 1) {
    std::vector<table_row> rows;
    for (const variant& v : numbers.variants()) {
      std::vector<coop::seed_values> fresh;
      for (const std::string& name : data) fresh.push_back(new_of(name, v));
      rows.push_back(row_of(v, average(numbers.of(data, v, numbers.most_shots())), average(fresh)));
    }
    add_block(t, "average of " + std::to_string(data.size()), std::move(rows));
  }
  for (const std::string& name : data) {
    std::vector<table_row> rows;
    for (const variant& v : numbers.variants())
      rows.push_back(row_of(v, numbers.of(name, v, numbers.most_shots()), new_of(name, v)));
    add_block(t, name, std::move(rows));
  }
  mark_best(t);
  return t;
}

table protocol_table(const sweep_results& sweep, const summary& numbers) {
  table t{.name = "protocol",
          .title = "How the numbers came about",
          .kind = cell_kind::text,
          .corner = "what",
          .columns = {""}};
  std::vector<table_row> rows;
  const auto add = [&](const char* what, std::string text) {
    if (!text.empty()) rows.push_back({what, {{.text = std::move(text)}}});
  };
  const run_result& first = sweep.runs.front();
  std::set<std::string> programs;
  std::set<std::uint64_t> seeds;
  std::set<std::string> scarce;
  double seconds = 0;
  for (const run_result& run : sweep.runs) {
    programs.insert(run.program);
    seconds += run.seconds;
    if (run.what.shots > 0) seeds.insert(run.seed);
    for (const auto& [name, count] : run.scarce)
      scarce.insert(run.data.name + ": '" + name + "' has " + std::to_string(count) + " of " +
                    std::to_string(run.what.shots) + " (seed " + std::to_string(run.seed) + ")");
  }
  std::vector<std::string> seed_words;
  for (const std::uint64_t seed : seeds) seed_words.push_back(std::to_string(seed));
  add("protocol", first.protocol);
  add("weights", first.weights + ", " + first.backbone + ", SHA-256 " + first.weights_sha256);
  for (const std::string& name : numbers.data()) {
    const auto run = std::find_if(sweep.runs.begin(), sweep.runs.end(),
                                  [&](const run_result& r) { return r.data.name == name; });
    add("data", name + ": " + run->data.word + ", " + std::to_string(run->data.class_names.size()) +
                    " classes, " + std::to_string(run->total) + " test pictures, digest " + run->data.digest);
  }
  add("seeds", join(seed_words, ", "));
  add("program", join({programs.begin(), programs.end()}, ", "));
  add("runs", std::to_string(sweep.runs.size()) + " of " + std::to_string(sweep.planned.size()) + " planned");
  add("computing time", fixed(seconds, 1) + " s");
  add("classes with fewer pictures than shots",
      scarce.empty() ? "none" : join({scarce.begin(), scarce.end()}, "; "));
  add("unfinished", counted(sweep.unfinished));
  add("not in the plan, left out", counted(sweep.unplanned));
  add("published", sweep.published);
  add_block(t, "", std::move(rows));
  return t;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size(); ++width) coop::unicode::next_code_point(text, at);
  return width;
}

std::string padded(const std::string& text, std::size_t width, bool to_the_right) {
  const std::string blanks(width - std::min(width, width_of(text)), ' ');
  return to_the_right ? blanks + text : text + blanks;
}

/// A field as RFC 4180 has it.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) line += (i == 0 ? "" : ",") + csv_field(fields[i]);
  return line + "\n";
}

std::string csv_number(const std::optional<double>& x) { return x ? fixed(*x, 4) : std::string(); }

bool has_numbers(cell_kind kind) { return kind == cell_kind::percent || kind == cell_kind::difference; }

}  // namespace

std::string fixed(double x, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, x);
  const std::string digits = text;
  const bool is_zero = digits.find_first_not_of("-0.") == std::string::npos;
  return is_zero && digits.front() == '-' ? digits.substr(1) : digits;
}

std::string cell_text(const table_cell& cell, cell_kind kind) {
  if (!cell.value && cell.text.empty()) return "–";
  if (kind == cell_kind::text) return cell.text;
  if (kind == cell_kind::word)
    return cell.text + (cell.text.empty() ? "" : " ") + "(" + fixed(cell.value.value_or(0), 4) + ")";
  std::string text = fixed(*cell.value, 1);
  if (kind == cell_kind::difference && text.front() != '-') text = "+" + text;
  if (cell.margin) text += " ±" + fixed(*cell.margin, 1);
  return text + (cell.fewer ? "†" : "");
}

std::string to_text(const table& t) {
  std::size_t label_width = width_of(t.corner);
  std::vector<std::size_t> widths;
  for (const std::string& column : t.columns) widths.push_back(width_of(column));
  bool fewer = false;
  for (const table_block& block : t.blocks) {
    for (const table_row& row : block.rows) {
      label_width = std::max(label_width, width_of(row.label) + (block.title.empty() ? 0 : 2));
      for (std::size_t c = 0; c < row.cells.size(); ++c) {
        widths[c] = std::max(widths[c], width_of(cell_text(row.cells[c], t.kind)));
        fewer = fewer || row.cells[c].fewer;
      }
    }
  }
  const bool to_the_right = has_numbers(t.kind);
  const auto without_end = [](std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  };
  std::string text = t.title + "\n";
  std::string head = padded(t.corner, label_width, false);
  for (std::size_t c = 0; c < t.columns.size(); ++c)
    head += "  " + padded(t.columns[c], widths[c], to_the_right);
  if (t.kind != cell_kind::text) text += without_end(head);
  for (const table_block& block : t.blocks) {
    if (!block.title.empty()) text += block.title + "\n";
    for (const table_row& row : block.rows) {
      std::string line = padded((block.title.empty() ? "" : "  ") + row.label, label_width, false);
      for (std::size_t c = 0; c < row.cells.size(); ++c)
        line += "  " + padded(cell_text(row.cells[c], t.kind), widths[c], to_the_right);
      text += without_end(line);
    }
  }
  if (fewer) text += "† of fewer seeds than the others\n";
  return text + (t.note.empty() ? "" : t.note + "\n");
}

std::string to_csv(const table& t) {
  std::vector<std::string> head{"block", t.corner};
  for (const std::string& column : t.columns) {
    if (t.kind == cell_kind::text) head.emplace_back("value");
    if (t.kind == cell_kind::word) head.insert(head.end(), {column + " word", column + " distance"});
    if (has_numbers(t.kind)) head.insert(head.end(), {column, column + " margin", column + " seeds"});
  }
  std::string text = csv_line(head);
  for (const table_block& block : t.blocks) {
    for (const table_row& row : block.rows) {
      std::vector<std::string> line{block.title, row.label};
      for (const table_cell& cell : row.cells) {
        if (t.kind == cell_kind::text) line.push_back(cell.text);
        if (t.kind == cell_kind::word) line.insert(line.end(), {cell.text, csv_number(cell.value)});
        if (has_numbers(t.kind))
          line.insert(line.end(),
                      {csv_number(cell.value), csv_number(cell.margin), std::to_string(cell.seeds)});
      }
      text += csv_line(line);
    }
  }
  return text;
}

std::string runs_csv(const sweep_results& sweep) {
  std::string text =
      csv_line({"id",   "data",    "method",   "context", "placement",      "length",     "init", "shots",
                "seed", "test",    "total",    "correct", "accuracy",       "low",        "high", "macro_f1",
                "loss", "seconds", "protocol", "program", "weights_sha256", "data_digest"});
  for (const run_result& run : sweep.runs) {
    const auto add = [&](const std::string& test, std::int64_t total, std::int64_t correct, double macro_f1) {
      const auto wilson = coop::wilson_interval(correct, total);
      const bool own = test == "test";
      text += csv_line({run.id,
                        run.data.name,
                        run.what.method,
                        run.what.context,
                        run.what.placement,
                        run.what.length > 0 ? std::to_string(run.what.length) : "",
                        run.what.init,
                        std::to_string(run.what.shots),
                        std::to_string(run.seed),
                        test,
                        std::to_string(total),
                        std::to_string(correct),
                        fixed(100.0 * double(correct) / double(total), 4),
                        fixed(wilson->low, 4),
                        fixed(wilson->high, 4),
                        fixed(macro_f1, 4),
                        own ? csv_number(run.loss) : "",
                        own ? fixed(run.seconds, 3) : "",
                        run.protocol,
                        run.program,
                        run.weights_sha256,
                        run.data.digest});
    };
    add("test", run.total, run.correct, run.macro_f1);
    for (const other_result& other : run.others)
      add(other.kind + ": " + other.name, other.total, other.correct, other.macro_f1);
  }
  return text;
}

report_tables make_tables(const sweep_results& sweep, const summary& numbers) {
  report_tables all;
  const auto add = [&](table t, const char* needs) {
    if (t.blocks.empty()) {
      all.absent.push_back({t.title, needs});
    } else {
      all.tables.push_back(std::move(t));
    }
  };
  const auto add_others = [&](std::vector<table> tables, const char* title, const char* needs) {
    if (tables.empty()) all.absent.push_back({title, needs});
    for (table& t : tables) all.tables.push_back(std::move(t));
  };
  const std::string shots = shots_text(numbers.most_shots());
  for (const beginning& begun : numbers.beginnings())
    if (begun == numbers.main_beginning() || is_over_shots(numbers, begun))
      add(few_shot_table(numbers, begun), "any run");
  add(gain_table(numbers), "runs of CoOp and of zero-shot");
  add(ensemble_table(numbers), "runs of an ensemble of prompts");
  add_others(others_tables(numbers, "shift", "domain-shift", "Domain shift, " + shots,
                           "The same classifiers on pictures of other kinds. Best of a column in bold."),
             "Domain shift", "runs that were tested on shifted pictures");
  add(length_table(numbers), "runs of CoOp with two context lengths");
  add(context_table(numbers), "runs of CoOp with both contexts");
  add(init_table(numbers), "runs of CoOp begun as words, and the same begun as noise");
  add(new_classes_table(numbers), "runs that were tested on new classes");
  add_others(
      others_tables(numbers, "target", "cross-data", "Transfer to other data, " + shots,
                    "The learnt context with the class names of other data. Best of a column in bold."),
      "Transfer to other data", "runs that were tested on other data");
  add(words_table(sweep, numbers), "runs of CoOp with a unified context and the words near it");
  add(protocol_table(sweep, numbers), "any run");
  return all;
}

table compare_sweeps(const sweep_results& first, const sweep_results& second) {
  expect_same_identity(first.runs.front(), second.runs.front(), "compared");
  std::map<std::string, const run_result*> first_of;
  for (const run_result& run : first.runs) first_of.emplace(run.data.name, &run);
  for (const run_result& run : second.runs) {
    const auto known = first_of.find(run.data.name);
    if (known != first_of.end()) expect_same_identity(*known->second, run, "compared");
  }
  const summary ours(first);
  const summary theirs(second);
  const data_list data = data_with(ours, [&](const std::string& name) {
    return std::find(theirs.data().begin(), theirs.data().end(), name) != theirs.data().end();
  });
  table t{.name = "comparison",
          .title = "Compared with " + second.directory,
          .kind = cell_kind::difference,
          .corner = "pictures a class",
          .columns = data_columns(data)};
  std::vector<index_t> shots{0};
  shots.insert(shots.end(), ours.shots().begin(), ours.shots().end());
  for (const variant& v : ours.variants()) {
    std::vector<table_row> rows;
    for (const index_t n : shots) {
      if (v.is_few_shot() != (n > 0)) continue;
      std::vector<coop::seed_values> differences;
      for (const std::string& name : data)
        differences.push_back(coop::paired_differences(ours.of(name, v, n), theirs.of(name, v, n)));
      rows.push_back(data_row(n > 0 ? shots_text(n) : "none", differences, seeds_of(v, ours)));
    }
    add_block(t, v.full_name(), std::move(rows));
  }

  std::map<std::pair<experiment, std::uint64_t>, std::int64_t> correct;
  for (const run_result& run : second.runs) correct.emplace(std::pair(run.what, run.seed), run.correct);
  std::size_t pairs = 0;
  std::size_t equal = 0;
  for (const run_result& run : first.runs) {
    const auto other = correct.find({run.what, run.seed});
    if (other == correct.end()) continue;
    ++pairs;
    equal += other->second == run.correct;
  }
  coop::check<coop::choice_error>(pairs > 0, [&] {
    return second.directory + ": no run with the experiment and seed of one in " + first.directory;
  });
  t.note = first.directory + " minus " + second.directory +
           ", in points, paired over the seeds, with the 95 % interval of the mean difference: " +
           std::to_string(pairs) + " pairs of runs, of which " + std::to_string(equal) +
           " with the same number of correct answers; " + std::to_string(first.runs.size() - pairs) +
           " runs only in the first, " + std::to_string(second.runs.size() - pairs) + " only in the second.";
  return t;
}

}  // namespace app
