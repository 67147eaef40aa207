// SPDX-License-Identifier: MIT
//
// What sweep.sh does not see of plans: their limits.
#include "plan.hpp"

#include "support/temporary_folder.hpp"

#include <coop/error.hpp>
#include <coop/io/atomic_file.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

/// A plan of linear probes with so many numbers of shots, and so many seeds.
coop::json probes(int shots, int seeds) {
  coop::json plan = {{"title", "t"},
                     {"protocol", "coop-fewshot"},
                     {"weights", "w"},
                     {"data", {"drawn:objects"}},
                     {"method", {{{"name", "linear-probe"}}}}};
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

BOOST_AUTO_TEST_SUITE(plan)

BOOST_AUTO_TEST_CASE(axes_multiply_up_to_a_limit) {
  BOOST_TEST(read(probes(10, 20)).runs.size() == 200u);
  BOOST_CHECK_EXCEPTION(read(probes(400, 300)), coop::choice_error, [](const coop::choice_error& e) {
    return std::string(e.what()) == "coop: t: too many runs: expected at most 100000";
  });
}

BOOST_AUTO_TEST_SUITE_END()
