// SPDX-License-Identifier: MIT
//
// The schedules against the table of rates that PyTorch's schedulers give for the published configuration.
#include <coop/train/schedule.hpp>

#include <boost/test/unit_test.hpp>

#include <array>

BOOST_AUTO_TEST_SUITE(schedule)

namespace {

struct row_of_table {
  coop::index_t epochs;
  std::array<double, 6> first;  // e = 0 ... 5
  std::array<double, 4> last;   // e = T - 4 ... T - 1
};

const row_of_table published[] = {
    {10,
     {1e-5, 2e-3, 1.951056516e-3, 1.809016994e-3, 1.587785252e-3, 1.309016994e-3},
     {1e-3, 6.909830056e-4, 4.122147477e-4, 1.909830056e-4}},
    {50,
     {1e-5, 2e-3, 1.998026728e-3, 1.992114701e-3, 1.982287251e-3, 1.968583161e-3},
     {4.894348370e-5, 3.141683887e-5, 1.771274927e-5, 7.885298686e-6}},
    {100,
     {1e-5, 2e-3, 1.999506560e-3, 1.998026728e-3, 1.995561965e-3, 1.992114701e-3},
     {1.231165940e-5, 7.885298686e-6, 4.438035397e-6, 1.973271572e-6}},
    {200,
     {1e-5, 2e-3, 1.999876632e-3, 1.999506560e-3, 1.998889875e-3, 1.998026728e-3},
     {3.082666267e-6, 1.973271572e-6, 1.110125038e-6, 4.934396343e-7}},
};

}  // namespace

BOOST_AUTO_TEST_CASE(warm_up_and_cosine_give_the_published_rates) {
  for (const auto& row : published) {
    const auto schedule = coop::paper_schedule(row.epochs);

    BOOST_TEST(schedule.epochs_total() == row.epochs);
    for (coop::index_t e = 0; e < 6; ++e) {
      BOOST_TEST(schedule.at(e) == row.first[std::size_t(e)], boost::test_tools::tolerance(1e-9));
    }
    for (coop::index_t i = 0; i < 4; ++i) {
      BOOST_TEST(schedule.at(row.epochs - 4 + i) == row.last[std::size_t(i)],
                 boost::test_tools::tolerance(1e-9));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_written_out_form_is_the_schedule_of_the_paper) {
  const coop::warmup<coop::cosine> written{.epochs = 1, .rate = 1e-5, .then = {.rate = 0.002, .epochs = 50}};

  for (coop::index_t e = 0; e < 50; ++e) BOOST_TEST(written.at(e) == coop::paper_schedule(50).at(e));
}

BOOST_AUTO_TEST_CASE(a_constant_schedule_never_changes) {
  const coop::constant schedule{.rate = 0.5, .epochs = 3};

  BOOST_TEST(schedule.epochs_total() == 3);
  for (coop::index_t e = 0; e < 3; ++e) BOOST_TEST(schedule.at(e) == 0.5);
}

BOOST_AUTO_TEST_CASE(a_long_warm_up_delays_what_follows) {
  const coop::warmup<coop::constant> schedule{.epochs = 2, .rate = 0.1, .then = {.rate = 1.0, .epochs = 4}};

  BOOST_TEST(schedule.at(1) == 0.1);
  BOOST_TEST(schedule.at(2) == 1.0);
  BOOST_TEST(schedule.epochs_total() == 4);
}

BOOST_AUTO_TEST_SUITE_END()
