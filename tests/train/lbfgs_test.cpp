// SPDX-License-Identifier: MIT
#include <coop/train/lbfgs.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(lbfgs)

BOOST_AUTO_TEST_CASE(the_valley_of_rosenbrock_is_followed_to_its_end) {
  const auto rosenbrock = [](std::span<const double> x, std::span<double> g) {
    const double a = 1 - x[0];
    const double b = x[1] - x[0] * x[0];
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
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
  const auto bowl = [](std::span<const double> x, std::span<double> g) {
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
  const auto square = [](std::span<const double> x, std::span<double> g) {
    g[0] = 2 * x[0];
    return x[0] * x[0];
  };
  std::vector<double> x{0.0};

  const auto result = coop::minimize(square, x);

  BOOST_TEST(result.converged);
  BOOST_TEST(result.evaluations == 1);
}

BOOST_AUTO_TEST_CASE(a_minimum_is_where_no_component_of_the_gradient_is_larger_than_the_tolerance) {
  // The gradient's length is 0.9 sqrt(50), beyond the tolerance; none of its components is.
  const auto bowl = [](std::span<const double> x, std::span<double> g) {
    double value = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      g[i] = x[i];
      value += 0.5 * x[i] * x[i];
    }
    return value;
  };
  std::vector<double> x(50, 0.9);

  const auto result = coop::minimize(bowl, x, {.tolerance = 1.0});

  BOOST_TEST(result.converged);
  BOOST_TEST(result.evaluations == 1);
  BOOST_TEST(x[0] == 0.9);
  BOOST_TEST(!coop::minimize(bowl, x, {.iterations = 1, .tolerance = 0.1}).converged);
}

BOOST_AUTO_TEST_CASE(a_caller_may_say_when_a_gradient_is_as_good_as_none) {
  const auto square = [](std::span<const double> x, std::span<double> g) {
    g[0] = 2 * x[0];
    return x[0] * x[0];
  };
  const auto loose = [](std::span<const double> g, double tolerance) {
    return std::abs(g[0]) <= 100 * tolerance;
  };
  std::vector<double> x{4.0};

  const auto result = coop::minimize(square, x, {.tolerance = 0.08}, loose);

  BOOST_TEST(result.converged);
  BOOST_TEST(result.iterations == 0);
}

BOOST_AUTO_TEST_CASE(where_no_step_leads_down_the_best_point_is_kept) {
  int calls = 0;
  const auto liar = [&calls](std::span<const double> x, std::span<double> g) {
    g[0] = ++calls <= 2 ? 1 : -1;  // soon it says that down is up
    return x[0];
  };
  std::vector<double> x{4.0};

  const auto result = coop::minimize(liar, x);

  BOOST_TEST(!result.converged);
  BOOST_TEST(result.iterations == 1);
  BOOST_TEST(x[0] == 2.0);  // after a step of one, doubled; from here none was found
  BOOST_TEST(result.value == 2.0);
}

BOOST_AUTO_TEST_CASE(a_step_never_ends_where_there_are_no_numbers) {
  const auto walled = [](std::span<const double> x,
                         std::span<double> g) {  // -log(1 - x) - 3 x, minimum at 2 / 3
    g[0] = 1 / (1 - x[0]) - 3;
    return -std::log(1 - x[0]) - 3 * x[0];  // not a number beyond 1
  };
  std::vector<double> x{0.5};

  const auto result = coop::minimize(walled, x, {.tolerance = 1e-9});

  BOOST_TEST(result.converged);
  BOOST_TEST(x[0] == 2.0 / 3.0, boost::test_tools::tolerance(1e-8));
}

BOOST_AUTO_TEST_CASE(what_the_objective_throws_passes_through) {
  int calls = 0;
  const auto fails = [&calls](std::span<const double> x, std::span<double> g) {
    if (++calls == 3) throw std::runtime_error("the objective's own");
    g[0] = 2 * x[0] + 1e-3;
    return x[0] * x[0] + 1e-3 * x[0];
  };
  std::vector<double> x{100.0};

  BOOST_CHECK_EXCEPTION(coop::minimize(fails, x, {.tolerance = 0}), std::runtime_error,
                        [](const auto& e) { return std::string(e.what()) == "the objective's own"; });
}

BOOST_AUTO_TEST_CASE(options_that_cannot_be_are_refused) {
  const auto flat = [](std::span<const double>, std::span<double> g) { return g[0] = 0; };
  std::vector<double> x{0.0};

  BOOST_CHECK_THROW(coop::minimize(flat, x, {.memory = 0}), coop::choice_error);
  BOOST_CHECK_THROW(coop::minimize(flat, x, {.tolerance = -1}), coop::choice_error);
  BOOST_CHECK_EXCEPTION(coop::minimize(flat, x, {.iterations = 0}), coop::choice_error, [](const auto& e) {
    return std::string(e.what()) == "coop: lbfgs: iterations: expected at least 1, got 0";
  });
}

BOOST_AUTO_TEST_CASE(a_function_without_numbers_ends_without_convergence) {
  const auto nothing = [](std::span<const double>, std::span<double> g) {
    g[0] = std::numeric_limits<double>::quiet_NaN();
    return std::numeric_limits<double>::quiet_NaN();
  };
  std::vector<double> x{3.0};

  const auto result = coop::minimize(nothing, x);

  BOOST_TEST(!result.converged);
  BOOST_TEST(x[0] == 3.0);
}

BOOST_AUTO_TEST_CASE(the_number_of_iterations_is_bounded) {
  const auto slope = [](std::span<const double> x, std::span<double> g) {
    g[0] = -std::exp(-x[0]);
    return std::exp(-x[0]);
  };
  std::vector<double> x{0.0};

  const auto result = coop::minimize(slope, x, {.iterations = 3, .tolerance = 0});

  BOOST_TEST(!result.converged);
  BOOST_TEST(result.iterations == 3);
}

BOOST_AUTO_TEST_SUITE_END()
