// SPDX-License-Identifier: MIT
//
// From words to types: the right policy, the known names for an unknown one, every combination.
#include <coop/dispatch.hpp>
#include <coop/prompt/context.hpp>
#include <coop/prompt/placement.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(dispatch_of_words)

using namespace coop;

namespace {

struct red {
  static constexpr const char* name = "red";
};
struct green {
  static constexpr const char* name = "green";
};
using colours = type_list<red, green>;

struct spell {
  std::string before;
  template <class... Chosen>
  std::string operator()() const {
    std::string text = before;
    ((text += std::string(" ") + Chosen::name), ...);
    return text;
  }
};

bool says(const error& e, const std::string& text) { return e.what() == "coop: " + text; }

}  // namespace

BOOST_AUTO_TEST_CASE(a_word_chooses_the_policy_of_that_name) {
  BOOST_TEST(choose(colours{}, "colour", "red").index == 0u);
  BOOST_TEST(choose(colours{}, "colour", "green").index == 1u);
}

BOOST_AUTO_TEST_CASE(an_unknown_word_is_answered_with_the_known_ones) {
  BOOST_CHECK_EXCEPTION(choose(placement::all{}, "placement", "top"), choice_error, [](const auto& e) {
    return says(e, "unknown placement 'top'; known: end, middle, front");
  });
}

BOOST_AUTO_TEST_CASE(an_empty_or_shortened_word_is_unknown) {
  BOOST_CHECK_THROW(choose(colours{}, "colour", ""), choice_error);
  BOOST_CHECK_THROW(choose(colours{}, "colour", "gree"), choice_error);
}

BOOST_AUTO_TEST_CASE(the_names_of_a_list_are_joined_in_its_order) {
  BOOST_TEST(names(context::all{}) == "unified, class-specific");
  BOOST_TEST(names(type_list<>{}).empty());
}

BOOST_AUTO_TEST_CASE(every_combination_reaches_its_own_types_in_order) {
  std::vector<std::string> seen;
  for (const char* c : {"unified", "class-specific"}) {
    for (const char* p : {"end", "middle", "front"}) {
      seen.push_back(dispatch(spell{"got"}, choose(context::all{}, "context", c),
                              choose(placement::all{}, "placement", p)));
      BOOST_TEST(seen.back() == std::string("got ") + c + " " + p);
    }
  }
  BOOST_TEST(seen.size() == 6u);
}

BOOST_AUTO_TEST_CASE(without_choices_the_function_is_called_with_no_types) {
  BOOST_TEST(dispatch(spell{"none"}) == "none");
}

BOOST_AUTO_TEST_CASE(a_function_without_a_result_is_called_once) {
  int calls = 0;

  dispatch([&]<class Colour>() { calls += std::string(Colour::name) == "green" ? 1 : 100; },
           choose(colours{}, "colour", "green"));

  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_SUITE_END()
