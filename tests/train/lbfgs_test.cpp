// SPDX-License-Identifier: MIT
#include <coop/train/lbfgs.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

BOOST_AUTO_TEST_SUITE(lbfgs)

BOOST_AUTO_TEST_CASE(the_valley_of_rosenbrock_is_followed_to_its_end) {
  const auto rosenbrock = [](const std::vector<double>& x, std::vector<double>& g) {
    const double a = 1 - x[0];
    const double b = x[1] - x[0] * x[0];
    g = {-2 * a - 400 * x[0] * b, 200 * b};
    return a * a + 100 * b * b;
  };
  std::vector<double> x{-1.2, 1.0};

  const auto result = coop::minimize(rosenbrock, x, {.tolerance = 1e-9});

  BOOST_TEST(result.converged);
  BOOST_TEST(result.iterations < 60);
  BOOST_TEST(x[0] == 1.0, boost::test_tools::tolerance(1e-8));
  BOOST_TEST(x[1] == 1.0, boost::test_tools::tolerance(1e-8));
}

BOOST_AUTO_TEST_CASE(an_ill_conditioned_bowl_of_many_dimensions_is_solved) {
  const std::size_t n = 60;
  const auto bowl = [](const std::vector<double>& x, std::vector<double>& g) {
    double value = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double steepness = 1.0 + 1000.0 * double(i) / double(x.size());
      const double d = x[i] - double(i);
      value += 0.5 * steepness * d * d;
      g[i] = steepness * d;
    }
    return value;
  };
  std::vector<double> x(n, 0.0);

  const auto result = coop::minimize(bowl, x, {.tolerance = 1e-8});

  BOOST_TEST(result.converged);
  for (std::size_t i = 0; i < n; ++i) BOOST_TEST(std::abs(x[i] - double(i)) < 1e-7);
}

BOOST_AUTO_TEST_CASE(a_start_at_the_minimum_stays_there) {
  const auto square = [](const std::vector<double>& x, std::vector<double>& g) {
    g[0] = 2 * x[0];
    return x[0] * x[0];
  };
  std::vector<double> x{0.0};

  const auto result = coop::minimize(square, x);

  BOOST_TEST(result.converged);
  BOOST_TEST(result.evaluations == 1);
}

BOOST_AUTO_TEST_CASE(a_function_without_numbers_ends_without_convergence) {
  const auto nothing = [](const std::vector<double>&, std::vector<double>& g) {
    g[0] = std::numeric_limits<double>::quiet_NaN();
    return std::numeric_limits<double>::quiet_NaN();
  };
  std::vector<double> x{3.0};

  const auto result = coop::minimize(nothing, x);

  BOOST_TEST(!result.converged);
  BOOST_TEST(x[0] == 3.0);
}

BOOST_AUTO_TEST_CASE(the_number_of_iterations_is_bounded) {
  const auto slope = [](const std::vector<double>& x, std::vector<double>& g) {
    g[0] = -std::exp(-x[0]);
    return std::exp(-x[0]);
  };
  std::vector<double> x{0.0};

  const auto result = coop::minimize(slope, x, {.iterations = 3, .tolerance = 0});

  BOOST_TEST(!result.converged);
  BOOST_TEST(result.iterations == 3);
}

BOOST_AUTO_TEST_SUITE_END()
