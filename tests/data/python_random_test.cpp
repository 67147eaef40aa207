// SPDX-License-Identifier: MIT
//
// Numbers of CPython's random module after random.seed(1), (2) and (3), one sequence of calls each.
#include <coop/data/python_random.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

BOOST_AUTO_TEST_SUITE(python_random)

namespace {

using coop::index_t;
using indices = std::vector<index_t>;

struct sequence {
  std::uint64_t seed;
  std::array<std::uint32_t, 4> words;
  indices of_40, of_200, of_10, of_30, of_21, of_22, shuffled;
  std::uint32_t last;
};

const std::array<sequence, 3> sequences{
    {{1,
      {577090037u, 2444712010u, 3639700191u, 3445702192u},
      {8, 36, 4, 16, 7, 31, 28, 30, 24, 25, 6, 3, 15, 0, 12, 13},
      {155, 195, 196, 0, 178, 114, 68, 184, 58, 151, 26, 81, 7, 5, 6, 166},
      {8, 0, 6, 5},
      {6},
      {13, 0},
      {16, 7},
      {6, 0, 4, 8, 5, 1, 2, 3, 9, 7},
      1787479226u},
     {2,
      {4106135923u, 3707026329u, 4070888059u, 3646664648u},
      {3, 5, 38, 23, 10, 19, 16, 13, 2, 18, 21, 37, 32, 20, 12, 36},
      {130, 95, 139, 113, 128, 68, 9, 7, 93, 119, 81, 97, 108, 134, 42, 143},
      {2, 3, 8, 0},
      {5},
      {10, 5},
      {4, 16},
      {0, 1, 9, 7, 4, 6, 3, 2, 5, 8},
      1554290170u},
     {3,
      {1022050301u, 2545373330u, 2337446730u, 560161641u},
      {15, 37, 34, 8, 23, 30, 4, 0, 38, 36, 17, 7, 6, 22, 39, 29},
      {140, 121, 101, 163, 38, 59, 162, 133, 99, 189, 3, 171, 198, 16, 40, 194},
      {9, 0, 4, 6},
      {0},
      {8, 15},
      {19, 12},
      {5, 8, 3, 4, 0, 2, 1, 7, 9, 6},
      931951836u}}};

}  // namespace

BOOST_AUTO_TEST_CASE(words_equal_python) {
  for (const sequence& s : sequences) {
    coop::python_random random(s.seed);
    for (const std::uint32_t word : s.words) BOOST_TEST(random.getrandbits(32) == word);
  }
}

BOOST_AUTO_TEST_CASE(a_sequence_of_samples_and_a_shuffle_equals_python) {
  for (const sequence& s : sequences) {
    coop::python_random random(s.seed);
    BOOST_TEST(random.sample(40, 16) == s.of_40, boost::test_tools::per_element());
    BOOST_TEST(random.sample(200, 16) == s.of_200, boost::test_tools::per_element());
    BOOST_TEST(random.sample(10, 4) == s.of_10, boost::test_tools::per_element());
    BOOST_TEST(random.sample(30, 1) == s.of_30, boost::test_tools::per_element());
    BOOST_TEST(random.sample(21, 2) == s.of_21, boost::test_tools::per_element());
    BOOST_TEST(random.sample(22, 2) == s.of_22, boost::test_tools::per_element());
    indices items(10);
    std::iota(items.begin(), items.end(), 0);
    random.shuffle(std::span(items));
    BOOST_TEST(items == s.shuffled, boost::test_tools::per_element());
    BOOST_TEST(random.getrandbits(32) == s.last);
  }
}

BOOST_AUTO_TEST_CASE(a_seed_of_more_than_32_bits_equals_python) {
  coop::python_random random((std::uint64_t(1) << 40) + 7);

  BOOST_TEST(random.getrandbits(32) == 2635837658u);
  BOOST_TEST(random.getrandbits(32) == 3209733218u);
}

BOOST_AUTO_TEST_CASE(seed_zero_equals_python) {
  coop::python_random random(0);

  BOOST_TEST(random.getrandbits(32) == 3626764237u);
}

BOOST_AUTO_TEST_CASE(a_sample_of_all_holds_each_once) {
  coop::python_random random(5);

  indices all = random.sample(50, 50);

  std::sort(all.begin(), all.end());
  indices expected(50);
  std::iota(expected.begin(), expected.end(), 0);
  BOOST_TEST(all == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_sample_of_none_draws_nothing) {
  coop::python_random random(1);

  BOOST_TEST(random.sample(0, 0).empty());
  BOOST_TEST(random.sample(9, 0).empty());
  BOOST_TEST(random.getrandbits(32) == 577090037u);
}

BOOST_AUTO_TEST_SUITE_END()
