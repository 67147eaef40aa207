// SPDX-License-Identifier: MIT
//
// Fixed-point numbers: exact sums and products, functions near the true ones.
#include <coop/data/drawn/fixed.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>

BOOST_AUTO_TEST_SUITE(drawn_fixed)

BOOST_AUTO_TEST_CASE(products_round_toward_minus_infinity) {
  using coop::drawing::fixed;
  const fixed smallest = fixed::from_raw(1);

  BOOST_TEST((smallest * fixed(0.5)).raw() == 0);
  BOOST_TEST((-smallest * fixed(0.5)).raw() == -1);
  BOOST_TEST((fixed(3) * fixed(-2.5)).raw() == fixed(-7.5).raw());
}

BOOST_AUTO_TEST_CASE(floors_and_fractions_add_up) {
  using coop::drawing::fixed;

  for (const double x : {-2.75, -1.0, -0.25, 0.0, 0.5, 3.25}) {
    BOOST_TEST((fixed(coop::drawing::floor(x)) + coop::drawing::fraction(x)).raw() == fixed(x).raw());
    BOOST_TEST(coop::drawing::floor(x) == int(std::floor(x)));
  }
}

BOOST_AUTO_TEST_CASE(fixed_point_functions_agree_with_the_true_ones) {
  using coop::drawing::fixed;
  const auto to_double = [](fixed x) { return double(x.raw()) / double(fixed::unit); };
  const auto near = [&](fixed got, double wanted) { BOOST_TEST(std::abs(to_double(got) - wanted) < 3e-4); };
  constexpr double circle = 6.283185307179586;

  for (int i = -40; i <= 40; ++i) {
    const double x = i / 16.0;
    near(coop::drawing::sine(x), std::sin(circle * x));
    near(coop::drawing::cosine(x), std::cos(circle * x));
    near(coop::drawing::root(x * x), std::abs(x));
    if (i != 0) near(coop::drawing::angle(0.7, x), std::atan2(0.7, x) / circle);
    near(coop::drawing::fraction(x), x - std::floor(x));
  }
}

BOOST_AUTO_TEST_SUITE_END()
