// SPDX-License-Identifier: MIT
//
// The fillings: patterns show both of their colours, and turn and scale as they are told.
#include <coop/data/drawn/patterns.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

BOOST_AUTO_TEST_SUITE(drawn_patterns)

namespace {

using namespace coop::drawing;

constexpr colour black{0, 0, 0}, white{1, 1, 1};

}  // namespace

BOOST_AUTO_TEST_CASE(every_pattern_shows_both_of_its_colours) {
  for (int i = 0; i < coop::drawing::texture_patterns; ++i) {
    const filling f{pattern(i), black, white, 3, 0.1};
    fixed darkest = 1, lightest = 0;
    for (int y = -20; y < 20; ++y) {
      for (int x = -20; x < 20; ++x) {
        const fixed level = colour_at(f, fixed(x) / 20, fixed(y) / 20, 1).red;
        darkest = least(darkest, level);
        lightest = greatest(lightest, level);
      }
    }
    BOOST_TEST((darkest < fixed(0.3) && lightest > fixed(0.6)), "pattern " << i);
  }
}

BOOST_AUTO_TEST_CASE(a_plain_filling_is_its_front_colour) {
  const filling f{pattern::plain, white, black, 3, 0.1};

  BOOST_TEST((colour_at(f, 0.3, -0.4, 1).green == fixed(1)));
}

BOOST_AUTO_TEST_CASE(stripes_run_along_the_other_axis_after_a_quarter_turn) {
  const filling upright{pattern::stripes, black, white, 2, 0};
  const filling level{pattern::stripes, black, white, 2, 0.25};

  for (int i = -9; i < 9; ++i) {
    const fixed along = fixed(2 * i + 1) / 20;
    BOOST_TEST((colour_at(upright, 0.1, along, 1).red == colour_at(upright, 0.1, 0, 1).red));
    BOOST_TEST((colour_at(level, along, 0.1, 1).red == colour_at(level, 0, 0.1, 1).red));
  }
}

BOOST_AUTO_TEST_CASE(grounds_of_other_seeds_look_different) {
  for (int i = 0; i < coop::drawing::grounds; ++i) {
    const filling f{pattern(coop::drawing::first_ground + i), {0.3, 0.5, 0.2}, {0.3, 0.5, 0.2}, 3, 0};
    bool differs = false;
    for (int k = 0; k < 400; ++k) {
      const fixed x = fixed(k % 20 - 10) / 10, y = fixed(k / 20 - 10) / 10;
      differs = differs || distance(colour_at(f, x, y, 1), colour_at(f, x, y, 12)) > fixed();
    }
    BOOST_TEST(differs, "ground " << i);
  }
}

BOOST_AUTO_TEST_SUITE_END()
