// SPDX-License-Identifier: MIT
//
// Functions of one number: accuracy over the whole range of float, slopes against central differences, values
// known from elsewhere.
#include <coop/nn/elementwise.hpp>

#include <coop/device/cpu.hpp>

#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

BOOST_AUTO_TEST_SUITE(elementwise)

using namespace coop;
using tests::as_matrix;
using tests::numbers;

namespace {

template <nn::Activation A>
double worst_slope_error() {
  double worst = 0;
  for (double x = -12; x <= 12; x += 0.01) {
    double y;
    double dy;
    A::both(x, y, dy);
    const double h = 1e-5;
    worst = std::max(worst, std::abs(dy - (A::value(x + h) - A::value(x - h)) / (2 * h)));
    worst = std::max(worst, std::abs(y - A::value(x)));
  }
  return worst;
}

}  // namespace

BOOST_AUTO_TEST_CASE(exponential_errs_by_little_more_than_a_unit_in_the_last_place) {
  double worst = 0;
  for (std::uint32_t bits = 0; bits < 0x7f800000u; bits += 331) {
    for (const std::uint32_t sign : {0u, 0x80000000u}) {
      const float x = std::bit_cast<float>(bits | sign);
      if (std::abs(x) > 87.0f) continue;
      const double exact = std::exp(double(x));
      worst = std::max(worst, std::abs(double(nn::exponential(x)) - exact) / exact);
    }
  }
  BOOST_TEST(worst < 1.2e-7, "relative error " << worst);
}

BOOST_AUTO_TEST_CASE(exponential_beyond_its_range_is_that_of_the_nearer_end) {
  for (const float x : {87.5f, 1000.0f, 1e30f}) {
    BOOST_TEST(nn::exponential(x) == nn::exponential(87.0f));
    BOOST_TEST(nn::exponential(-x) == nn::exponential(-87.0f));
  }
  BOOST_TEST(nn::exponential(-87.0f) > 0.0f);
  BOOST_TEST(nn::exponential(-87.0f) < 2e-38f);
}

BOOST_AUTO_TEST_CASE(exponential_of_what_is_no_finite_number_is_no_number) {
  for (const float x : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    BOOST_TEST(std::isnan(nn::exponential(x)));
    BOOST_TEST(std::isnan(nn::exponential(-x)));
  }
}

BOOST_AUTO_TEST_CASE(exponential_of_zero_is_one) {
  BOOST_TEST(nn::exponential(0.0f) == 1.0f);
  BOOST_TEST(nn::exponential(-0.0f) == 1.0f);
}

BOOST_AUTO_TEST_CASE(exponential_in_double_is_the_standard_one) {
  BOOST_TEST(nn::exponential(-3.25) == std::exp(-3.25));
}

BOOST_AUTO_TEST_CASE(sigmoid_is_a_half_at_zero_and_symmetric) {
  BOOST_TEST(nn::sigmoid(0.0f) == 0.5f);
  for (const double x : {0.1, 1.0, 5.0}) BOOST_TEST(std::abs(nn::sigmoid(x) + nn::sigmoid(-x) - 1) < 1e-15);
}

BOOST_AUTO_TEST_CASE(quick_gelu_has_the_values_of_its_formula) {
  BOOST_TEST(nn::quick_gelu::value(0.0) == 0.0);
  BOOST_TEST(std::abs(nn::quick_gelu::value(1.0) - 0.8457957659328212) < 1e-15);
  BOOST_TEST(std::abs(nn::quick_gelu::value(-1.0) + 0.1542042340671788) < 1e-15);
}

BOOST_AUTO_TEST_CASE(gelu_has_the_values_of_the_normal_distribution) {
  BOOST_TEST(nn::gelu::value(0.0) == 0.0);
  BOOST_TEST(std::abs(nn::gelu::value(1.0) - 0.8413447460685429) < 1e-15);
  BOOST_TEST(std::abs(nn::gelu::value(-2.0) + 2 * 0.022750131948179195) < 1e-15);
}

BOOST_AUTO_TEST_CASE(slopes_of_the_activations_equal_central_differences) {
  BOOST_TEST(worst_slope_error<nn::quick_gelu>() < 1e-9);
  BOOST_TEST(worst_slope_error<nn::gelu>() < 1e-9);
}

BOOST_AUTO_TEST_CASE(activations_in_float_follow_those_in_double) {
  for (float x = -20; x < 20; x += 0.37f) {
    float y;
    float dy;
    double y2;
    double dy2;
    nn::quick_gelu::both(x, y, dy);
    nn::quick_gelu::both(double(x), y2, dy2);
    BOOST_TEST(std::abs(double(y) - y2) < 1e-6 * (1 + std::abs(y2)));
    BOOST_TEST(std::abs(double(dy) - dy2) < 1e-6 * (1 + std::abs(dy2)));
  }
}

BOOST_AUTO_TEST_CASE(a_row_is_activated_with_and_without_its_slopes) {
  const device::basic_cpu<double> device;
  const auto x = numbers<double>(2 * 19, 1, 3.0);
  auto plain = x;
  auto kept = x;
  std::vector<double> slope(x.size());

  device.for_each_row(2, nn::activate_row<nn::gelu, double>{as_matrix(plain, 2, 19)});
  device.for_each_row(
      2, nn::activate_row_with_slope<nn::gelu, double>{as_matrix(kept, 2, 19), as_matrix(slope, 2, 19)});

  for (std::size_t i = 0; i < x.size(); ++i) {
    double y;
    double dy;
    nn::gelu::both(x[i], y, dy);
    BOOST_TEST(std::abs(plain[i] - y) < 1e-14);
    BOOST_TEST(std::abs(kept[i] - y) < 1e-14);
    BOOST_TEST(std::abs(slope[i] - dy) < 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(rows_are_added_and_multiplied_element_by_element) {
  const device::cpu device;
  std::vector<float> x{1, 2, 3, 4};
  const std::vector<float> y{10, 20, 30, 40};

  device.for_each_row(2, nn::add_row<float>{as_matrix(x, 2, 2), as_matrix(y, 2, 2)});
  BOOST_TEST(x == (std::vector<float>{11, 22, 33, 44}));

  device.for_each_row(1, nn::multiply_row<float>{as_matrix(x, 2, 2), as_matrix(y, 2, 2)});
  BOOST_TEST(x == (std::vector<float>{110, 440, 33, 44}));
}

BOOST_AUTO_TEST_SUITE_END()
