// SPDX-License-Identifier: MIT
//
// Where the name stands: the three placements of the paper by number, and the laws of all of them.
#include <coop/prompt/placement.hpp>

#include "../support/laws.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(placement_of_the_name)

using namespace coop;

namespace {

struct before_nothing {
  static constexpr const char* name = "one too many";
  static constexpr index_t before(index_t n) { return n + 1; }
};
struct jumping {
  static constexpr const char* name = "jumping";
  static constexpr index_t before(index_t n) { return n % 2 ? n : 0; }
};
struct nameless {
  static constexpr index_t before(index_t n) { return n; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(placement_end_puts_all_of_the_context_before_the_name) {
  BOOST_TEST(placement::end::before(16) == 16);
  BOOST_TEST(placement::end::before(1) == 1);
}

BOOST_AUTO_TEST_CASE(placement_middle_puts_half_of_the_context_before_the_name) {
  BOOST_TEST(placement::middle::before(16) == 8);
}

BOOST_AUTO_TEST_CASE(placement_middle_puts_the_smaller_half_of_an_odd_number_first) {
  BOOST_TEST(placement::middle::before(5) == 2);
  BOOST_TEST(placement::middle::before(1) == 0);
}

BOOST_AUTO_TEST_CASE(placement_front_puts_no_context_before_the_name) {
  BOOST_TEST(placement::front::before(16) == 0);
}

BOOST_AUTO_TEST_CASE(every_placement_keeps_the_laws) {
  for_each_type(placement::all{},
                [](auto t) { BOOST_TEST(laws::broken_placement<typename decltype(t)::type>() == ""); });
}

BOOST_AUTO_TEST_CASE(the_laws_find_a_placement_that_breaks_them) {
  BOOST_TEST(laws::broken_placement<before_nothing>() == "one too many: before(0): expected 0 to 0, got 1");
  BOOST_TEST(laws::broken_placement<jumping>() == "jumping: before(2): expected at least before(1)");
}

BOOST_AUTO_TEST_CASE(a_placement_has_a_name) {
  static_assert(!Placement<nameless>);
  BOOST_TEST(Placement<jumping>);
}

BOOST_AUTO_TEST_SUITE_END()
