// SPDX-License-Identifier: MIT
#include <coop/io/text.hpp>

#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(text)

namespace {

using strings = std::vector<std::string>;

std::string message_of_list(const std::string& text) {
  const temporary_folder folder;
  coop::write_file(folder / "l", text);
  try {
    static_cast<void>(coop::read_list(folder / "l"));
  } catch (const coop::io_error& problem) {
    return std::string(problem.what()).substr((folder / "l").size() + 6);
  }
  return "read";
}

}  // namespace

BOOST_AUTO_TEST_CASE(lines_end_as_any_system_ends_them) {
  BOOST_TEST(coop::split_lines("a\r\nb\n\nc", "t") == (strings{"a", "b", "", "c"}),
             boost::test_tools::per_element());
  BOOST_TEST(coop::split_lines("a\n", "t").size() == 1u);
  BOOST_TEST(coop::split_lines("", "t").empty());
  BOOST_TEST(coop::split_lines("\xef\xbb\xbfname", "t").at(0) == "name");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_named_by_its_number) {
  BOOST_CHECK_EXCEPTION(
      coop::split_lines("a\nbcd", "t", {.line_bytes = 2}), coop::io_error, [](const coop::io_error& e) {
        return std::string(e.what()) == "coop: t:2: line too long: expected at most 2 bytes, got 3";
      });
  BOOST_CHECK_THROW(coop::split_lines(std::string("a\0b", 3), "t"), coop::io_error);
}

BOOST_AUTO_TEST_CASE(quotes_hold_commas_and_doubled_quotes) {
  BOOST_TEST(
      coop::split_fields(R"(a,"b,c","say ""x""",)", ',', "t") == (strings{"a", "b,c", "say \"x\"", ""}),
      boost::test_tools::per_element());
  BOOST_TEST(coop::split_fields("5\" nail\t\"b", '\t', "t") == (strings{"5\" nail", "\"b"}),
             boost::test_tools::per_element());
  BOOST_TEST(coop::split_fields("5\" nail,b", ',', "t") == (strings{"5\" nail", "b"}),
             boost::test_tools::per_element());
  BOOST_CHECK_THROW(coop::split_fields("a,\"b", ',', "t"), coop::io_error);
}

BOOST_AUTO_TEST_CASE(a_list_of_tabs_and_a_list_of_commas_say_the_same) {
  const temporary_folder folder;
  coop::write_file(folder / "tabs", "# pictures\na b.jpg\t0\tred, round\n\nc.png\t1\tblue\r\n");
  coop::write_file(folder / "commas", "path,label,name\na b.jpg,0,\"red, round\"\nc.png,1,blue\n");

  for (const char* name : {"tabs", "commas"}) {
    const std::vector<coop::list_row> rows = coop::read_list(folder / name);
    BOOST_REQUIRE(rows.size() == 2u);
    BOOST_TEST(rows[0].path == "a b.jpg");
    BOOST_TEST(rows[0].name == "red, round");
    BOOST_TEST(rows[0].line == 2u);
    BOOST_TEST(rows[1].label == 1);
    BOOST_TEST(rows[1].name == "blue");
    BOOST_TEST(rows[1].split.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_fourth_column_is_the_split) {
  const temporary_folder folder;
  coop::write_file(folder / "l", "a.jpg,0,cat,train\nb.jpg,0,cat,test\n");

  BOOST_TEST(coop::read_list(folder / "l").at(1).split == "test");
}

BOOST_AUTO_TEST_CASE(faults_name_file_and_line) {
  BOOST_TEST(message_of_list("a.jpg,0,cat\nb.jpg,x,dog\n") ==
             ":2: label: expected a whole number of at least 0, got 'x'");
  BOOST_TEST(message_of_list("a.jpg,-1,cat\n") ==
             ":1: label: expected a whole number of at least 0, got '-1'");
  BOOST_TEST(message_of_list("a.jpg,3000000000,cat\n").starts_with(":1: label: expected"));
  BOOST_TEST(
      message_of_list("a.jpg,0\n") ==
      ":1: expected from 3 to 5 fields separated by commas (path, label, class name, split, sha256), got 2");
  BOOST_TEST(message_of_list("a.jpg\t0\tcat\nb.jpg,0,cat\n") ==
             ":2: expected 3 fields separated by tabs (path, label, class name, split, sha256), got 1");
  BOOST_TEST(message_of_list(",0,cat\n") == ":1: expected a path, got nothing");
  BOOST_TEST(message_of_list("a.jpg,0,\n") == ":1: expected a class name, got nothing");
  BOOST_TEST(message_of_list("# nothing\n") == ": expected a list of pictures, got no line of one");
}

BOOST_AUTO_TEST_CASE(a_fifth_column_is_a_digest_in_every_line) {
  const temporary_folder folder;
  const std::string digest(64, 'f');
  coop::write_file(folder / "l", "path,label,name,split,sha256\na.jpg,0,cat,test," + digest + "\n");

  const auto rows = coop::read_list(folder / "l");

  BOOST_TEST(rows.at(0).split == "test");
  BOOST_TEST(rows.at(0).sha256 == digest);
  BOOST_TEST(message_of_list("a.jpg,0,cat,test,\n") ==
             ":1: sha256: expected 64 digits from 0 to 9 and a to f, got ''");
  BOOST_TEST(
      message_of_list("a.jpg,0,cat,test," + std::string(64, 'F') + "\n").starts_with(":1: sha256: expected"));
  BOOST_TEST(message_of_list("a.jpg,0,cat,test," + digest + ",more\n")
                 .starts_with(":1: expected from 3 to 5 fields"));
}

BOOST_AUTO_TEST_CASE(more_lines_than_anybody_writes_are_refused) {
  BOOST_CHECK_EXCEPTION(coop::split_lines("a\nb\nc", "t", {.lines = 2}), coop::io_error,
                        [](const coop::io_error& e) {
                          return std::string(e.what()) == "coop: t:3: too many lines: expected at most 2";
                        });
  BOOST_TEST(coop::split_lines("a\nb\n", "t", {.lines = 2}).size() == 2u);
  BOOST_TEST(coop::text_limits{}.lines == 8'388'608u);
}

BOOST_AUTO_TEST_SUITE_END()
