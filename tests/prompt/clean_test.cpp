// SPDX-License-Identifier: MIT
#include <coop/prompt/clean.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(clean)

namespace {

using coop::clean_text;

}  // namespace

BOOST_AUTO_TEST_CASE(plain_text_is_lowered_and_its_blanks_are_single) {
  BOOST_TEST(clean_text("a photo of a dog.") == "a photo of a dog.");
  BOOST_TEST(clean_text("  Hello \t\n World!  ") == "hello world!");
  BOOST_TEST(clean_text("").empty());
  BOOST_TEST(clean_text(" \n ").empty());
}

BOOST_AUTO_TEST_CASE(white_space_of_unicode_is_white_space) {
  BOOST_TEST(clean_text("a\u00A0b\u2003c\u3000d\u2028e") == "a b c d e");
  BOOST_TEST(clean_text("a\u200Bb") == "a\u200Bb");
}

BOOST_AUTO_TEST_CASE(references_are_resolved_through_several_levels) {
  BOOST_TEST(clean_text("&amp;amp; &lt;b&gt;") == "& <b>");
  BOOST_TEST(clean_text("&amp;amp;amp;amp;eacute;") == "é");
}

BOOST_AUTO_TEST_CASE(a_text_with_a_tag_is_html_from_there_on_and_is_resolved_twice) {
  BOOST_TEST(clean_text("<b>&amp;amp;") == "<b>&");
  BOOST_TEST(clean_text("<b>&amp;amp;amp;") == "<b>&amp;");
  BOOST_TEST(clean_text("&amp;amp;amp;\n<b>\n&amp;amp;amp;") == "& <b> &amp;");
}

BOOST_AUTO_TEST_CASE(names_of_references_may_be_in_capitals) {
  BOOST_TEST(clean_text("P&EACUTE;REZ") == "pérez");
  BOOST_TEST(clean_text("BUNDESSTRA&SZLIG;E") == "bundesstrasse");
  BOOST_TEST(clean_text("&nTILDE;") == "&ntilde;");  // neither this nor that
}

BOOST_AUTO_TEST_CASE(quotes_become_straight_and_ligatures_letters) {
  BOOST_TEST(clean_text("don’t “quote” ‘me’") == "don't \"quote\" 'me'");
  BOOST_TEST(clean_text("ﬁne oﬃce ﬂow Ĳssel") == "fine office flow ijssel");
}

BOOST_AUTO_TEST_CASE(full_and_half_width_forms_become_ordinary) {
  BOOST_TEST(clean_text("ＦＵＬＬ　１２３") == "full 123");
  BOOST_TEST(clean_text("ﾊﾝ ｶﾞ") == "ハン ガ");
}

BOOST_AUTO_TEST_CASE(control_characters_and_terminal_escapes_vanish) {
  BOOST_TEST(clean_text("\x1b[1;31mred\x1b[0m") == "red");
  BOOST_TEST(clean_text("a\x07\x7f\u200D\uFEFF\uFFFC"
                        "b") ==
             "a\u200D"
             "b");
  BOOST_TEST(clean_text("\x1b[ x") == "[ x");
}

BOOST_AUTO_TEST_CASE(control_characters_of_latin_1_are_windows_1252) {
  BOOST_TEST(clean_text("\u0080 \u0093x\u0094 \u0085") == "€ \"x\" …");
}

BOOST_AUTO_TEST_CASE(text_is_in_normal_form) { BOOST_TEST(clean_text("cafe\u0301 \u212B") == "café å"); }

BOOST_AUTO_TEST_CASE(text_decoded_by_the_wrong_code_page_is_left_alone) {
  BOOST_TEST(clean_text("caf\u00C3\u00A9") == "caf\u00E3\u00A9");
}

BOOST_AUTO_TEST_CASE(broken_utf_8_becomes_replacement_characters) {
  BOOST_TEST(clean_text("a\xFF z") == "a\uFFFD z");
}

BOOST_AUTO_TEST_CASE(references_nested_beyond_reason_end) {
  std::string text = "&";
  for (int i = 0; i < 100000; ++i) text += "amp;";

  const auto clean = clean_text(text);

  BOOST_TEST(clean.size() < text.size());
  BOOST_TEST(clean.starts_with("&amp;"));
}

BOOST_AUTO_TEST_SUITE_END()
