// SPDX-License-Identifier: MIT
#include <coop/io/mapped_file.hpp>

#include "support/temporary_folder.hpp"

#include <coop/io/atomic_file.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

BOOST_AUTO_TEST_SUITE(mapped_file)

BOOST_AUTO_TEST_CASE(a_mapped_file_shows_the_bytes_and_keeps_them_when_it_moves) {
  const temporary_folder folder;
  coop::write_file(folder / "f", "abc");
  coop::mapped_file first(folder / "f");

  coop::mapped_file second = std::move(first);
  first = std::move(second);

  BOOST_TEST(first.size() == 3u);
  BOOST_TEST(std::to_integer<char>(first.bytes()[2]) == 'c');
  BOOST_TEST(second.size() == 0u);
}

BOOST_AUTO_TEST_CASE(the_bytes_stay_when_the_name_gets_another_file) {
  const temporary_folder folder;
  coop::write_file(folder / "f", "old");
  const coop::mapped_file file(folder / "f");

  coop::write_file(folder / "f", "new");

  BOOST_TEST(std::to_integer<char>(file.bytes()[0]) == 'o');
}

BOOST_AUTO_TEST_CASE(an_empty_file_has_no_bytes) {
  const temporary_folder folder;
  coop::write_file(folder / "f", "");

  BOOST_TEST(coop::mapped_file(folder / "f").bytes().empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused) {
  const temporary_folder folder;

  BOOST_CHECK_THROW(coop::mapped_file(folder / "missing"), coop::io_error);
  BOOST_CHECK_EXCEPTION(coop::mapped_file("/dev/null"), coop::io_error, [](const coop::io_error& e) {
    return std::string(e.what()) == "coop: /dev/null: not a regular file";
  });
}

BOOST_AUTO_TEST_CASE(a_released_part_comes_back_when_touched) {
  const temporary_folder folder;
  std::string text;
  while (text.size() < (std::size_t(1) << 20)) text += std::to_string(text.size()) + " ";
  coop::write_file(folder / "f", text);
  const coop::mapped_file file(folder / "f");
  const auto same = [&] { return std::memcmp(file.bytes().data(), text.data(), text.size()) == 0; };
  BOOST_TEST(same());

  file.release(file.bytes().subspan(1000, text.size() / 2));
  file.release(file.bytes().first(10));
  file.release({});

  BOOST_TEST(same());
}

BOOST_AUTO_TEST_SUITE_END()
