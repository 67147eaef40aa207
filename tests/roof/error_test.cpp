// SPDX-License-Identifier: MIT
//
// The family of errors, and checks that cost no text while they hold.
#include <coop/error.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>

BOOST_AUTO_TEST_SUITE(errors)

using namespace coop;

BOOST_AUTO_TEST_CASE(every_message_begins_with_the_name_of_the_library) {
  BOOST_TEST(io_error("a.txt: missing").what() == std::string("coop: a.txt: missing"));
}

BOOST_AUTO_TEST_CASE(all_kinds_are_caught_as_error_and_as_runtime_error) {
  BOOST_CHECK_THROW(throw io_error(""), error);
  BOOST_CHECK_THROW(throw shape_error(""), error);
  BOOST_CHECK_THROW(throw device_error(""), error);
  BOOST_CHECK_THROW(throw choice_error(""), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_check_that_holds_never_makes_its_message) {
  int made = 0;

  check(true, [&] { return std::string("made ") + std::to_string(++made); });

  BOOST_TEST(made == 0);
}

BOOST_AUTO_TEST_CASE(a_check_that_fails_throws_the_kind_it_was_given) {
  BOOST_CHECK_EXCEPTION(check<shape_error>(false, [] { return std::string("two"); }), shape_error,
                        [](const auto& e) { return std::string(e.what()) == "coop: two"; });
}

BOOST_AUTO_TEST_SUITE_END()
