// SPDX-License-Identifier: MIT
//
// The dice: within bounds, determined by the seed, and in proportion to their weights.
#include <coop/data/drawn/random.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

BOOST_AUTO_TEST_SUITE(drawn_random)

BOOST_AUTO_TEST_CASE(dice_stay_within_their_bounds) {
  coop::drawing::dice dice(3);
  std::array<int, 5> counts{};

  for (int i = 0; i < 5000; ++i) {
    ++counts[std::size_t(dice.below(5))];
    const auto x = dice.between(-2, 3);
    BOOST_TEST((x >= coop::drawing::fixed(-2) && x < coop::drawing::fixed(3)));
  }

  for (const int count : counts) BOOST_TEST((count > 850 && count < 1150));
}

BOOST_AUTO_TEST_CASE(the_same_seed_throws_the_same_dice) {
  coop::drawing::dice first(5), second(5), other(6);

  const std::uint64_t thrown = first.next();

  BOOST_TEST(thrown == second.next());
  BOOST_TEST(thrown != other.next());
}

BOOST_AUTO_TEST_CASE(weights_are_kept_and_a_weight_of_zero_never_falls) {
  coop::drawing::dice dice(9);
  std::array<int, 3> counts{};

  for (int i = 0; i < 4000; ++i) ++counts[std::size_t(dice.weighted({3, 0, 1}))];

  BOOST_TEST(counts[1] == 0);
  BOOST_TEST((counts[0] > 2850 && counts[0] < 3150));
}

BOOST_AUTO_TEST_CASE(noise_is_continuous_across_lattice_lines) {
  using coop::drawing::fixed;
  const fixed step = fixed::from_raw(64);

  for (int i = -5; i < 5; ++i) {
    const fixed before = coop::drawing::noise(fixed(i) - step, 0.3, 1),
                after = coop::drawing::noise(i, 0.3, 1);
    BOOST_TEST((abs(after - before) < fixed(0.01)));
  }
}

BOOST_AUTO_TEST_SUITE_END()
