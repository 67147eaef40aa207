// SPDX-License-Identifier: MIT
//
// Numbers of np.random.choice without replacement after np.random.seed(1), (2) and (3), one sequence of calls
// each.
#include <coop/data/numpy_random.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

BOOST_AUTO_TEST_SUITE(numpy_random)

using indices = std::vector<coop::index_t>;

BOOST_AUTO_TEST_CASE(choices_without_replacement_equal_numpy) {
  struct sequence {
    std::uint32_t seed;
    indices of_30, of_50;
  };
  const std::vector<sequence> sequences{
      {1, {17, 21, 10, 19}, {29, 14, 5, 33, 18, 37, 27, 26, 31, 45, 20, 36, 2, 40, 47, 44}},
      {2, {1, 0, 14, 9}, {20, 37, 1, 39, 29, 48, 7, 13, 49, 47, 44, 28, 40, 30, 10, 41}},
      {3, {15, 5, 22, 26}, {31, 32, 23, 22, 8, 6, 26, 9, 12, 27, 19, 2, 13, 25, 45, 41}}};

  for (const sequence& s : sequences) {
    coop::numpy_random random(s.seed);
    BOOST_TEST(random.choice(30, 4) == s.of_30, boost::test_tools::per_element());
    BOOST_TEST(random.choice(50, 16) == s.of_50, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_permutation_holds_each_once) {
  coop::numpy_random random(9);

  indices order = random.permutation(33);

  std::sort(order.begin(), order.end());
  indices expected(33);
  std::iota(expected.begin(), expected.end(), 0);
  BOOST_TEST(order == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_interval_includes_its_end_and_of_nothing_draws_nothing) {
  coop::numpy_random random(4);
  coop::numpy_random same(4);
  bool reached = false;

  BOOST_TEST(random.interval(0) == 0u);
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t value = random.interval(5);
    BOOST_TEST(value == same.interval(5));
    BOOST_TEST(value <= 5u);
    reached = reached || value == 5;
  }
  BOOST_TEST(reached);
}

BOOST_AUTO_TEST_CASE(permutations_of_none_and_one_draw_nothing) {
  coop::numpy_random random(1);
  coop::numpy_random same(1);

  BOOST_TEST(random.permutation(0).empty());
  BOOST_TEST(random.choice(1, 1).at(0) == 0);
  BOOST_TEST(random.interval(1000) == same.interval(1000));
}

BOOST_AUTO_TEST_SUITE_END()
