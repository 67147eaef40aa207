// SPDX-License-Identifier: MIT
//
// Unit rows, and the way back.
#include <coop/nn/normalize.hpp>

#include <coop/device/cpu.hpp>

#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

BOOST_AUTO_TEST_SUITE(normalize)

using namespace coop;
using tests::as_matrix;
using tests::numbers;

namespace {

using exact = device::basic_cpu<double>;

view<double, 1> lengths_of(std::vector<double>& norm) { return {norm.data(), {index_t(norm.size())}}; }

}  // namespace

BOOST_AUTO_TEST_CASE(a_row_is_divided_by_its_length) {
  const exact device;
  const std::vector<double> x{3, 4, 0, -2};
  std::vector<double> y(4);
  std::vector<double> norm(2);

  device.for_each_row(2, nn::normalize_row<double>{as_matrix(x, 2, 2), as_matrix(y, 2, 2), lengths_of(norm)});

  BOOST_TEST(tests::relative_difference(y, std::vector<double>{0.6, 0.8, 0, -1}) < 1e-15);
  BOOST_TEST(norm == (std::vector<double>{5, 2}));
}

BOOST_AUTO_TEST_CASE(lengths_need_not_be_kept) {
  const exact device;
  std::vector<double> x{0, -7};

  device.for_each_row(1,
                      nn::normalize_row<double>{as_matrix(std::as_const(x), 1, 2), as_matrix(x, 1, 2), {}});

  BOOST_TEST(tests::relative_difference(x, std::vector<double>{0, -1}) < 1e-15);
}

BOOST_AUTO_TEST_CASE(the_way_back_equals_central_differences) {
  const exact device;
  auto x = numbers<double>(3 * 19, 1);
  const auto dy = numbers<double>(3 * 19, 2);
  std::vector<double> y(x.size());
  std::vector<double> norm(3);
  std::vector<double> dx(x.size());
  const auto forward = [&] {
    device.for_each_row(3, nn::normalize_row<double>{as_matrix(std::as_const(x), 3, 19), as_matrix(y, 3, 19),
                                                     lengths_of(norm)});
    return tests::dot(dy, y);
  };
  forward();

  device.for_each_row(3,
                      nn::normalize_row_backward<double>{as_matrix(std::as_const(y), 3, 19), lengths_of(norm),
                                                         as_matrix(dy, 3, 19), as_matrix(dx, 3, 19)});

  BOOST_TEST(tests::relative_difference(dx, tests::central_differences(x, forward)) <
             tests::tolerance::slope);
}

BOOST_AUTO_TEST_CASE(a_slope_along_the_row_itself_goes_nowhere) {
  const exact device;
  const std::vector<double> y{0.6, 0.8};
  std::vector<double> norm{5};
  std::vector<double> dx(2);

  device.for_each_row(1, nn::normalize_row_backward<double>{as_matrix(y, 1, 2), lengths_of(norm),
                                                            as_matrix(y, 1, 2), as_matrix(dx, 1, 2)});

  BOOST_TEST(std::abs(dx[0]) + std::abs(dx[1]) < 1e-15);
}

BOOST_AUTO_TEST_SUITE_END()
