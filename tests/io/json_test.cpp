// SPDX-License-Identifier: MIT
#include <coop/io/json.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(json)

namespace {

std::string message_of(const std::string& text) {
  try {
    coop::parse_json(text, "file", 3);
  } catch (const coop::io_error& problem) {
    return problem.what();
  }
  return "parsed";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_value_comes_back_from_its_text) {
  const coop::json value = {
      {"names", {"a", "b\"\n", "日本"}}, {"rate", 0.002}, {"seed", 18446744073709551615u}};

  BOOST_TEST((coop::parse_json(coop::json_text(value, "file"), "file") == value));
}

BOOST_AUTO_TEST_CASE(the_same_name_in_two_objects_is_allowed_and_twice_in_one_is_not) {
  BOOST_TEST(message_of(R"([{"a":1},{"a":2},{"b":{"b":1}}])") == "parsed");
  BOOST_TEST(message_of(R"({"a":{"x":1},"b":2,"a":3})") == "coop: file: JSON name twice in one object: 'a'");
}

BOOST_AUTO_TEST_CASE(depth_is_bounded) {
  BOOST_TEST(message_of("[[[1]]]") == "parsed");
  BOOST_TEST(message_of("[[[[1]]]]") == "coop: file: JSON nested too deeply: expected at most 3 levels");
  BOOST_TEST(message_of(std::string(1'000'000, '[')) ==
             "coop: file: JSON nested too deeply: expected at most 3 levels");
}

BOOST_AUTO_TEST_CASE(what_is_no_json_names_the_file) {
  BOOST_TEST(message_of("{\"a\" 1}").starts_with("coop: file: not valid JSON: "));
  BOOST_TEST(message_of("").starts_with("coop: file: not valid JSON: "));
  BOOST_TEST(message_of("\"\xc3\"").starts_with("coop: file: not valid JSON: "));
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_not_written) {
  BOOST_CHECK_THROW(coop::json_text(coop::json("\xff"), "file"), coop::io_error);
}

BOOST_AUTO_TEST_SUITE_END()
