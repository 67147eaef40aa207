// SPDX-License-Identifier: MIT
//
// The tasks: a class is what its name says, and shifts keep the classes.
#include <coop/data/drawn/tasks.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <string>

BOOST_AUTO_TEST_SUITE(drawn_tasks)

namespace {

using namespace coop::drawing;

}  // namespace

BOOST_AUTO_TEST_CASE(a_badge_has_the_colour_and_the_shape_of_its_name) {
  const auto names = class_names(task::badges);

  for (std::size_t label = 0; label < names.size(); ++label) {
    dice d(label);
    const subject about = compose(task::badges, d, label, conditions_of(task::badges)).about;
    BOOST_TEST(names[label] ==
               std::string(entry(about.colour).rare) + " " + std::string(words_of(about.first).rare));
  }
}

BOOST_AUTO_TEST_CASE(half_of_the_objects_have_the_rare_name) {
  const auto names = class_names(task::objects);
  std::size_t rare = 0;

  for (std::size_t label = 0; label < names.size(); ++label) {
    const bool rarely = is_labelled_rarely(shape(label));
    rare += rarely ? 1 : 0;
    BOOST_TEST(names[label] == (rarely ? words_of(shape(label)).rare : words_of(shape(label)).common));
  }

  BOOST_TEST(rare == 12u);
}

BOOST_AUTO_TEST_CASE(names_of_patterns_and_grounds_belong_to_what_is_drawn) {
  dice d(1);

  const subject texture = compose(task::textures, d, 8, conditions_of(task::textures)).about;
  const subject ground = compose(task::aerial, d, 3, conditions_of(task::aerial)).about;

  BOOST_TEST((texture.pattern == pattern::bricks));
  BOOST_TEST(class_names(task::textures)[8] == "coursed");
  BOOST_TEST(ground.which == 3u);
  BOOST_TEST(class_names(task::aerial)[3] == "residential buildings");
}

BOOST_AUTO_TEST_CASE(shifts_keep_the_class_and_change_the_conditions) {
  for (const auto s : {shift::resampled, shift::sketch, shift::cluttered, shift::recoloured}) {
    dice d(7);
    BOOST_TEST((compose(s, d, 5).about.first == shape(5)));
  }
  dice d(7);
  BOOST_TEST((compose(shift::sketch, d, 5).about.style == style::sketch));
}

BOOST_AUTO_TEST_SUITE_END()
