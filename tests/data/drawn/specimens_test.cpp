// SPDX-License-Identifier: MIT
//
// Flowers and boats are built of the parts that their rows name.
#include <coop/data/drawn/specimens.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>

BOOST_AUTO_TEST_SUITE(drawn_specimens)

namespace {

using namespace coop::drawing;

int count_of(const composition& made, shape wanted) {
  return int(std::count_if(made.shown.things.begin(), made.shown.things.end(),
                           [&](const thing& t) { return t.outline.shape == wanted; }));
}

}  // namespace

BOOST_AUTO_TEST_CASE(boats_carry_their_masts_and_sails) {
  for (std::size_t which = 0; which < boat_types.size(); ++which) {
    dice d(which);
    const composition made = compose_boat(d, which, {.most_clutter = 0});
    const boat_entry& b = boat_types[which];

    BOOST_TEST(count_of(made, shape::hull) == 1);
    BOOST_TEST(count_of(made, shape::square) == b.masts + (b.cabin ? 1 : 0));
    BOOST_TEST((count_of(made, shape::lugsail) > 0) == b.square);
    BOOST_TEST((count_of(made, shape::sail) > 0) == b.triangular);
  }
}

BOOST_AUTO_TEST_CASE(flowers_have_a_blossom_and_the_centre_of_their_kind) {
  for (std::size_t which = 0; which < flower_species.size(); ++which) {
    dice d(which);
    const composition made = compose_flower(d, which, {.most_clutter = 0});

    BOOST_TEST(count_of(made, shape::blossom) == 1);
    BOOST_TEST(count_of(made, shape::circle) == (flower_species[which].has_centre ? 1 : 0));
  }
}

BOOST_AUTO_TEST_SUITE_END()
