// SPDX-License-Identifier: MIT
//
// The tables of words: one row for every thing that can be drawn.
#include <coop/data/drawn/words.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

BOOST_AUTO_TEST_SUITE(drawn_words)

BOOST_AUTO_TEST_CASE(no_shape_or_colour_shares_its_word_with_another) {
  std::set<std::string> words;

  for (const auto& e : coop::drawing::shape_words) words.insert({std::string(e.common), std::string(e.rare)});
  for (const auto& e : coop::drawing::hues) words.insert({std::string(e.common), std::string(e.rare)});

  BOOST_TEST(words.size() == 2 * (coop::drawing::shape_words.size() + coop::drawing::hues.size()));
}

BOOST_AUTO_TEST_CASE(official_names_are_not_among_the_common_words) {
  const auto check = [](const auto& table) {
    for (const auto& e : table) {
      for (const auto& common : e.common) BOOST_TEST(common != e.official);
    }
  };

  check(coop::drawing::texture_words);
  check(coop::drawing::ground_words);
}

BOOST_AUTO_TEST_CASE(names_of_flowers_boats_grounds_and_deeds_have_one_everyday_meaning) {
  std::multiset<std::string> meant;
  for (const auto& e : coop::drawing::second_senses) meant.emplace(e.name);

  for (const auto& e : coop::drawing::flower_species) BOOST_TEST(meant.count(std::string(e.name)) == 1u);
  for (const auto& e : coop::drawing::boat_types) BOOST_TEST(meant.count(std::string(e.name)) == 1u);
  for (const auto& e : coop::drawing::ground_words) BOOST_TEST(meant.count(std::string(e.official)) == 1u);
  for (const auto& deed : coop::drawing::arrangement_words) BOOST_TEST(meant.count(std::string(deed)) == 1u);
}

BOOST_AUTO_TEST_CASE(no_two_boats_are_built_alike) {
  std::set<int> builds;

  for (const auto& b : coop::drawing::boat_types)
    builds.insert(b.masts * 8 + b.square * 4 + b.triangular * 2 + b.cabin);

  BOOST_TEST(builds.size() == coop::drawing::boat_types.size());
}

BOOST_AUTO_TEST_SUITE_END()
