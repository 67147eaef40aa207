// SPDX-License-Identifier: MIT
//
// What compositions are made of: colours that can be told apart, things where they are put.
#include <coop/data/drawn/stage.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>

BOOST_AUTO_TEST_SUITE(drawn_stage)

namespace {

using namespace coop::drawing;

}  // namespace

BOOST_AUTO_TEST_CASE(a_strayed_colour_stays_near_and_within_range) {
  dice d(1);

  for (int i = 0; i < 200; ++i) {
    const colour c = coop::drawing::detail::strayed(d, {0.95, 0.5, 0.02}, 0.1);
    BOOST_TEST((c.red <= fixed(1) && c.blue >= fixed(0)));
    BOOST_TEST((distance(c, {0.95, 0.5, 0.02}) <= fixed(0.3)));
  }
}

BOOST_AUTO_TEST_CASE(things_mostly_stand_apart_from_their_ground) {
  int near = 0;

  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    dice d(seed);
    const conditions c{.contrast = 0.6};
    const scene s = coop::drawing::detail::stage(d, c);
    const auto [name, value] = coop::drawing::detail::apart_from_ground(d, s, c);
    near += distance(value, s.ground.front) <= c.contrast ? 1 : 0;
  }

  BOOST_TEST(near < 6);
}

BOOST_AUTO_TEST_CASE(clutter_is_as_many_small_things_as_asked) {
  dice d(2);
  scene s;

  coop::drawing::detail::scatter_clutter(d, s, 5);

  BOOST_TEST(s.things.size() == 5u);
  for (const thing& t : s.things) BOOST_TEST((t.size < fixed(0.2)));
}

BOOST_AUTO_TEST_CASE(occluders_lie_over_the_rim_of_the_main_thing) {
  dice d(4);
  scene s;

  coop::drawing::detail::occlude(d, s, {0.1, 0.2, 0.5});

  BOOST_TEST(!s.things.empty());
  for (const thing& t : s.things) {
    const fixed from_centre = length(t.x - fixed(0.1), t.y - fixed(0.2));
    BOOST_TEST((from_centre > fixed(0.3) && from_centre < fixed(0.35)));
  }
}

BOOST_AUTO_TEST_SUITE_END()
