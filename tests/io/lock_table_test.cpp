// SPDX-License-Identifier: MIT
//
// A lock only means something to another process, so every case has one: a child that tries and answers by its exit
// code, or that holds a lock until it is killed.
#include <coop/io/lock_table.hpp>

#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

BOOST_AUTO_TEST_SUITE(lock_table_)

using namespace coop;

namespace {

/// What `act` answers in a child of its own.
template <class F>
bool in_another_process(const F& act) {
  const ::pid_t child = ::fork();
  if (child == 0) ::_exit(act() ? 0 : 1);
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status) == 0;
}

bool another_can_lock(const std::string& path, const std::string& name) {
  return in_another_process([&] { return lock_table(path).try_lock(name); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_name_that_is_held_is_refused_to_other_processes_and_other_names_are_not) {
  const temporary_folder folder;
  const std::string path = folder / "locks";
  lock_table table(path);

  BOOST_TEST(table.try_lock("objects/16/1"));

  BOOST_TEST(!another_can_lock(path, "objects/16/1"));
  BOOST_TEST(another_can_lock(path, "objects/16/2"));
  BOOST_TEST(table.try_lock("objects/16/1"));  // its own again
}

BOOST_AUTO_TEST_CASE(a_name_that_was_given_back_is_free) {
  const temporary_folder folder;
  const std::string path = folder / "locks";
  lock_table table(path);
  BOOST_TEST(table.try_lock("a"));
  BOOST_TEST(table.try_lock("b"));

  table.unlock("a");

  BOOST_TEST(another_can_lock(path, "a"));
  BOOST_TEST(!another_can_lock(path, "b"));
}

BOOST_AUTO_TEST_CASE(a_killed_process_leaves_no_lock_behind) {
  const temporary_folder folder;
  const std::string path = folder / "locks";
  int ready[2];
  BOOST_REQUIRE(::pipe(ready) == 0);
  const ::pid_t child = ::fork();
  if (child == 0) {
    lock_table table(path);
    const char answer = table.try_lock("run") ? 'y' : 'n';
    if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  BOOST_REQUIRE(::read(ready[0], &answer, 1) == 1);
  BOOST_REQUIRE(answer == 'y');
  lock_table table(path);
  BOOST_TEST(!table.try_lock("run"));

  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);

  BOOST_TEST(table.try_lock("run"));
  BOOST_TEST(std::filesystem::file_size(path) == 0u);
  ::close(ready[0]);
  ::close(ready[1]);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_named) {
  const temporary_folder folder;
  const std::string path = folder / "missing/locks";
  BOOST_CHECK_EXCEPTION(lock_table{path}, io_error, [&](const io_error& e) {
    return std::string(e.what()).find(path + ": cannot open") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()
