// SPDX-License-Identifier: MIT
//
// What sweep.sh does not see of plans: their limits.
#include "plan.hpp"

#include "support/temporary_folder.hpp"

#include <coop/error.hpp>
#include <coop/io/atomic_file.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(plan)

namespace {

/// A plan of linear probes with so many numbers of shots, and so many seeds.
coop::json probes(int shots, int seeds) {
  coop::json plan = {{"title", "t"},
                     {"protocol", "coop-fewshot"},
                     {"weights", "w"},
                     {"data", coop::json::array({"drawn:objects"})},
                     {"method", coop::json::array({{{"name", "linear-probe"}}})}};
  for (int i = 1; i <= shots; ++i) plan["shots"].push_back(i);
  for (int i = 1; i <= seeds; ++i) plan["seeds"].push_back(i);
  return plan;
}

app::plan read(const coop::json& plan) {
  const temporary_folder folder;
  coop::write_file(folder / "plan.json", plan.dump());
  return app::read_plan(folder / "plan.json");
}

}  // namespace

BOOST_AUTO_TEST_CASE(axes_multiply_up_to_a_limit) {
  BOOST_TEST(read(probes(10, 20)).runs.size() == 200u);
  BOOST_CHECK_EXCEPTION(read(probes(400, 300)), coop::choice_error, [](const coop::choice_error& e) {
    return std::string(e.what()) == "coop: t: too many runs: expected at most 100000";
  });
}

BOOST_AUTO_TEST_CASE(toml_that_its_parser_does_not_look_at_is_refused_with_its_line) {
  const auto said = [](const std::string& toml) {
    const temporary_folder folder;
    const std::string path = folder / "p.toml";
    coop::write_file(path, toml);
    try {
      static_cast<void>(app::read_plan(path));
    } catch (const coop::error& problem) {
      return std::string(problem.what()).substr(path.size() + 6);
    }
    return std::string("read");
  };
  const std::string head =
      "protocol = 'coop-fewshot'\nweights = \"w\" # \u00e9\ndata = [\n  \"drawn:objects\",\n]\n";

  BOOST_TEST(said(head) == "read");
  BOOST_TEST(said("title = \"\"\"\n[.\u00e9] \\\" \"\"\"\n" + head +
                  "[change]\nepochs = 2\n[[method]]\nname = ['coop']\n") == "read");
  BOOST_TEST(said("shots = [\n  1,\n]\n" + head) == "read");
  for (const char* table : {"[.a]", "[ .a]", "[[.a]]", "[!]", "[", "[ #"})
    BOOST_TEST(said(head + table + "\n") == ":6: expected the name of a table behind '['", table);
  for (const char* line : {"\u00e9 = 1", "a\u00e9 = 1", "a = \u00e9", "[a\u00e9]", "a = 1\u00e9"})
    BOOST_TEST(said(head + line + "\n") == ":6: expected ASCII outside of texts and remarks", line);
  BOOST_TEST(said("a = [1, 2]\nb =[}.a").starts_with(":2: a bracket that closes none"));
  BOOST_TEST(said("a = [\n[[1], [.b]]]\n").starts_with(":2: "));  // toml++'s own
}

BOOST_AUTO_TEST_CASE(a_directory_of_another_experiment_or_of_none_is_refused) {
  const coop::json mine = app::to_json(read(probes(1, 1)));
  const auto said = [&](const char* pointer, const coop::json& value) {
    coop::json theirs = mine;
    theirs[coop::json::json_pointer(pointer)] = value;
    try {
      app::expect_same_experiment(theirs, mine, "plan.json");
    } catch (const coop::error& problem) {
      return std::string(problem.what());
    }
    return std::string("the same");
  };
  const std::string none = "coop: plan.json: expected the plan of a sweep: its protocol, weights and words";

  BOOST_TEST(said("/title", "another") == "the same");
  BOOST_TEST(said("", coop::json::array()) == none);
  BOOST_TEST(said("/protocol", 7) == none);
  BOOST_TEST(said("/words", nullptr) == none);
  BOOST_TEST(said("/weights", "v") ==
             "coop: plan.json: weights: this directory has 'v', the plan has 'w': expected another --out");
  BOOST_TEST(
      said("/words/objects", 7) ==
      "coop: plan.json: data 'objects': this directory has 7, the plan has \"drawn:objects\": expected "
      "another name or another --out");
}

BOOST_AUTO_TEST_SUITE_END()
