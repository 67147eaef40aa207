// SPDX-License-Identifier: MIT
#include "report_tables.hpp"

#include "support/sweep_files.hpp"

#include <coop/error.hpp>
#include <coop/io/text.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(report_tables)

namespace {

namespace tt = boost::test_tools;
using coop::json;
using coop::test::coop_run;
using coop::test::sweep_files;
using coop::test::sweep_run;

struct tables_of {
  explicit tables_of(const sweep_files& files)
      : sweep(app::read_sweep(files.finish())), numbers(sweep), all(app::make_tables(sweep, numbers)) {}

  [[nodiscard]] const app::table& at(const std::string& name) const {
    for (const app::table& t : all.tables)
      if (t.name == name) return t;
    throw std::runtime_error("no table " + name);
  }

  app::sweep_results sweep;
  app::summary numbers;
  app::report_tables all;
};

const app::table_row& row_of(const app::table& t, const std::string& block, const std::string& label) {
  for (const app::table_block& b : t.blocks)
    for (const app::table_row& row : b.rows)
      if (b.title == block && row.label == label) return row;
  throw std::runtime_error("no row " + block + "/" + label);
}

json other(const char* kind, const char* name, int correct) {
  return {{"kind", kind},       {"name", name},        {"total", 100},
          {"correct", correct}, {"accuracy", correct}, {"macro_f1", correct}};
}

/// Two data sets, one prompt and three seeds of two contexts at 1 and 16 shots.
sweep_files small_sweep() {
  sweep_files files({"objects", "boats"});
  files.add(sweep_run("objects", "zero-shot", 0, 0, 50));
  files.add(sweep_run("boats", "zero-shot", 0, 0, 60));
  const int unified[] = {70, 72, 77};
  const int specific[] = {71, 75, 79};
  for (const int seed : {1, 2, 3}) {
    files.add(coop_run("objects", 16, seed, unified[seed - 1]));
    files.add(coop_run("objects", 16, seed, specific[seed - 1], "class-specific"));
    files.add(coop_run("objects", 1, seed, 40 + seed));
    files.add(coop_run("boats", 16, seed, 58));
  }
  return files;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_cell_is_the_mean_over_the_seeds_with_students_interval) {
  const tables_of t(small_sweep());
  const auto& cells = row_of(t.at("few-shot"), "16 shots a class", "CoOp unified end").cells;

  // 70, 72, 77: mean 73, squared distances 9 + 1 + 16 over 2; t of two degrees of freedom is 4.3027.
  BOOST_TEST(*cells[0].value == 73.0);
  BOOST_TEST(*cells[0].margin == 4.302652729749464 * std::sqrt(13.0 / 3.0), tt::tolerance(1e-10));
  BOOST_TEST(app::cell_text(cells[0], app::cell_kind::percent) == "73.0 ±9.0");
  BOOST_TEST(*cells[1].value == 58.0);
  BOOST_TEST(*cells[1].margin == 0.0);
  // The average is taken seed by seed: 64, 65, 67.5.
  BOOST_TEST(*cells[2].value == 65.5);
  BOOST_TEST(*cells[2].margin == 4.302652729749464 * std::sqrt(3.25 / 3.0), tt::tolerance(1e-10));
}

BOOST_AUTO_TEST_CASE(what_was_measured_once_has_no_interval) {
  const tables_of t(small_sweep());
  const auto& cells = row_of(t.at("few-shot"), "no pictures", "zero-shot, one prompt").cells;

  BOOST_TEST(app::cell_text(cells[0], app::cell_kind::percent) == "50.0");
  BOOST_TEST(app::cell_text(cells[2], app::cell_kind::percent) == "55.0");
}

BOOST_AUTO_TEST_CASE(an_average_needs_every_data_set) {
  const tables_of t(small_sweep());
  const auto& cells = row_of(t.at("few-shot"), "1 shot a class", "CoOp unified end").cells;

  BOOST_TEST(*cells[0].value == 42.0);
  BOOST_TEST(app::cell_text(cells[1], app::cell_kind::percent) == "–");
  BOOST_TEST(!cells[2].value);
}

BOOST_AUTO_TEST_CASE(the_best_of_a_column_is_marked_and_fewer_seeds_are_told) {
  sweep_files files = small_sweep();
  files.add(sweep_run("objects", "linear-probe", 16, 1, 74));
  const tables_of t(files);
  const app::table& few = t.at("few-shot");

  const auto& probe = row_of(few, "16 shots a class", "linear probe").cells[0];
  BOOST_TEST(!probe.best);
  BOOST_TEST(probe.fewer);
  BOOST_TEST(app::cell_text(probe, app::cell_kind::percent) == "74.0†");
  BOOST_TEST(row_of(few, "16 shots a class", "CoOp class-specific end").cells[0].best);
  BOOST_TEST(!row_of(few, "16 shots a class", "CoOp unified end").cells[0].best);
  BOOST_TEST(app::to_text(few).find("† of fewer seeds than the others") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(contexts_are_compared_seed_by_seed) {
  const tables_of t(small_sweep());
  const auto& cell = row_of(t.at("class-specific"), "name at the end", "16 shots").cells[0];

  // 1, 3, 2: mean 2, deviation 1.
  BOOST_TEST(*cell.value == 2.0);
  BOOST_TEST(*cell.margin == 4.302652729749464 / std::sqrt(3.0), tt::tolerance(1e-10));
  BOOST_TEST(app::cell_text(cell, app::cell_kind::difference) == "+2.0 ±2.5");
}

BOOST_AUTO_TEST_CASE(gains_come_greatest_first) {
  const tables_of t(small_sweep());
  const auto& rows = t.at("gain").blocks.front().rows;

  BOOST_TEST(rows[0].label == "objects");
  BOOST_TEST(*rows[0].cells[0].value == 23.0);
  BOOST_TEST(rows[1].label == "boats");
  BOOST_TEST(app::cell_text(rows[1].cells[0], app::cell_kind::difference) == "-2.0 ±0.0");
}

BOOST_AUTO_TEST_CASE(tables_without_runs_are_left_out_and_named) {
  const tables_of t(small_sweep());
  std::vector<std::string> absent;
  for (const app::absent_table& a : t.all.absent) absent.push_back(a.title);

  BOOST_TEST((absent == std::vector<std::string>{
                            "Prompt engineering and ensembling", "Domain shift", "Context length, 16 shots",
                            "Initialisation: noise against words", "From base to new classes, 16 shots",
                            "Transfer to other data", "Nearest words of the learnt vectors"}));
}

BOOST_AUTO_TEST_CASE(every_experiment_of_the_paper_has_its_table) {
  sweep_files files({"objects"});
  json zero = sweep_run("objects", "zero-shot", 0, 0, 50);
  json run = coop_run("objects", 16, 1, 70);
  for (json* each : {&zero, &run}) {
    (*each)["others"] = {other("shift", "sketch", 30), other("shift", "cluttered", 20),
                         other("new", "objects", 42), other("target", "boats", 33)};
  }
  run["others"][2] = other("new", "objects", 35);
  run["words"] = {{"nearest", json::array()}, {"random", {0.75, 0.5}}};
  for (int i = 0; i < 16; ++i) run["words"]["nearest"].push_back({"potd</w>", 0.1 * i});
  files.add(zero);
  files.add(run);
  files.add(sweep_run("objects", "ensemble-7", 0, 0, 55));
  files.add(coop_run("objects", 16, 1, 66, "unified", "end", 4));
  files.add(coop_run("objects", 16, 1, 68, "unified", "end", 4, "a photo of a"));
  const tables_of t(files);

  const auto& prompts = t.at("prompt-engineering");
  BOOST_TEST(*row_of(prompts, "", "ensemble of 7 prompts and the own").cells[0].value == 55.0);
  BOOST_TEST(*row_of(prompts, "", "CoOp unified end, M = 16").cells[0].value == 70.0);

  const auto& shift = t.at("domain-shift-objects");
  BOOST_TEST(
      (shift.columns == std::vector<std::string>{"objects", "sketch", "cluttered", "average of the others"}));
  BOOST_TEST(*row_of(shift, "", "zero-shot, one prompt").cells[0].value == 50.0);
  BOOST_TEST(*row_of(shift, "", "CoOp unified end, M = 16").cells[3].value == 25.0);
  BOOST_TEST(shift.blocks.front().rows.size() == 2u);  // only what was tested there

  BOOST_TEST(*row_of(t.at("context-length"), "CoOp unified end", "M = 4").cells[0].value == 66.0);
  BOOST_TEST(*row_of(t.at("initialisation"), "CoOp unified end, M = 4, from \"a photo of a\"", "16 shots")
                  .cells[0]
                  .value == 2.0);

  const auto& base = row_of(t.at("base-to-new"), "objects", "CoOp unified end, M = 16").cells;
  BOOST_TEST(*base[0].value == 70.0);
  BOOST_TEST(*base[1].value == 35.0);
  BOOST_TEST(*base[2].value == 2 * 70.0 * 35.0 / 105.0, tt::tolerance(1e-14));

  BOOST_TEST(*row_of(t.at("cross-data-objects"), "", "zero-shot, one prompt").cells[1].value == 33.0);

  const auto& words = t.at("nearest-words");
  BOOST_TEST(app::cell_text(row_of(words, "", "3").cells[0], words.kind) == "potd</w> (0.2000)");
  BOOST_TEST(*row_of(words, "random vectors of the same norm", "mean").cells[0].value == 0.625);
  BOOST_TEST(*row_of(words, "random vectors of the same norm", "least").cells[0].value == 0.5);
}

BOOST_AUTO_TEST_CASE(the_protocol_table_tells_what_every_number_rests_on) {
  sweep_files files = small_sweep();
  json run = coop_run("objects", 8, 2, 65);
  run["scarce"] = json::array({json::array({"cat", 5})});
  files.add(run);
  files.plan["runs"].push_back("objects/later");
  const tables_of t(files);
  const auto text = [&](const char* label) { return row_of(t.at("protocol"), "", label).cells[0].text; };

  BOOST_TEST(text("protocol") == "coop-fewshot/1");
  BOOST_TEST(text("weights") == "mini-rn, mini-rn, SHA-256 0123");
  BOOST_TEST(text("data") ==
             "objects: drawn:objects, 2 classes, 100 test pictures, digest digest of objects");
  BOOST_TEST(text("seeds") == "1, 2, 3");
  BOOST_TEST(text("program") == "coop 0.1.0");
  BOOST_TEST(text("runs") == "15 of 16 planned");
  BOOST_TEST(text("computing time") == "7.5 s");
  BOOST_TEST(text("classes with fewer pictures than shots") == "objects: 'cat' has 5 of 8 (seed 2)");
  BOOST_TEST(text("unfinished") == "1: objects/later");
}

BOOST_AUTO_TEST_CASE(csv_is_read_back_with_names_of_any_kind) {
  const std::string odd = "a, \"b\" & <c>";
  sweep_files files({odd});
  json run = coop_run(odd, 16, 1, 70);
  files.add(run);
  files.add(coop_run(odd, 16, 2, 71));
  const tables_of t(files);

  const auto lines = coop::split_lines(app::to_csv(t.at("few-shot")), "csv");
  const auto head = coop::split_fields(lines[0], ',', "csv");
  const auto row = coop::split_fields(lines[1], ',', "csv");
  BOOST_TEST((head == std::vector<std::string>{"block", "method", odd, odd + " margin", odd + " seeds"}));
  BOOST_TEST(
      (row == std::vector<std::string>{"16 shots a class", "CoOp unified end", "70.5000", "6.3531", "2"}));

  const auto runs = coop::split_lines(app::runs_csv(t.sweep), "csv");
  BOOST_REQUIRE(runs.size() == 3u);
  const auto names = coop::split_fields(runs[0], ',', "csv");
  const auto first = coop::split_fields(runs[1], ',', "csv");
  BOOST_REQUIRE(first.size() == names.size());
  const auto field = [&](const char* name) {
    return first[std::size_t(std::find(names.begin(), names.end(), name) - names.begin())];
  };
  BOOST_TEST(field("data") == odd);
  BOOST_TEST(field("accuracy") == "70.0000");
  BOOST_TEST(field("low") == "60.4151");  // Wilson's of 70 in 100
  BOOST_TEST(field("high") == "78.1051");
  BOOST_TEST(field("test") == "test");
}

BOOST_AUTO_TEST_CASE(text_keeps_its_columns_in_line) {
  app::table t{.name = "x", .title = "Title", .corner = "m", .columns = {"é", "long name"}};
  t.blocks = {
      {"", {{"a", {{.value = 1.25, .margin = 0.5}, {}}}, {"bcd", {{.value = 100.0}, {.value = 2.0}}}}}};

  BOOST_TEST(app::to_text(t) ==
             "Title\n"
             "m           é  long name\n"
             "a    1.2 ±0.5          –\n"
             "bcd     100.0        2.0\n");
}

BOOST_AUTO_TEST_CASE(a_number_that_rounds_to_nothing_has_no_sign) {
  BOOST_TEST(app::fixed(-0.04, 1) == "0.0");
  BOOST_TEST(app::fixed(-0.06, 1) == "-0.1");
  BOOST_TEST(app::cell_text({.value = -0.01, .margin = 1.0}, app::cell_kind::difference) == "+0.0 ±1.0");
}

BOOST_AUTO_TEST_CASE(sweeps_are_compared_run_by_run) {
  const auto one = [](int shift) {
    sweep_files files({"objects"});
    files.add(sweep_run("objects", "zero-shot", 0, 0, 50));
    files.add(coop_run("objects", 16, 1, 70 + shift));
    files.add(coop_run("objects", 16, 2, 75 + 2 * shift));
    files.add(coop_run("objects", 16, 3 + shift, 80));
    return app::read_sweep(files.finish());
  };
  const app::table t = app::compare_sweeps(one(1), one(0));

  const auto& cell = row_of(t, "CoOp unified end, M = 16", "16 shots").cells[0];
  BOOST_TEST(*cell.value == 1.5);  // seeds 1 and 2: 1 and 2 points
  BOOST_TEST(cell.seeds == 2u);
  BOOST_TEST(*row_of(t, "zero-shot, one prompt", "none").cells[0].value == 0.0);
  BOOST_TEST(
      t.note.find("3 pairs of runs, of which 1 with the same number of correct answers; 1 runs only in the "
                  "first, 1 only in the second") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(sweeps_of_other_protocols_weights_or_data_are_not_compared) {
  const auto one = [](const char* pointer, const json& value) {
    sweep_files files({"objects"});
    json run = coop_run("objects", 16, 1, 70);
    run[json::json_pointer(pointer)] = value;
    files.add(run);
    return app::read_sweep(files.finish());
  };
  const app::sweep_results here = one("/seconds", 1);
  const auto names_both = [](std::string a, std::string b) {
    return [a = std::move(a), b = std::move(b)](const coop::choice_error& failure) {
      const std::string text = failure.what();
      return text.find("never to be compared") != std::string::npos && text.find(a) != std::string::npos &&
             text.find(b) != std::string::npos;
    };
  };
  BOOST_CHECK_EXCEPTION(app::compare_sweeps(here, one("/protocol", "other/1")), coop::choice_error,
                        names_both("'coop-fewshot/1'", "'other/1'"));
  BOOST_CHECK_EXCEPTION(app::compare_sweeps(here, one("/weights/sha256", "89ab")), coop::choice_error,
                        names_both("SHA-256 0123", "SHA-256 89ab"));
  BOOST_CHECK_EXCEPTION(app::compare_sweeps(here, one("/data/digest", "moved")), coop::choice_error,
                        names_both("digest of objects", "moved"));
  BOOST_CHECK_THROW(app::compare_sweeps(here, one("/seed", 2)), coop::choice_error);
}

BOOST_AUTO_TEST_SUITE_END()
