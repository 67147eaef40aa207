// SPDX-License-Identifier: MIT
#include <coop/device/host_buffer.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

using namespace coop;

BOOST_AUTO_TEST_SUITE(memory_of_the_host)

BOOST_AUTO_TEST_CASE(buffers_of_any_size_begin_on_a_cache_line) {
  for (const std::size_t n : {0u, 1u, 3u, 1000u}) {
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(host_buffer<float>(n).data()) % 64 == 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_growing_buffer_stays_where_it_is_until_more_is_asked_for) {
  growing_buffer<int> scratch;
  int* first = scratch.at_least(100);
  first[99] = 7;

  BOOST_TEST(scratch.at_least(10) == first);
  BOOST_TEST(scratch.at_least(100)[99] == 7);
  int* larger = scratch.at_least(1000);
  larger[999] = 8;
  BOOST_TEST(scratch.at_least(1000)[999] == 8);
}

BOOST_AUTO_TEST_SUITE_END()
