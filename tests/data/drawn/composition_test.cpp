// SPDX-License-Identifier: MIT
//
// The kinds of scene: what is said of a scene is what was composed.
#include <coop/data/drawn/composition.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <set>

BOOST_AUTO_TEST_SUITE(drawn_composition)

namespace {

using namespace coop::drawing;

}  // namespace

BOOST_AUTO_TEST_CASE(an_object_is_what_was_asked_for) {
  dice d(3);

  const composition made = compose_object(d, shape::key, hue::teal, {.least_clutter = 2, .most_clutter = 2});

  BOOST_TEST(
      (made.about.kind == kind::object && made.about.first == shape::key && made.about.colour == hue::teal));
  BOOST_TEST(made.shown.things.size() == 3u);
  BOOST_TEST((made.shown.things.back().outline.shape == shape::key));
}

BOOST_AUTO_TEST_CASE(a_group_has_as_many_things_as_it_counts) {
  dice d(3);

  for (int count = 1; count <= 8; ++count) {
    const composition made = compose_group(d, count, {});
    BOOST_TEST(made.about.count == count);
    BOOST_TEST(made.shown.things.size() == std::size_t(count));
  }
}

BOOST_AUTO_TEST_CASE(relations_hold_between_the_two_things) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    dice d(seed);
    const composition made = compose_relation(d, {});
    const thing& first = made.shown.things[0];
    const thing& second = made.shown.things[1];
    switch (made.about.relation) {
      case relation::above:
        BOOST_TEST((first.y < second.y));
        break;
      case relation::below:
        BOOST_TEST((first.y > second.y));
        break;
      case relation::left:
        BOOST_TEST((first.x < second.x));
        break;
      case relation::right:
        BOOST_TEST((first.x > second.x));
        break;
    }
  }
}

BOOST_AUTO_TEST_CASE(a_wanted_style_is_kept) {
  dice d(3);

  for (int i = 0; i < 20; ++i) {
    const composition made = compose_object(d, shape::cup, std::nullopt, {.only = style::chalk});
    BOOST_TEST((made.about.style == style::chalk && made.shown.style == style::chalk));
  }
}

BOOST_AUTO_TEST_CASE(pretraining_shows_every_kind_of_scene) {
  std::set<kind> seen;

  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    dice d(seed);
    seen.insert(compose_any(d).about.kind);
  }

  BOOST_TEST(seen.size() == 8u);
}

BOOST_AUTO_TEST_SUITE_END()
