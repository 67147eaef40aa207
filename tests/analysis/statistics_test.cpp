// SPDX-License-Identifier: MIT
#include <coop/analysis/statistics.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(statistics)

namespace {

namespace tt = boost::test_tools;
using numbers = std::vector<double>;

}  // namespace

BOOST_AUTO_TEST_CASE(mean_and_both_deviations_are_those_of_a_hand_computed_sample) {
  const numbers values{2, 4, 4, 4, 5, 5, 7, 9};  // squared distances from 5 sum to 32

  BOOST_TEST(*coop::mean(values) == 5.0);
  BOOST_TEST(*coop::population_deviation(values) == 2.0);
  BOOST_TEST(*coop::sample_deviation(values) == std::sqrt(32.0 / 7.0), tt::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(no_value_has_no_mean_and_one_value_no_interval) {
  const coop::spread none = coop::spread_of(numbers{});
  BOOST_TEST(none.count == 0u);
  BOOST_TEST((!none.mean && !none.deviation && !none.margin));
  BOOST_TEST(!coop::population_deviation(numbers{}));

  const coop::spread one = coop::spread_of(numbers{3.5});
  BOOST_TEST(one.count == 1u);
  BOOST_TEST(*one.mean == 3.5);
  BOOST_TEST((!one.deviation && !one.margin));
  BOOST_TEST(*coop::population_deviation(numbers{3.5}) == 0.0);
}

BOOST_AUTO_TEST_CASE(quantiles_are_those_of_the_printed_tables) {
  const struct {
    std::int64_t degrees;
    double p90, p95, p975, p995;
  } table[] = {
      {1, 3.078, 6.314, 12.706, 63.657}, {2, 1.886, 2.920, 4.303, 9.925},  {3, 1.638, 2.353, 3.182, 5.841},
      {4, 1.533, 2.132, 2.776, 4.604},   {5, 1.476, 2.015, 2.571, 4.032},  {9, 1.383, 1.833, 2.262, 3.250},
      {10, 1.372, 1.812, 2.228, 3.169},  {30, 1.310, 1.697, 2.042, 2.750}, {120, 1.289, 1.658, 1.980, 2.617},
  };
  for (const auto& row : table) {
    BOOST_TEST_CONTEXT(row.degrees << " degrees of freedom") {
      BOOST_TEST(std::abs(coop::student_quantile(0.90, row.degrees) - row.p90) < 0.00051);
      BOOST_TEST(std::abs(coop::student_quantile(0.95, row.degrees) - row.p95) < 0.00051);
      BOOST_TEST(std::abs(coop::student_quantile(0.975, row.degrees) - row.p975) < 0.00051);
      BOOST_TEST(std::abs(coop::student_quantile(0.995, row.degrees) - row.p995) < 0.00051);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_and_two_degrees_of_freedom_have_quantiles_in_closed_form) {
  for (const double p : {0.6, 0.9, 0.975, 0.999}) {
    BOOST_TEST(coop::student_quantile(p, 1) == std::tan(3.14159265358979323846 * (p - 0.5)),
               tt::tolerance(1e-11));
    const double a = 2 * p - 1;
    BOOST_TEST(coop::student_quantile(p, 2) == a * std::sqrt(2 / (1 - a * a)), tt::tolerance(1e-11));
  }
}

BOOST_AUTO_TEST_CASE(many_degrees_of_freedom_come_near_the_normal_distribution) {
  BOOST_TEST(coop::student_quantile(0.975, 1000000) == 1.959963984540054, tt::tolerance(2e-6));
  BOOST_TEST(coop::student_quantile(0.975, 1000001) == 1.959963984540054, tt::tolerance(2e-6));
}

BOOST_AUTO_TEST_CASE(quantiles_undo_probabilities_on_both_sides) {
  for (const std::int64_t degrees : {1, 2, 3, 8, 21}) {
    for (const double p : {0.001, 0.2, 0.5, 0.7, 0.99})
      BOOST_TEST(coop::student_probability(coop::student_quantile(p, degrees), degrees) == p,
                 tt::tolerance(1e-12));
    BOOST_TEST(coop::student_quantile(0.5, degrees) < 1e-15);
  }
}

BOOST_AUTO_TEST_CASE(no_degree_of_freedom_and_certainty_are_refused) {
  BOOST_CHECK_THROW(coop::student_probability(1, 0), coop::choice_error);
  BOOST_CHECK_THROW(coop::student_quantile(0, 3), coop::choice_error);
  BOOST_CHECK_THROW(coop::student_quantile(1, 3), coop::choice_error);
}

BOOST_AUTO_TEST_CASE(three_seeds_have_an_interval_of_their_mean) {
  // The published per-seed results of DTD, 16 shots: mean 63.5767, s = 0.9069.
  const coop::spread of = coop::spread_of(numbers{62.53, 64.07, 64.13});

  BOOST_TEST(of.count == 3u);
  BOOST_TEST(*of.mean == 63.576666666666667, tt::tolerance(1e-14));
  BOOST_TEST(*of.deviation == 0.90693623443620, tt::tolerance(1e-10));
  BOOST_TEST(*of.margin == 4.302652729749464 * 0.90693623443620 / std::sqrt(3.0), tt::tolerance(1e-10));
}

BOOST_AUTO_TEST_CASE(differences_are_taken_seed_by_seed_over_the_seeds_that_both_have) {
  const coop::seed_values a{{1, 70.0}, {2, 75.0}, {3, 80.0}, {5, 99.0}};
  const coop::seed_values b{{1, 68.0}, {2, 72.0}, {3, 76.0}, {4, 1.0}};

  const coop::seed_values differences = coop::paired_differences(a, b);
  BOOST_TEST((differences == coop::seed_values{{1, 2.0}, {2, 3.0}, {3, 4.0}}));
  const coop::spread of = coop::paired_difference(a, b);
  BOOST_TEST(of.count == 3u);
  BOOST_TEST(*of.mean == 3.0);
  BOOST_TEST(*of.deviation == 1.0);
  // Unpaired, the seeds' own spread of 5 and 4 would hide it.
  BOOST_TEST(*of.margin == 4.302652729749464 / std::sqrt(3.0), tt::tolerance(1e-12));
  BOOST_TEST(coop::paired_difference(a, {}).count == 0u);
}

BOOST_AUTO_TEST_CASE(harmonic_means_are_those_of_the_published_table) {
  BOOST_TEST(std::abs(coop::harmonic_mean(82.69, 63.22) - 71.66) < 0.005);
  BOOST_TEST(std::abs(coop::harmonic_mean(69.34, 74.22) - 71.70) < 0.005);
  BOOST_TEST(coop::harmonic_mean(50, 0) == 0.0);
  BOOST_TEST(coop::harmonic_mean(0, 0) == 0.0);
  BOOST_CHECK_THROW(coop::harmonic_mean(-1, 50), coop::choice_error);
}

BOOST_AUTO_TEST_CASE(wilson_intervals_stay_inside_0_and_100) {
  const auto half = coop::wilson_interval(5, 10);
  BOOST_TEST(half->low == 23.6593090512564, tt::tolerance(1e-10));
  BOOST_TEST(half->high == 76.3406909487436, tt::tolerance(1e-10));

  const auto none = coop::wilson_interval(0, 10);
  BOOST_TEST(none->low == 0.0);
  BOOST_TEST(none->high == 27.7532799862889, tt::tolerance(1e-10));
  const auto all = coop::wilson_interval(10, 10);
  BOOST_TEST(all->low == 72.2467200137111, tt::tolerance(1e-10));
  BOOST_TEST(all->high == 100.0);

  BOOST_TEST(!coop::wilson_interval(0, 0));
  BOOST_CHECK_THROW(coop::wilson_interval(11, 10), coop::choice_error);
}

BOOST_AUTO_TEST_SUITE_END()
