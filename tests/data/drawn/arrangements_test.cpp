// SPDX-License-Identifier: MIT
//
// Arrangements: things stand to each other as the word says.
#include <coop/data/drawn/arrangements.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <vector>

BOOST_AUTO_TEST_SUITE(drawn_arrangements)

namespace {

using namespace coop::drawing;

std::vector<thing> things_of(arrangement how, std::uint64_t seed) {
  dice d(seed);
  return compose_arrangement(d, how, {.most_clutter = 0}).shown.things;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_stack_goes_down_and_a_queue_goes_along) {
  const auto stack = things_of(arrangement::stacking, 1), queue = things_of(arrangement::queueing, 1);

  for (std::size_t i = 1; i < stack.size(); ++i) BOOST_TEST((stack[i].y > stack[i - 1].y));
  for (std::size_t i = 1; i < queue.size(); ++i) BOOST_TEST((queue[i].x > queue[i - 1].x));
}

BOOST_AUTO_TEST_CASE(nested_things_share_a_centre_and_shrink) {
  const auto nest = things_of(arrangement::nesting, 2);

  for (std::size_t i = 1; i < nest.size(); ++i) {
    BOOST_TEST((nest[i].x == nest[0].x && nest[i].y == nest[0].y));
    BOOST_TEST((nest[i].size < nest[i - 1].size));
  }
}

BOOST_AUTO_TEST_CASE(parting_leaves_the_middle_empty) {
  const auto two = things_of(arrangement::parting, 3);

  BOOST_REQUIRE_EQUAL(two.size(), 2u);
  BOOST_TEST((two[0].x < fixed(-0.5) && two[1].x > fixed(0.5)));
}

BOOST_AUTO_TEST_CASE(a_circle_keeps_its_distance_from_its_centre) {
  const auto circle = things_of(arrangement::circling, 4);
  fixed x, y;
  for (const thing& t : circle) {
    x += t.x / int(circle.size());
    y += t.y / int(circle.size());
  }

  for (const thing& t : circle) {
    const fixed radius = length(t.x - x, t.y - y);
    BOOST_TEST((radius > fixed(0.48) && radius < fixed(0.67)));
  }
}

BOOST_AUTO_TEST_CASE(every_arrangement_has_at_least_two_things) {
  for (int i = 0; i < 10; ++i) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) BOOST_TEST(things_of(arrangement(i), seed).size() >= 2u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
