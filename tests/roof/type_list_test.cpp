// SPDX-License-Identifier: MIT
//
// Lists of types as values.
#include <coop/type_list.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

BOOST_AUTO_TEST_SUITE(list_of_types)

using namespace coop;

BOOST_AUTO_TEST_CASE(the_size_is_the_number_of_types) {
  BOOST_TEST((type_list<int, int, char>::size) == 3);
  BOOST_TEST(type_list<>::size == 0);
}

BOOST_AUTO_TEST_CASE(every_type_is_visited_in_order) {
  std::vector<std::size_t> sizes;

  for_each_type(type_list<char, double, short>{},
                [&](auto t) { sizes.push_back(sizeof(typename decltype(t)::type)); });

  BOOST_TEST(sizes == (std::vector<std::size_t>{1, 8, 2}));
}

BOOST_AUTO_TEST_SUITE_END()
