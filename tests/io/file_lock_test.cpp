// SPDX-License-Identifier: MIT
//
// Another process tries while this one holds the lock, and is killed while it holds it.
#include <coop/io/file_lock.hpp>

#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>

BOOST_AUTO_TEST_SUITE(file_lock)

namespace {

/// What taking the lock says, without "coop: ".
std::string message_of(const std::string& path, const std::string& whose = {}) {
  try {
    const coop::file_lock lock(path, whose);
  } catch (const coop::choice_error& problem) {
    return std::string(problem.what()).substr(6);
  }
  return "taken";
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_holder_at_a_time_and_the_others_are_told_who) {
  const temporary_folder folder;
  coop::file_lock lock(folder / "lock");
  const std::string who =
      ": in use: expected to be alone, got process " + std::to_string(::getpid()) + " on ";

  BOOST_TEST(message_of(folder / "lock").starts_with((folder / "lock") + who));
  BOOST_TEST(message_of(folder / "lock", "run").starts_with("run" + who));
}

BOOST_AUTO_TEST_CASE(a_lock_that_was_given_back_leaves_no_file) {
  const temporary_folder folder;
  {
    coop::file_lock first(folder / "lock");
    coop::file_lock second = std::move(first);
    BOOST_TEST(message_of(folder / "lock") != "taken");
  }

  BOOST_TEST(folder.size() == 0u);
  BOOST_TEST(message_of(folder / "lock") == "taken");
}

BOOST_AUTO_TEST_CASE(a_killed_holder_holds_nothing) {
  const temporary_folder folder;
  const ::pid_t child = ::fork();
  if (child == 0) {
    const coop::file_lock lock(folder / "lock");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_REQUIRE(WIFSIGNALED(status));
  BOOST_TEST(std::filesystem::exists(folder / "lock"));

  BOOST_TEST(message_of(folder / "lock") == "taken");
  BOOST_TEST(folder.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_lock_is_a_file_and_nothing_else) {
  const temporary_folder folder;
  std::filesystem::create_directory(folder / "sub");
  std::filesystem::create_symlink(folder / "elsewhere", folder / "link");

  BOOST_CHECK_THROW(coop::file_lock(folder / "sub"), coop::io_error);
  BOOST_CHECK_THROW(coop::file_lock(folder / "link"), coop::io_error);
  BOOST_CHECK_THROW(coop::file_lock(folder / "no/lock"), coop::io_error);
  BOOST_TEST(!std::filesystem::exists(folder / "elsewhere"));
}

BOOST_AUTO_TEST_SUITE_END()
