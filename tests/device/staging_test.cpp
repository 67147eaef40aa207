// SPDX-License-Identifier: MIT
//
// Crossings of a device that has no way of its own. What they promise on every device is in tests/laws.
#include <coop/device/staging.hpp>

#include <coop/device/devices.hpp>

#include <boost/test/unit_test.hpp>

#include <type_traits>

BOOST_AUTO_TEST_SUITE(staging)

using namespace coop;
using device::cpu;

static_assert(std::is_same_v<staged_upload<float, cpu>, detail::plain_upload<float, cpu>>);
static_assert(std::is_same_v<staged_download<double, cpu>, detail::plain_download<double, cpu>>);

BOOST_AUTO_TEST_CASE(the_processors_crossings_are_ordinary_memory_and_over_at_once) {
  const cpu device(1);
  auto up = stage_upload<index_t>(device, 4);
  for (index_t i = 0; i < 4; ++i) up.host()[i] = 10 + i;
  up.send(3);
  BOOST_TEST(up.arrived().extent(0) == 3);
  BOOST_TEST(up.arrived()(2) == 12);

  auto down = stage_download<index_t>(device, 3);
  down.fetch(up.arrived());
  up.host()[0] = -1;
  BOOST_TEST(down.wait()[0] == 10);
}

BOOST_AUTO_TEST_SUITE_END()
