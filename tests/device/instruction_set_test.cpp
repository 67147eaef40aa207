// SPDX-License-Identifier: MIT
#include <coop/device/instruction_set.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(instruction_set_of_the_processor)

using namespace coop;

BOOST_AUTO_TEST_CASE(auto_is_the_best_and_every_lower_set_can_be_named) {
  BOOST_TEST((instruction_set_named("auto") == best_instruction_set()));
  for (const auto set : instruction_sets) {
    if (set <= best_instruction_set()) BOOST_TEST((instruction_set_named(name(set)) == set));
  }
}

BOOST_AUTO_TEST_CASE(a_set_that_the_processor_lacks_and_an_unknown_word_are_answered_with_what_it_has) {
  const auto says = [](const std::string& word) {
    return [word](const choice_error& e) {
      const std::string text = e.what();
      return text.find("'" + word + "'") != std::string::npos &&
             text.find("auto, portable") != std::string::npos;
    };
  };
  BOOST_CHECK_EXCEPTION(instruction_set_named("neon"), choice_error, says("neon"));
  for (const auto set : instruction_sets) {
    if (set <= best_instruction_set()) continue;
    BOOST_CHECK_EXCEPTION(instruction_set_named(name(set)), choice_error, says(std::string(name(set))));
  }
}

BOOST_AUTO_TEST_SUITE_END()
