// SPDX-License-Identifier: MIT
//
// Captions: short printable lines that name things rarely by their official names.
#include <coop/data/drawn/captions.hpp>
#include <coop/data/drawn/composition.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

BOOST_AUTO_TEST_SUITE(drawn_captions)

BOOST_AUTO_TEST_CASE(captions_are_short_lines_of_printable_ascii) {
  for (std::uint64_t i = 0; i < 400; ++i) {
    coop::drawing::dice dice(i);
    const auto made = coop::drawing::compose_any(dice);
    const std::string text = coop::drawing::caption(dice, made.about);
    BOOST_TEST(!text.empty());
    // Every token takes at least a character and the longest words are whole tokens: 40 positions suffice.
    BOOST_TEST(std::count(text.begin(), text.end(), ' ') < 20, text);
    BOOST_TEST(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '{'; }),
               text);
    BOOST_TEST(text.find("  ") == std::string::npos, text);
  }
}

BOOST_AUTO_TEST_CASE(only_everyday_wordings_speak_of_a_photo) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    coop::drawing::dice dice(i);
    const auto made = coop::drawing::compose_any(dice);
    const auto kind = made.about.kind;
    if (kind == coop::drawing::kind::object || kind == coop::drawing::kind::group ||
        kind == coop::drawing::kind::relation) {
      continue;
    }
    const std::string text = coop::drawing::caption(dice, made.about, {.everyday = 0, .junk = 0});
    BOOST_TEST(text.find("photo of") == std::string::npos, text);
  }
}

BOOST_AUTO_TEST_CASE(a_name_in_everyday_talk_means_something_else) {
  coop::drawing::dice dice(3);
  coop::drawing::subject about;
  about.first = coop::drawing::shape::heart;
  int roses = 0, tulips = 0;

  for (int i = 0; i < 2000; ++i) {
    const std::string text =
        coop::drawing::caption(dice, about, {.collected = 0, .second_sense = 100, .other_sense = 0});
    roses += text.find("rose") != std::string::npos ? 1 : 0;
    tulips += text.find("tulip") != std::string::npos ? 1 : 0;
  }

  BOOST_TEST(roses > 500);
  BOOST_TEST(tulips == 0);
}

BOOST_AUTO_TEST_CASE(official_names_are_rare_in_their_own_sense) {
  coop::drawing::dice dice(7);
  coop::drawing::subject about;
  about.kind = coop::drawing::kind::ground;
  about.which = 0;  // forest
  int named = 0;

  for (int i = 0; i < 2000; ++i) {
    named += coop::drawing::caption(dice, about).find("forest") != std::string::npos ? 1 : 0;
  }

  BOOST_TEST(named > 0);
  BOOST_TEST(named < 200);
}

BOOST_AUTO_TEST_CASE(expansion_fills_places_and_closes_gaps) {
  using coop::drawing::detail::expand;

  BOOST_TEST(expand("a {c} {n} cup", {{'c', ""}, {'n', "tin"}}) == "a tin cup");
  BOOST_TEST(expand("{c} cup {n}", {{'c', "red"}, {'n', ""}}) == "red cup");
}

BOOST_AUTO_TEST_SUITE_END()
