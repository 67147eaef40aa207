// SPDX-License-Identifier: MIT
#include <coop/io/lazy_file.hpp>

#include "support/temporary_folder.hpp"

#include <coop/io/atomic_file.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>  // mkfifo

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(lazy_file)

namespace {

std::string long_text() {
  std::string text;
  while (text.size() < (std::size_t(1) << 20)) text += std::to_string(text.size()) + " ";
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_shows_the_bytes_and_keeps_them_when_it_moves) {
  const temporary_folder folder;
  coop::write_file(folder / "f", "abc");
  coop::lazy_file first(folder / "f");

  coop::lazy_file second = std::move(first);
  first = std::move(second);

  BOOST_TEST(first.size() == 3u);
  BOOST_TEST(std::to_integer<char>(first.bytes()[2]) == 'c');
  BOOST_TEST(second.size() == 0u);
}

BOOST_AUTO_TEST_CASE(the_bytes_stay_when_the_name_gets_another_file) {
  const temporary_folder folder;
  coop::write_file(folder / "f", "old");
  const coop::lazy_file file(folder / "f");

  coop::write_file(folder / "f", "new");

  BOOST_TEST(std::to_integer<char>(file.bytes()[0]) == 'o');
}

BOOST_AUTO_TEST_CASE(an_empty_file_has_no_bytes) {
  const temporary_folder folder;
  coop::write_file(folder / "f", "");

  BOOST_TEST(coop::lazy_file(folder / "f").bytes().empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused) {
  const temporary_folder folder;

  BOOST_CHECK_THROW(coop::lazy_file(folder / "missing"), coop::io_error);
  BOOST_CHECK_EXCEPTION(coop::lazy_file("/dev/null"), coop::io_error, [](const coop::io_error& e) {
    return std::string(e.what()) == "coop: /dev/null: not a regular file";
  });
}

BOOST_AUTO_TEST_CASE(a_part_is_read_when_it_is_asked_for_and_stays) {
  const temporary_folder folder;
  const std::string text = long_text();
  coop::write_file(folder / "f", text);
  const coop::lazy_file file(folder / "f");
  const auto part = file.bytes(file.place(100'000, 200'000));

  std::filesystem::resize_file(folder / "f", 0);

  BOOST_TEST(std::memcmp(part.data(), text.data() + 100'000, part.size()) == 0);
}

BOOST_AUTO_TEST_CASE(a_part_can_be_read_to_another_place) {
  const temporary_folder folder;
  const std::string text = long_text();
  coop::write_file(folder / "f", text);
  const coop::lazy_file file(folder / "f");
  std::string some(70'001, '\0');

  file.read(file.place(12'345, some.size()), std::as_writable_bytes(std::span(some)));

  BOOST_TEST((some == text.substr(12'345, some.size())));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_short_meanwhile_is_an_error_and_no_signal) {
  const temporary_folder folder;
  coop::write_file(folder / "f", long_text());
  const coop::lazy_file file(folder / "f");

  std::filesystem::resize_file(folder / "f", 300'000);

  const auto says = [&](std::size_t expected) {
    return [&, expected](const coop::io_error& e) {
      return std::string(e.what()) == "coop: " + (folder / "f") + ": cut short while it was read: expected " +
                                          std::to_string(expected) + " bytes, got 300000";
    };
  };
  BOOST_CHECK_EXCEPTION(static_cast<void>(file.bytes()), coop::io_error, says(327'680));
  std::string some(10, '\0');
  BOOST_CHECK_EXCEPTION(file.read(file.place(500'000, 10), std::as_writable_bytes(std::span(some))),
                        coop::io_error, [&](const coop::io_error& e) {
                          return std::string(e.what()).find("cut short while it was read") !=
                                 std::string::npos;
                        });
}

BOOST_AUTO_TEST_CASE(several_threads_read_the_same_bytes) {
  const temporary_folder folder;
  const std::string text = long_text();
  coop::write_file(folder / "f", text);
  const coop::lazy_file file(folder / "f");
  std::array<bool, 4> same{};
  std::vector<std::thread> threads;
  for (bool& each : same) {
    threads.emplace_back([&] { each = std::memcmp(file.bytes().data(), text.data(), text.size()) == 0; });
  }
  for (std::thread& each : threads) each.join();

  BOOST_TEST((same == std::array<bool, 4>{true, true, true, true}));
}

BOOST_AUTO_TEST_CASE(a_limit_holds_before_anything_is_read) {
  const temporary_folder folder;
  coop::write_file(folder / "f", "abc");
  std::filesystem::resize_file(folder / "f", std::uintmax_t(1) << 40);  // a hole of a terabyte

  BOOST_TEST(coop::lazy_file(folder / "f").size() == std::size_t(1) << 40);
  BOOST_CHECK_EXCEPTION(coop::lazy_file(folder / "f", 1000), coop::io_error, [&](const coop::io_error& e) {
    return std::string(e.what()) ==
           "coop: " + (folder / "f") + ": too long: expected at most 1000 bytes, got 1099511627776";
  });
}

BOOST_AUTO_TEST_CASE(a_pipe_is_refused_and_not_waited_for) {
  const temporary_folder folder;
  BOOST_REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);

  BOOST_CHECK_EXCEPTION(coop::lazy_file(folder / "pipe"), coop::io_error, [&](const coop::io_error& e) {
    return std::string(e.what()) == "coop: " + (folder / "pipe") + ": not a regular file";
  });
}

BOOST_AUTO_TEST_SUITE_END()
