// SPDX-License-Identifier: MIT
//
// Products by the CBLAS of coop::blas, where the build found one, beside the device's own.
#include <coop/device/detail/blas.hpp>

#include <coop/device/cpu.hpp>

#include "../../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(products_by_blas)

using namespace coop;
using tests::as_matrix;
using tests::as_vector;
using tests::numbers;

namespace {

struct missing {
  boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
    boost::test_tools::assertion_result built(detail::has_blas);
    built.message() << "no CBLAS was found when the tests were configured";
    return built;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(they_are_the_devices_own_with_bias_accumulation_and_finish,
                     *boost::unit_test::precondition(missing{})) {
  struct halve {
    view<float, 2> y;
    void operator()(const single_worker&, index_t row, index_t begin, index_t end) const {
      for (index_t i = begin; i < end; ++i) y(row, i) *= 0.5f;
    }
  };
  const auto x = numbers<float>(37 * 60, 1);
  const auto w = numbers<float>(50 * 60, 2);
  const auto b = numbers<float>(50, 3);
  for (const bool accumulate : {false, true}) {
    const auto multiplied = [&](const device::cpu& device) {
      auto y = numbers<float>(37 * 50, 4);
      const auto target = as_matrix(y, 37, 50);
      device.multiply(as_matrix(x, 37, 60), device.freeze(as_matrix(w, 50, 60), op::transposed), as_vector(b),
                      accumulate, target, halve{target});
      return y;
    };
    const auto by_blas = multiplied(device::cpu({.threads = 2, .blas = true}));
    BOOST_TEST(tests::relative_difference(by_blas, multiplied(device::cpu(1))) < tests::tolerance::product);
  }
}

BOOST_AUTO_TEST_CASE(a_device_says_that_it_multiplies_by_blas, *boost::unit_test::precondition(missing{})) {
  BOOST_TEST(device::cpu({.blas = true}).description().ends_with("float32 products by BLAS"));
}

BOOST_AUTO_TEST_CASE(without_one_or_in_double_it_is_refused) {
  const auto says = [](const choice_error& e) {
    return std::string(e.what()).find("coop::blas") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(device::basic_cpu<double>({.blas = true}), choice_error, says);
  if (!detail::has_blas) BOOST_CHECK_EXCEPTION(device::cpu({.blas = true}), choice_error, says);
}

BOOST_AUTO_TEST_SUITE_END()
