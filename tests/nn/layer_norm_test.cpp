// SPDX-License-Identifier: MIT
//
// Layer normalisation: a row by hand, rows of zero variance, and the way back.
#include <coop/nn/layer_norm.hpp>

#include <coop/device/cpu.hpp>

#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

BOOST_AUTO_TEST_SUITE(layer_norm)

using namespace coop;
using tests::as_matrix;
using tests::numbers;
using exact = device::basic_cpu<double>;

namespace {

template <class D>
nn::layer_norm<D> layer_of(const D& device, const std::vector<float>& weight,
                           const std::vector<float>& bias) {
  const shape<1> width{index_t(weight.size())};
  return {device, nn::upload(device, weight, width), nn::upload(device, bias, width)};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_row_is_centred_scaled_and_shifted) {
  const exact device;
  const auto layer = layer_of(device, {1, 1, 2, 1}, {0, 0, 0, 5});
  const std::vector<double> x{1, 2, 3, 4};  // mean 2.5, variance 1.25
  std::vector<double> y(4);
  std::vector<double> moments(2);

  layer.forward(as_matrix(x, 1, 4), as_matrix(y, 1, 4), as_matrix(moments, 1, 2));

  const double inverse = 1 / std::sqrt(1.25 + 1e-5);
  const std::vector<double> wanted{-1.5 * inverse, -0.5 * inverse, 2 * 0.5 * inverse, 1.5 * inverse + 5};
  BOOST_TEST(tests::relative_difference(y, wanted) < 1e-15);
  BOOST_TEST(moments[0] == 2.5);
  BOOST_TEST(std::abs(moments[1] - inverse) < 1e-15);
}

BOOST_AUTO_TEST_CASE(a_row_of_equal_numbers_becomes_the_bias) {
  const device::cpu device;
  const auto layer = layer_of(device, {1, 2, 3}, {7, 8, 9});
  const std::vector<float> x{4, 4, 4};
  std::vector<float> y(3);

  layer.forward(as_matrix(x, 1, 3), as_matrix(y, 1, 3));

  BOOST_TEST(y == (std::vector<float>{7, 8, 9}));
}

BOOST_AUTO_TEST_CASE(a_row_may_be_normalised_in_place) {
  const device::cpu device;
  const auto layer = layer_of(device, numbers<float>(33, 1), numbers<float>(33, 2));
  const auto x = numbers<float>(2 * 33, 3);
  std::vector<float> apart(x.size());
  auto in_place = x;

  layer.forward(as_matrix(x, 2, 33), as_matrix(apart, 2, 33));
  layer.forward(as_matrix(std::as_const(in_place), 2, 33), as_matrix(in_place, 2, 33));

  BOOST_TEST(in_place == apart);
}

BOOST_AUTO_TEST_CASE(a_large_mean_does_not_hide_the_variance) {
  const device::cpu device;
  const auto layer = layer_of(device, std::vector<float>(64, 1.0f), std::vector<float>(64, 0.0f));
  std::vector<float> x(64);
  for (std::size_t i = 0; i < 64; ++i) x[i] = 10000.0f + (i % 2 ? 1.0f : -1.0f);
  std::vector<float> y(64);

  layer.forward(as_matrix(std::as_const(x), 1, 64), as_matrix(y, 1, 64));

  BOOST_TEST(std::abs(y[0] + 1) < 1e-4);
  BOOST_TEST(std::abs(y[1] - 1) < 1e-4);
}

BOOST_AUTO_TEST_CASE(the_way_back_equals_central_differences_and_adds) {
  const exact device;
  for (const index_t width : {5, 33}) {
    const auto n = std::size_t(3 * width);
    const auto layer =
        layer_of(device, numbers<float>(std::size_t(width), 1), numbers<float>(std::size_t(width), 2));
    auto x = numbers<double>(n, 3);
    const auto dy = numbers<double>(n, 4);
    std::vector<double> y(n);
    std::vector<double> moments(6);
    layer.forward(as_matrix(std::as_const(x), 3, width), as_matrix(y, 3, width), as_matrix(moments, 3, 2));
    std::vector<double> dx(n, 2.0);

    layer.backward(as_matrix(dy, 3, width), as_matrix(std::as_const(x), 3, width),
                   as_matrix(std::as_const(moments), 3, 2), as_matrix(dx, 3, width));

    auto numeric = tests::central_differences(x, [&] {
      layer.forward(as_matrix(std::as_const(x), 3, width), as_matrix(y, 3, width));
      return tests::dot(dy, y);
    });
    for (auto& d : numeric) d += 2.0;
    BOOST_TEST(tests::relative_difference(dx, numeric) < tests::tolerance::slope);
  }
}

BOOST_AUTO_TEST_SUITE_END()
