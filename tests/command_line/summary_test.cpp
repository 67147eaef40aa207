// SPDX-License-Identifier: MIT
#include "summary.hpp"

#include "support/sweep_files.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(summary)

namespace {

using coop::seed_values;
using coop::test::coop_run;
using coop::test::sweep_files;
using coop::test::sweep_run;

}  // namespace

BOOST_AUTO_TEST_CASE(an_average_is_over_the_seeds_that_every_data_set_has) {
  BOOST_TEST((app::average({{{1, 10.0}, {2, 20.0}, {3, 30.0}}, {{2, 40.0}, {3, 50.0}, {4, 60.0}}}) ==
              seed_values{{2, 30.0}, {3, 40.0}}));
  BOOST_TEST(app::average({{{1, 10.0}}, {}}).empty());
  BOOST_TEST(app::average({}).empty());
}

BOOST_AUTO_TEST_CASE(variants_come_in_the_papers_order) {
  sweep_files files({"boats", "objects"});
  files.add(sweep_run("objects", "nearest-mean", 1, 1, 30));
  files.add(sweep_run("objects", "linear-probe", 1, 1, 30));
  files.add(coop_run("objects", 16, 1, 70, "class-specific", "end"));
  files.add(coop_run("objects", 16, 1, 70, "unified", "front"));
  files.add(coop_run("objects", 16, 1, 70, "unified", "middle"));
  files.add(coop_run("objects", 16, 1, 70, "unified", "end", 4));
  files.add(coop_run("boats", 2, 1, 70, "unified", "end", 16));
  files.add(sweep_run("objects", "ensemble-80", 0, 0, 50));
  files.add(sweep_run("objects", "zero-shot", 0, 0, 40));

  const app::summary numbers(app::read_sweep(files.finish()));
  std::vector<std::string> names;
  for (const app::variant& v : numbers.variants()) names.push_back(v.full_name());
  BOOST_TEST(
      (names == std::vector<std::string>{"zero-shot, one prompt", "ensemble of 80 prompts",
                                         "CoOp unified end, M = 4", "CoOp unified end, M = 16",
                                         "CoOp unified middle, M = 16", "CoOp unified front, M = 16",
                                         "CoOp class-specific end, M = 16", "linear probe", "nearest mean"}));
  BOOST_TEST((numbers.data() == std::vector<std::string>{"boats", "objects"}));
  BOOST_TEST((numbers.shots() == std::vector<coop::index_t>{1, 2, 16}));
}

BOOST_AUTO_TEST_CASE(sixteen_vectors_of_noise_stand_for_coop_or_what_most_runs_have) {
  sweep_files paper({"objects"});
  for (const int shots : {1, 2, 4}) paper.add(coop_run("objects", shots, 1, 70, "unified", "end", 4));
  paper.add(coop_run("objects", 16, 1, 70));
  BOOST_TEST(app::summary(app::read_sweep(paper.finish())).paper().full_name() == "CoOp unified end, M = 16");

  sweep_files words({"objects"});
  for (const int shots : {1, 2})
    words.add(coop_run("objects", shots, 1, 70, "unified", "end", 4, "a photo of a"));
  words.add(coop_run("objects", 1, 1, 70, "unified", "end", 8));
  const app::summary numbers(app::read_sweep(words.finish()));
  BOOST_TEST(numbers.paper().full_name() == "CoOp unified end, M = 4, from \"a photo of a\"");
  BOOST_TEST(numbers.beginnings().size() == 2u);
}

BOOST_AUTO_TEST_CASE(gains_are_over_the_one_zero_shot_result) {
  sweep_files files({"objects"});
  files.add(sweep_run("objects", "zero-shot", 0, 0, 40));
  files.add(coop_run("objects", 16, 1, 70));
  files.add(coop_run("objects", 16, 2, 64));

  const app::summary numbers(app::read_sweep(files.finish()));
  BOOST_TEST((numbers.gain("objects", numbers.paper(), 16) == seed_values{{1, 30.0}, {2, 24.0}}));
  BOOST_TEST(numbers.gain("objects", numbers.paper(), 8).empty());
  BOOST_TEST(numbers.seeds() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
