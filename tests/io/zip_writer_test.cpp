// SPDX-License-Identifier: MIT
//
// Archives against bytes laid out by hand after the format's description, and read back by another reader.
#include <coop/io/zip_writer.hpp>

#include "support/stored_zip.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(zip_writer)

namespace {

using member = std::pair<std::string, std::string>;

std::string written(const std::vector<member>& members) {
  const temporary_folder folder;
  coop::zip_writer zip(folder / "f.zip");
  for (const auto& [name, bytes] : members) zip.add(name, bytes);
  zip.commit();
  return coop::read_file(folder / "f.zip");
}

auto says(const std::string& words) {
  return [words](const coop::error& e) { return std::string(e.what()).find(words) != std::string::npos; };
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_archive_of_one_member_has_the_bytes_of_the_format) {
  // version 2.0, UTF-8, stored, 1980-01-01 0:00, CRC-32 of "123456789", 9 bytes, 9 bytes, a name of 1
  const std::string facts(
      "\x14\0\0\x08\0\0\0\0\x21\0\x26\x39\xf4\xcb"
      "\x09\0\0\0\x09\0\0\0\x01\0",
      24);
  // 30 bytes and a name of 1 end at 31; an extra field of 4 + 29 bytes ends at 64.
  const std::string header = "PK\x03\x04" + facts + std::string("\x21\0", 2) + "a" +
                             std::string("FB\x1d\0", 4) + std::string(29, 'Z');
  const std::string line = std::string("PK\x01\x02\x14\0", 6) + facts + std::string(16, '\0') + "a";
  const std::string end("PK\x05\x06\0\0\0\0\x01\0\x01\0\x2f\0\0\0\x49\0\0\0\0\0", 22);

  BOOST_TEST(header.size() == 64u);
  BOOST_TEST(line.size() == 0x2fu);
  BOOST_TEST((written({{"a", "123456789"}}) == header + "123456789" + line + end));
}

BOOST_AUTO_TEST_CASE(every_member_begins_at_a_multiple_of_64) {
  std::vector<member> members;
  for (std::size_t i = 0; i < 130; ++i) {
    members.emplace_back("folder/" + std::string(i % 70, 'n') + std::to_string(i), std::string(3 * i, 'x'));
  }

  const auto read = stored_members(written(members));

  BOOST_TEST(read.size() == members.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    BOOST_TEST(read[i].begin % 64 == 0u);
    BOOST_TEST(read[i].name == members[i].first);
    BOOST_TEST(read[i].bytes == members[i].second);
  }
}

BOOST_AUTO_TEST_CASE(an_archive_without_members_is_one) { BOOST_TEST(stored_members(written({})).empty()); }

BOOST_AUTO_TEST_CASE(a_member_twice_is_refused_and_nothing_is_left) {
  const temporary_folder folder;
  {
    coop::zip_writer zip(folder / "f.zip");
    zip.add("a", "1");
    BOOST_CHECK_EXCEPTION(zip.add("a", "2"), coop::io_error, says("f.zip: member 'a' twice"));
  }
  BOOST_TEST(folder.size() == 0u);
}

BOOST_AUTO_TEST_CASE(names_that_no_archive_may_hold_are_refused) {
  const temporary_folder folder;
  coop::zip_writer zip(folder / "f.zip");

  BOOST_CHECK_EXCEPTION(zip.add("", "1"), coop::io_error, says("a member's name that is empty"));
  BOOST_CHECK_THROW(zip.add(std::string("a\0b", 3), "1"), coop::io_error);
  BOOST_CHECK_THROW(zip.add(std::string(70000, 'a'), "1"), coop::io_error);
}

BOOST_AUTO_TEST_CASE(more_than_its_numbers_can_say_is_refused_and_nothing_is_left) {
  const temporary_folder folder;
  {
    coop::zip_writer zip(folder / "f.zip");
    for (int i = 0; i < 65534; ++i) zip.add(std::to_string(i), "");
    BOOST_CHECK_EXCEPTION(zip.add("one more", ""), coop::io_error, says("expected at most 65534"));
  }
  BOOST_TEST(folder.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
