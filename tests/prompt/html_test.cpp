// SPDX-License-Identifier: MIT
#include <coop/prompt/html.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <string_view>

BOOST_AUTO_TEST_SUITE(html)

namespace {

using coop::html_entity;
using coop::unescape_html;

}  // namespace

BOOST_AUTO_TEST_CASE(every_name_of_the_list_is_found_and_there_are_2231) {
  const std::string_view all = coop::detail::html_entities;
  std::size_t count = 0;
  std::size_t missed = 0;
  std::string_view previous;
  bool sorted = true;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t split = all.find('\1', at);
    const std::size_t end = all.find('\2', split);
    const auto name = all.substr(at, split - at);
    missed += html_entity(name) == all.substr(split + 1, end - split - 1) ? 0 : 1;
    sorted = sorted && previous < name;
    previous = name;
    ++count;
    at = end + 1;
  }
  BOOST_TEST(count == 2231u);
  BOOST_TEST(missed == 0u);
  BOOST_TEST(sorted);
}

BOOST_AUTO_TEST_CASE(what_is_no_name_is_not_found) {
  for (const auto* name : {"", "a", "A", "zzz", "amp;;", "eacute;x", "EACUTE;", "\x01", "~"})
    BOOST_TEST(html_entity(name).empty());
}

BOOST_AUTO_TEST_CASE(names_become_characters) {
  BOOST_TEST(unescape_html("&lt;b&gt; &amp; &quot;x&quot; &apos;") == "<b> & \"x\" '");
  BOOST_TEST(unescape_html("&eacute;&Eacute;&euro;&hearts;") == "éÉ€♥");
  BOOST_TEST(unescape_html("&CounterClockwiseContourIntegral;") == "∳");
  BOOST_TEST(unescape_html("&NotEqualTilde;&fjlig;") == "\u2242\u0338fj");  // two code points
  BOOST_TEST(unescape_html("&Tab;&NewLine;") == "\t\n");
}

BOOST_AUTO_TEST_CASE(old_names_need_no_semicolon_and_match_by_their_longest_beginning) {
  BOOST_TEST(unescape_html("caf&eacute au lait") == "café au lait");
  BOOST_TEST(unescape_html("&notit; &notin; &not") == "¬it; ∉ ¬");
  BOOST_TEST(unescape_html("&copycat") == "©cat");
  BOOST_TEST(unescape_html("&hearts x") == "&hearts x");  // not one of the old
}

BOOST_AUTO_TEST_CASE(a_reference_is_resolved_once) {
  BOOST_TEST(unescape_html("&amp;lt;") == "&lt;");
  BOOST_TEST(unescape_html("&amp;amp;amp;") == "&amp;amp;");
}

BOOST_AUTO_TEST_CASE(numbers_become_characters) {
  BOOST_TEST(unescape_html("&#65;&#x41;&#X41;&#0065;&#128512;") == "AAAA😀");
  BOOST_TEST(unescape_html("&#65 &#x41g") == "A Ag");
}

BOOST_AUTO_TEST_CASE(numbers_of_control_characters_mean_windows_1252_or_nothing) {
  BOOST_TEST(unescape_html("&#128;&#150;&#159;") == "€–Ÿ");
  BOOST_TEST(unescape_html("&#129;") == "\u0081");
  BOOST_TEST(unescape_html("a&#1;&#11;&#31;&#127;&#xFDD0;&#xFFFE;&#x1FFFF;b") == "ab");
  BOOST_TEST(unescape_html("&#9;&#10;&#13;") == "\t\n\r");
}

BOOST_AUTO_TEST_CASE(numbers_that_are_no_character_become_the_replacement_character) {
  for (const auto* number : {"&#0;", "&#xD800;", "&#xDFFF;", "&#x110000;", "&#99999999999999999999999999;"})
    BOOST_TEST(unescape_html(number) == "\uFFFD");
}

BOOST_AUTO_TEST_CASE(what_is_no_reference_stays) {
  for (const auto* text : {"", "&", "a&", "&&", "&;", "&#", "&#;", "&#x", "&#x;", "&#xg", "& amp;",
                           "&nonsense;", "&é;", "AT&T R&D", "no ampersand"})
    BOOST_TEST(unescape_html(text) == text);
}

BOOST_AUTO_TEST_SUITE_END()
