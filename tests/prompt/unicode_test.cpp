// SPDX-License-Identifier: MIT
#include <coop/prompt/unicode.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <string_view>

BOOST_AUTO_TEST_SUITE(unicode)

namespace {

namespace text = coop::unicode;

std::string lower(std::string_view given) { return text::encode(text::lower(text::decode(given))); }
std::string nfc(std::string_view given) { return text::encode(text::nfc(text::decode(given))); }
std::string valid(std::string_view given) { return text::encode(text::decode(given)); }

template <class Predicate>
std::size_t count_of(Predicate&& holds) {
  std::size_t count = 0;
  for (char32_t code = 0; code < 0x110000; ++code) count += holds(code) ? 1 : 0;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_tables_are_of_the_version_they_name) {
  BOOST_TEST(std::string_view(text::version) == "15.0");
  BOOST_TEST(text::is_letter(0x11F04));   // Kawi, new in 15.0
  BOOST_TEST(!text::is_letter(0x2EBF0));  // an ideograph, new in 15.1
}

BOOST_AUTO_TEST_CASE(the_classes_have_as_many_members_as_in_unicode_15) {
  BOOST_TEST(count_of(text::is_letter) == 136104u);
  BOOST_TEST(count_of(text::is_number) == 1831u);
  BOOST_TEST(count_of(text::is_space) == 25u);
}

BOOST_AUTO_TEST_CASE(no_code_point_is_of_two_classes) {
  const auto classes = [](char32_t c) { return text::is_letter(c) + text::is_number(c) + text::is_space(c); };
  BOOST_TEST(count_of([&](char32_t c) { return classes(c) > 1; }) == 0u);
}

BOOST_AUTO_TEST_CASE(letters_numbers_and_spaces_are_found_at_the_edges_of_their_ranges) {
  for (const char32_t c : {U'A', U'Z', U'a', U'z', U'\u00AA', U'\u00D6', U'\u00D8', U'\u4E00', U'\u9FFF'})
    BOOST_TEST(text::is_letter(c));
  for (const char32_t c : {U'@', U'[', U'`', U'{', U'_', U'\u00D7', U'\u0301', U'\u2160', U'\uD7A4'})
    BOOST_TEST(!text::is_letter(c));
  for (const char32_t c : {U'0', U'9', U'\u00B2', U'\u00BD', U'\u0663', U'\u2160', U'\u3007'})
    BOOST_TEST(text::is_number(c));
  for (const char32_t c : {U'/', U':', U'a', U'\u4E00'}) BOOST_TEST(!text::is_number(c));
  for (const char32_t c :
       {char32_t(0x1C), char32_t(0x1F), char32_t(0x180E), char32_t(0x200B), char32_t(0xFEFF)})
    BOOST_TEST(!text::is_space(c));
}

BOOST_AUTO_TEST_CASE(utf_8_of_every_length_is_read_and_written) {
  const std::string all = "$\u00A2\u20AC\U00010348\U0010FFFF";

  const auto codes = text::decode(all);

  BOOST_TEST((codes == std::u32string{0x24, 0xA2, 0x20AC, 0x10348, 0x10FFFF}));
  BOOST_TEST(text::encode(codes) == all);
}

BOOST_AUTO_TEST_CASE(each_broken_beginning_of_a_sequence_becomes_one_replacement_character) {
  const std::string bad = "\uFFFD";
  BOOST_TEST(valid("a\xC3") == "a" + bad);
  BOOST_TEST(valid("\xE2\x82z") == bad + "z");
  BOOST_TEST(valid("\xF0\x9F\x98") == bad);
  BOOST_TEST(valid("\xFF\x80") == bad + bad);
  BOOST_TEST(valid("\xC0\xAF") == bad + bad);                      // overlong
  BOOST_TEST(valid("\xE0\x80\x80") == bad + bad + bad);            // overlong
  BOOST_TEST(valid("\xED\xA0\x80") == bad + bad + bad);            // a surrogate
  BOOST_TEST(valid("\xF4\x90\x80\x80") == bad + bad + bad + bad);  // above U+10FFFF
}

BOOST_AUTO_TEST_CASE(what_is_no_code_point_is_written_as_replacement_character) {
  BOOST_TEST(text::encode(std::u32string{0xD800}) == "\uFFFD");
  BOOST_TEST(text::encode(std::u32string{0x110000}) == "\uFFFD");
}

BOOST_AUTO_TEST_CASE(lower_case_covers_scripts_and_alternating_ranges) {
  BOOST_TEST(lower("ABC xyz 123") == "abc xyz 123");
  BOOST_TEST(lower("ÀÉÎÕÜÞ×") == "àéîõüþ×");
  BOOST_TEST(lower("ĀāĂăŽž") == "āāăăžž");
  BOOST_TEST(lower("ПРИВЕТ ЁЖ") == "привет ёж");
  BOOST_TEST(lower("Ⅷ Ⓐ") == "ⅷ ⓐ");
  BOOST_TEST(lower("\u212A\u212B") == "k\u00E5");  // Kelvin, Angstrom
  BOOST_TEST(lower("\U00010400") == "\U00010428");
  BOOST_TEST(lower("\u1E9E") == "ß");
}

BOOST_AUTO_TEST_CASE(lower_case_of_the_dotted_capital_i_is_two_code_points) {
  BOOST_TEST(lower("\u0130x") == "i\u0307x");
}

BOOST_AUTO_TEST_CASE(a_sigma_is_final_behind_a_letter_and_before_none) {
  BOOST_TEST(lower("ΟΔΟΣ") == "οδος");
  BOOST_TEST(lower("ΟΔΟΣ ΣΟΦΟΣ") == "οδος σοφος");
  BOOST_TEST(lower("Σ") == "σ");
  BOOST_TEST(lower("ΑΣ'") == "ας'");
  BOOST_TEST(lower("ΑΣ'Α") == "ασ'α");
  BOOST_TEST(lower("Α'Σ") == "α'ς");
}

BOOST_AUTO_TEST_CASE(normal_form_composes_orders_and_excludes) {
  BOOST_TEST(nfc("plain \u00E9") == "plain \u00E9");
  BOOST_TEST(nfc("e\u0301") == "\u00E9");
  BOOST_TEST(nfc("q\u0307\u0323") == "q\u0323\u0307");  // marks in canonical order
  BOOST_TEST(nfc("o\u0302\u0323") == "\u1ED9");         // composes across the order
  BOOST_TEST(nfc("a\u0327\u0301") == "\u00E1\u0327");   // the cedilla does not block
  BOOST_TEST(nfc("a\u0301\u0301") == "\u00E1\u0301");   // equal classes block
  BOOST_TEST(nfc("\u212B") == "\u00C5");                // a singleton
  BOOST_TEST(nfc("\u0958") == "\u0915\u093C");          // excluded from composition
  BOOST_TEST(nfc("\u1E9B\u0323") == "\u1E9B\u0323");
  BOOST_TEST(nfc("\u0301e") == "\u0301e");  // nothing to stand on
}

BOOST_AUTO_TEST_CASE(normal_form_builds_hangul_syllables) {
  BOOST_TEST(nfc("\u1112\u1161\u11AB\u1100\u1173\u11AF") == "한글");
  BOOST_TEST(nfc("\uAC00\u11A8") == "\uAC01");
  BOOST_TEST(nfc("\uAC01\u11A8") == "\uAC01\u11A8");  // has its tail
  BOOST_TEST(nfc("한글") == "한글");
  BOOST_TEST(nfc("\uAC00\u11A7") == "\uAC00\u11A7");  // just before the tails
}

BOOST_AUTO_TEST_CASE(normal_form_is_the_same_when_taken_twice) {
  std::size_t changed = 0;
  for (char32_t code = 0; code < 0x30000; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    const auto once = text::nfc(std::u32string{U'a', code, 0x301});
    changed += text::nfc(once) == once ? 0 : 1;
  }
  BOOST_TEST(changed == 0u);
}

BOOST_AUTO_TEST_CASE(a_million_marks_on_one_letter_are_ordered_in_time) {
  std::u32string many(U"a");
  for (int i = 0; i < 500000; ++i) many += {0x307, 0x323};

  const auto ordered = text::nfc(many);

  BOOST_TEST(ordered.size() == 1000000u);  // one of the marks is in the letter
  BOOST_TEST(unsigned(ordered[0]) == 0x1EA1u);
}

BOOST_AUTO_TEST_SUITE_END()
