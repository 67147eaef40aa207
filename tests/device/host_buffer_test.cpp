// SPDX-License-Identifier: MIT
#include <coop/device/host_buffer.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

BOOST_AUTO_TEST_SUITE(memory_of_the_host)

using namespace coop;

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

BOOST_AUTO_TEST_CASE(large_buffers_begin_on_a_large_page) {
  const host_buffer<float> large(std::size_t(3) << 18);  // three megabytes
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(large.data()) % (std::size_t(2) << 20) == 0u);
}

BOOST_AUTO_TEST_CASE(memory_that_was_lent_is_lent_again) {
  const double* first = nullptr;
  {
    lent_buffer<double> one(1000);
    first = one.data();
  }
  {
    const lent_buffer<double> smaller(10);
    BOOST_TEST(smaller.data() == first);
  }
  const lent_buffer<double> again(1000);  // the smaller loan did not forget how large its memory is
  BOOST_TEST(again.data() == first);
}

BOOST_AUTO_TEST_CASE(what_is_lent_at_the_same_time_lies_apart) {
  lent_buffer<int> one(100);
  one.data()[99] = 7;
  lent_buffer<int> two(100);
  two.data()[0] = two.data()[99] = 8;
  const lent_buffer<int> moved = std::move(one);

  BOOST_TEST(moved.data()[99] == 7);
}

BOOST_AUTO_TEST_SUITE_END()
