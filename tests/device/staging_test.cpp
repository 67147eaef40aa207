// SPDX-License-Identifier: MIT
#include <coop/device/staging.hpp>

#include <coop/device/devices.hpp>
#include <coop/tensor/tensor.hpp>

#include "support/devices.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace coop;

BOOST_AUTO_TEST_SUITE(staging)

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_sent_arrives_again_and_again, D, tests::devices) {
  const D device = tests::opened<D>();
  auto crossing = stage_upload<index_t>(device, 10);
  for (const index_t count : {10, 3, 0, 7}) {
    std::iota(crossing.host(), crossing.host() + count, 100 * count);
    crossing.send(count);
    const auto there = crossing.arrived();
    tensor<index_t, 1, D> kept(device, there.extents);
    device.copy(there, kept.view());
    crossing.release();
    crossing.ready();
    std::fill_n(crossing.host(), 10, -1);  // has no say in what arrived

    std::vector<index_t> expected(std::size_t(count), 0);
    std::iota(expected.begin(), expected.end(), 100 * count);
    BOOST_TEST(to_host(device, view<const index_t, 1>(kept.view())) == expected);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_fetched_is_what_was_there_when_it_was_asked_for, D, tests::devices) {
  const D device = tests::opened<D>();
  auto crossing = stage_download<double>(device, 4);
  tensor<double, 1, D> numbers(device, shape<1>{4});
  for (const double value : {1.5, -2.0}) {
    device.fill(numbers.view(), value);
    crossing.fetch(numbers.view().slice(0, 3));
    device.fill(numbers.view(), 99.0);
    const double* found = crossing.wait();
    for (int i = 0; i < 3; ++i) BOOST_TEST(found[i] == value);
  }
}

BOOST_AUTO_TEST_SUITE_END()
