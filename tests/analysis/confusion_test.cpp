// SPDX-License-Identifier: MIT
#include <coop/analysis/confusion.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <vector>

BOOST_AUTO_TEST_SUITE(confusion)

namespace {

using counts = std::vector<std::int64_t>;
using pairs = std::vector<coop::confused_pair>;

}  // namespace

BOOST_AUTO_TEST_CASE(pairs_come_most_first_and_never_from_the_diagonal) {
  const counts matrix{90, 1,  4,  //
                      7,  80, 0,  //
                      4,  2,  99};

  BOOST_TEST(
      (coop::most_confused(matrix, 3, 10) == pairs{{1, 0, 7}, {0, 2, 4}, {2, 0, 4}, {2, 1, 2}, {0, 1, 1}}));
  BOOST_TEST((coop::most_confused(matrix, 3, 2) == pairs{{1, 0, 7}, {0, 2, 4}}));
}

BOOST_AUTO_TEST_CASE(what_never_happened_is_no_pair) {
  BOOST_TEST(coop::most_confused(counts{5, 0, 0, 5}, 2, 3).empty());
  BOOST_TEST(coop::most_confused(counts{}, 0, 3).empty());
}

BOOST_AUTO_TEST_CASE(a_matrix_that_is_not_square_is_refused) {
  BOOST_CHECK_THROW(coop::most_confused(counts{1, 2, 3}, 2, 1), coop::shape_error);
}

BOOST_AUTO_TEST_SUITE_END()
