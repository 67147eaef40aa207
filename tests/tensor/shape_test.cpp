// SPDX-License-Identifier: MIT
//
// Extents: how many elements, how they compare and how they are printed.
#include <coop/tensor/shape.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(shape_of_arrays)

using namespace coop;

BOOST_AUTO_TEST_CASE(the_size_is_the_product_of_the_extents) {
  BOOST_TEST((shape<3>{2, 3, 4}.size()) == 24u);
  BOOST_TEST((shape<2>{7, 0}.size()) == 0u);
}

BOOST_AUTO_TEST_CASE(the_size_of_a_large_array_does_not_wrap) {
  BOOST_TEST((shape<2>{70000, 70000}.size()) == 4900000000u);
}

BOOST_AUTO_TEST_CASE(the_rank_follows_from_the_number_of_extents) {
  const shape s{5, 6, 7, 8};

  static_assert(std::is_same_v<decltype(s), const shape<4>>);
  BOOST_TEST(s[3] == 8);
}

BOOST_AUTO_TEST_CASE(shapes_are_equal_when_all_extents_are) {
  BOOST_TEST((shape<2>{2, 3} == shape<2>{2, 3}));
  BOOST_TEST((shape<2>{2, 3} != shape<2>{3, 2}));
}

BOOST_AUTO_TEST_CASE(text_is_what_error_messages_print) {
  BOOST_TEST(to_text(shape<3>{2, 3, 4}) == "(2, 3, 4)");
  BOOST_TEST(to_text(shape<1>{9}) == "(9)");
}

BOOST_AUTO_TEST_CASE(shapes_are_known_to_the_compiler) {
  static_assert(shape<2>{6, 7}.size() == 42);
  static_assert(std::is_aggregate_v<shape<2>> && std::is_trivially_copyable_v<shape<2>>);
  BOOST_TEST((shape<2>{6, 7}.size()) == 42u);
}

BOOST_AUTO_TEST_SUITE_END()
