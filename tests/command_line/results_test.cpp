// SPDX-License-Identifier: MIT
#include "results.hpp"

#include "support/sweep_files.hpp"

#include <coop/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(results)

namespace {

using coop::json;
using coop::test::coop_run;
using coop::test::sweep_files;
using coop::test::sweep_run;

template <class Error>
auto says(std::string part) {
  return [part = std::move(part)](const Error& failure) {
    BOOST_TEST_MESSAGE(failure.what());
    return std::string(failure.what()).find(part) != std::string::npos;
  };
}

app::run_result parsed(const json& run) { return app::parse_run(run.dump(), "run.json"); }

/// A finished run with this at this place; parsing it must fail and say so.
template <class Error = coop::io_error>
void expect_refusal(const char* pointer, const json& value, const std::string& part) {
  json run = coop_run("objects", 16, 1, 70);
  run["words"] = {{"nearest", json::array()}, {"random", {0.5}}};
  for (int i = 0; i < 16; ++i) run["words"]["nearest"].push_back({"word</w>", 0.25});
  run["others"].push_back({{"kind", "shift"},
                           {"name", "sketch"},
                           {"total", 10},
                           {"correct", 5},
                           {"accuracy", 50.0},
                           {"macro_f1", 50}});
  BOOST_REQUIRE_NO_THROW(parsed(run));
  run[json::json_pointer(pointer)] = value;
  BOOST_TEST_CONTEXT(pointer) { BOOST_CHECK_EXCEPTION(parsed(run), Error, says<Error>("run.json: " + part)); }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_run_is_read_whole) {
  json run = coop_run("objects", 2, 3, 70, "unified", "middle", 4, "a photo of a");
  run["others"].push_back({{"kind", "shift"},
                           {"name", "sketch"},
                           {"total", 8},
                           {"correct", 5},
                           {"accuracy", 62.5},
                           {"macro_f1", 60}});
  run["words"] = json::parse(
      R"({"nearest": [["a</w>", 0.5], ["b", 0.25], ["c</w>", 1], ["d", 2]], "random": [1.5, 1.25]})");
  run["scarce"] = json::array({json::array({"cat", 1})});

  const app::run_result r = parsed(run);
  BOOST_TEST(r.protocol == "coop-fewshot/1");
  BOOST_TEST(r.program == "coop 0.1.0");
  BOOST_TEST(r.data.digest == "digest of objects");
  BOOST_TEST((r.data.class_names == std::vector<std::string>{"cat", "dog"}));
  BOOST_TEST(r.weights_sha256 == "0123");
  BOOST_TEST((r.what == app::experiment{"objects", "coop", "unified", "middle", 4, "a photo of a", 2}));
  BOOST_TEST(r.seed == 3u);
  BOOST_TEST(r.accuracy() == 70.0);
  BOOST_TEST(r.macro_f1 == 69.5);
  BOOST_TEST((r.confusion == std::vector<std::int64_t>{50, 0, 30, 20}));
  BOOST_REQUIRE(r.others.size() == 1u);
  BOOST_TEST(r.others[0].name == "sketch");
  BOOST_TEST(r.others[0].accuracy() == 62.5);
  BOOST_TEST(r.nearest[1].first == "b");
  BOOST_TEST(r.nearest[3].second == 2.0);
  BOOST_TEST(r.random.size() == 2u);
  BOOST_TEST(*r.loss == 0.25);
  BOOST_TEST(r.scarce[0].second == 1);
}

BOOST_AUTO_TEST_CASE(what_is_not_learnt_has_no_context_shots_or_loss) {
  const app::run_result r = parsed(sweep_run("objects", "zero-shot", 0, 0, 40));

  BOOST_TEST((r.what == app::experiment{"objects", "zero-shot", "", "", 0, "", 0}));
  BOOST_TEST(!r.loss);
  expect_refusal("/method", "zero-shot", "shots: expected 0 of what is not learnt, got 16");
  expect_refusal("/method", "linear-probe",
                 "context: expected nothing of a method without a context, got \"unified\"");
}

BOOST_AUTO_TEST_CASE(a_wrong_field_is_named_with_what_was_expected) {
  expect_refusal("/protocol", 7, "protocol: expected text that is not empty, got 7");
  expect_refusal("/id", "", "id: expected text that is not empty, got \"\"");
  expect_refusal<coop::choice_error>("/method", "tip",
                                     "method: unknown 'tip'; known: coop, zero-shot, ensemble-7");
  expect_refusal<coop::choice_error>("/placement", "top",
                                     "placement: unknown 'top'; known: end, middle, front");
  expect_refusal("/shots", 0, "shots: expected a whole number of at least 1, got 0");
  expect_refusal("/seed", -1, "seed: expected a whole number of at least 0, got -1");
  expect_refusal("/seed", 1.5, "seed: expected a whole number of at least 0, got 1.5");
  expect_refusal("/data/classes", 3, "data.class_names: expected 3 names, got 2");
  expect_refusal("/data/class_names/0", 4, "data.class_names: expected a list of texts, got 4");
  expect_refusal("/weights", "mini-rn", "weights: expected an object, got \"mini-rn\"");
  expect_refusal("/correct", 101, "correct: expected at most 100, the total, got 101");
  expect_refusal("/accuracy", 70.2, "accuracy: expected 70.000000 as the counts say, got 70.2");
  expect_refusal("/confusion/0", json::array({1}), "confusion: expected 2 rows of 2 counts, got [1]");
  expect_refusal("/confusion/0/1", 1, "confusion: expected a sum of 100, the total, got 101");
  const std::int64_t greatest = std::int64_t(1) << 53;  // many of which leave 64 bits
  expect_refusal("/confusion/0/0", greatest,
                 "confusion: expected a sum of 100, the total, got 9007199254740992");
  expect_refusal("/shots", std::int64_t(1) << 31, "shots: expected at most 2147483647, got 2147483648");
  expect_refusal("/confusion", json::array({{49, 1}, {30, 20}}),
                 "confusion: expected a diagonal of 70, the correct, got 69");
  expect_refusal<coop::choice_error>("/others/0/kind", "old",
                                     "others.kind: unknown 'old'; known: shift, new, target");
  expect_refusal("/others/0/correct", 6, "others.accuracy: expected 60.000000 as the counts say, got 50.0");
  expect_refusal("/words/nearest/3", "cat",
                 "words.nearest: expected a list of pairs of a text and a number, got \"cat\"");
  expect_refusal("/length", 4, "words.nearest: expected 4 words, one for each vector, got 16");
  expect_refusal("/context", "class-specific", "words: expected nothing but of a unified context");
  expect_refusal("/seconds", "long", "seconds: expected a number, got \"long\"");

  json matrix = coop_run("objects", 16, 1, 70);
  matrix.erase("confusion");
  BOOST_CHECK_EXCEPTION(parsed(matrix), coop::io_error, says<coop::io_error>("run.json: confusion: missing"));
  json missing = coop_run("objects", 16, 1, 70);
  missing.erase("total");
  BOOST_CHECK_EXCEPTION(parsed(missing), coop::io_error, says<coop::io_error>("run.json: total: missing"));
  BOOST_CHECK_EXCEPTION(app::parse_run("[]", "run.json"), coop::io_error,
                        says<coop::io_error>("run.json: expected an object, got []"));
  BOOST_CHECK_EXCEPTION(app::parse_run("{\"id\": \"\xff\"}", "run.json"), coop::io_error,
                        says<coop::io_error>("run.json: not valid JSON"));
}

BOOST_AUTO_TEST_CASE(a_sweep_knows_what_is_finished_and_what_is_not) {
  sweep_files files({"objects"});
  files.add(sweep_run("objects", "zero-shot", 0, 0, 40));
  files.add(coop_run("objects", 16, 1, 70));
  files.plan["runs"].push_back("objects/later");
  files.write("runs/other.json", sweep_run("objects", "ensemble-7", 0, 0, 45).dump());
  files.write("runs/4.json.partial.12.0", "{");
  files.plan["published"] = {{"table", 1}};

  const app::sweep_results sweep = app::read_sweep(files.finish());
  BOOST_TEST(sweep.title == "A sweep");
  BOOST_TEST(sweep.runs.size() == 2u);
  BOOST_TEST((sweep.unfinished == std::vector<std::string>{"objects/later"}));
  BOOST_TEST((sweep.unplanned == std::vector<std::string>{"objects/ensemble-7/0/0"}));
  BOOST_TEST(sweep.published == "{\"table\":1}");
}

BOOST_AUTO_TEST_CASE(accuracies_are_gathered_by_experiment_and_seed) {
  sweep_files files({"objects"});
  for (const int seed : {1, 2, 3}) files.add(coop_run("objects", 16, seed, 70 + seed));
  files.add(coop_run("objects", 8, 1, 60));

  const auto all = app::accuracies_of(app::read_sweep(files.finish()));
  BOOST_TEST(all.size() == 2u);
  BOOST_TEST((all.at({"objects", "coop", "unified", "end", 16, "", 16}) ==
              coop::seed_values{{1, 71.0}, {2, 72.0}, {3, 73.0}}));
}

BOOST_AUTO_TEST_CASE(runs_of_different_protocols_weights_or_data_are_refused_with_both_named) {
  const auto expect_mixture = [](const char* pointer, const json& value, const std::string& part) {
    sweep_files files({"objects", "boats"});
    files.add(coop_run("boats", 16, 1, 70));
    files.add(coop_run("objects", 16, 1, 70));
    json other = coop_run("objects", 16, 2, 70);
    other[json::json_pointer(pointer)] = value;
    files.add(other);
    const std::string directory = files.finish();
    BOOST_CHECK_EXCEPTION(app::read_sweep(directory), coop::choice_error, says<coop::choice_error>(part));
    BOOST_CHECK_EXCEPTION(app::read_sweep(directory), coop::choice_error,
                          says<coop::choice_error>("runs/3.json: another"));
  };
  expect_mixture("/protocol", "coop-fewshot/2",
                 "never to be averaged: expected 'coop-fewshot/1', got 'coop-fewshot/2'");
  expect_mixture("/weights/sha256", "4567",
                 "expected mini-rn (mini-rn) of SHA-256 0123, got mini-rn (mini-rn) of SHA-256 4567");
  expect_mixture("/data/digest", "another", "another set of data 'objects' than ");
  expect_mixture("/data/digest", "another",
                 "of digest digest of objects, got drawn:objects of digest another");
}

BOOST_AUTO_TEST_CASE(the_same_run_twice_is_refused) {
  sweep_files files({"objects"});
  files.add(coop_run("objects", 16, 1, 70));
  json again = coop_run("objects", 16, 1, 71);
  files.write("runs/2.json", again.dump());
  BOOST_CHECK_EXCEPTION(
      app::read_sweep(files.finish()), coop::choice_error,
      says<coop::choice_error>("runs/2.json: id: 'objects/coop/unified-end-16-/16/1' is that of "));

  again["id"] = "another";
  files.plan["runs"].push_back("another");
  files.write("runs/2.json", again.dump());
  BOOST_CHECK_EXCEPTION(app::read_sweep(files.finish()), coop::choice_error,
                        says<coop::choice_error>("runs/2.json: the experiment and seed of "));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_no_sweep_says_what_is_missing) {
  const temporary_folder empty;
  using coop::io_error;
  BOOST_CHECK_EXCEPTION(app::read_sweep(empty / "nowhere"), io_error, says<io_error>("no such directory"));
  BOOST_CHECK_EXCEPTION(app::read_sweep(empty.path()), io_error, says<io_error>("no plan.json"));

  sweep_files files({"objects"});
  files.plan["runs"].push_back("objects/later");
  BOOST_CHECK_EXCEPTION(app::read_sweep(files.finish()), io_error,
                        says<io_error>("no finished run: expected some of the 1 of plan.json"));
  files.plan["runs"].push_back("objects/later");
  BOOST_CHECK_EXCEPTION(app::read_sweep(files.finish()), io_error,
                        says<io_error>("plan.json: runs: expected each once, got \"objects/later\""));

  sweep_files foreign({"boats"});
  foreign.add(coop_run("objects", 16, 1, 70));
  BOOST_CHECK_EXCEPTION(app::read_sweep(foreign.finish()), coop::choice_error,
                        says<coop::choice_error>("data.name: expected one of the data of "));
}

BOOST_AUTO_TEST_SUITE_END()
