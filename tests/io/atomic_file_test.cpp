// SPDX-License-Identifier: MIT
//
// Whole or not at all: failures are brought about by a folder that is missing, by permissions, and by a limit
// on the size of files, which fails like a full disk half-way through a write.
#include <coop/io/atomic_file.hpp>

#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <thread>

BOOST_AUTO_TEST_SUITE(atomic_file)

namespace {

namespace utf = boost::unit_test;

/// While it lives no file of this process may grow beyond `bytes`.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const struct ::rlimit lower { bytes, before_.rlim_max };
    ::setrlimit(RLIMIT_FSIZE, &lower);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  struct ::rlimit before_ {};
  void (*handler_)(int);
};

boost::test_tools::assertion_result permissions_apply(utf::test_unit_id) {
  boost::test_tools::assertion_result result(::geteuid() != 0);
  result.message() << "the superuser may write everywhere";
  return result;
}

std::string message_of_write(const std::string& path, const std::string& text) {
  try {
    coop::write_file(path, text);
  } catch (const coop::io_error& problem) {
    return problem.what();
  }
  return "written";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_written_file_holds_exactly_its_bytes_and_no_neighbour_stays) {
  const temporary_folder folder;
  const std::string text("one\0two\n", 8);

  coop::write_file(folder / "f", text);
  coop::write_file(folder / "empty", "");

  BOOST_TEST(coop::read_file(folder / "f") == text);
  BOOST_TEST(coop::read_file(folder / "empty").empty());
  BOOST_TEST(folder.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_as_a_whole) {
  const temporary_folder folder;
  coop::write_file(folder / "f", std::string(100000, 'a'));

  coop::write_file(folder / "f", "b");

  BOOST_TEST(coop::read_file(folder / "f") == "b");
  BOOST_TEST(folder.size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_commit_nothing_changes) {
  const temporary_folder folder;
  coop::write_file(folder / "f", "old");

  {
    coop::atomic_file file(folder / "f");
    file.write("half of the new");
  }

  BOOST_TEST(coop::read_file(folder / "f") == "old");
  BOOST_TEST(folder.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_killed_writer_left_is_taken_by_the_next) {
  const temporary_folder folder;
  for (int i = 0; i < 3; ++i) {
    const ::pid_t child = ::fork();
    if (child == 0) {
      coop::atomic_file file(folder / "f");
      file.write(std::string(1000, 'x'));
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_REQUIRE(WIFSIGNALED(status));
    BOOST_TEST(folder.size() == 1u);
  }
  BOOST_TEST(coop::read_file(folder / "f.partial.0") == std::string(1000, 'x'));

  coop::write_file(folder / "f", "whole");

  BOOST_TEST(coop::read_file(folder / "f") == "whole");
  BOOST_TEST(folder.size() == 1u);
}

BOOST_AUTO_TEST_CASE(writers_of_one_file_do_not_meet) {
  const temporary_folder folder;
  coop::atomic_file first(folder / "f");
  coop::atomic_file second(folder / "f");
  first.write("first");
  second.write("second");

  second.commit();
  BOOST_TEST(coop::read_file(folder / "f") == "second");
  first.commit();

  BOOST_TEST(coop::read_file(folder / "f") == "first");
  BOOST_TEST(folder.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_neighbour_is_never_a_link_a_pipe_or_a_second_name) {
  const temporary_folder folder;
  coop::write_file(folder / "precious", "kept");
  std::filesystem::create_symlink(folder / "precious", folder / "f.partial.0");
  std::filesystem::create_hard_link(folder / "precious", folder / "f.partial.1");
  BOOST_REQUIRE(::mkfifo((folder / "f.partial.2").c_str(), 0600) == 0);
  std::filesystem::create_directory(folder / "f.partial.3");

  coop::write_file(folder / "f", "new");

  BOOST_TEST(coop::read_file(folder / "f") == "new");
  BOOST_TEST(coop::read_file(folder / "precious") == "kept");
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_file_and_no_remains) {
  const temporary_folder folder;
  coop::write_file(folder / "f", "old");

  std::string message;
  {
    const file_size_limit full(4096);
    message = message_of_write(folder / "f", std::string(100000, 'x'));
  }

  BOOST_TEST(message == "coop: " + (folder / "f") + ": cannot write: File too large");
  BOOST_TEST(coop::read_file(folder / "f") == "old");
  BOOST_TEST(folder.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_named) {
  const temporary_folder folder;

  BOOST_TEST(message_of_write(folder / "no/f", "x") ==
             "coop: " + (folder / "no/f") + ": cannot create: No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_read_only_folder_is_named, *utf::precondition(permissions_apply)) {
  const temporary_folder folder;
  std::filesystem::create_directory(folder / "locked");
  std::filesystem::permissions(folder / "locked",
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);

  const std::string message = message_of_write(folder / "locked/f", "x");

  BOOST_TEST(message == "coop: " + (folder / "locked/f") + ": cannot create: Permission denied");
}

BOOST_AUTO_TEST_CASE(devices_and_folders_are_not_replaced) {
  const temporary_folder folder;
  std::filesystem::create_directory(folder / "sub");

  BOOST_TEST(message_of_write("/dev/null", "x") == "coop: /dev/null: cannot be replaced: not a regular file");
  BOOST_TEST(message_of_write(folder / "sub", "x") ==
             "coop: " + (folder / "sub") + ": cannot be replaced: not a regular file");
}

BOOST_AUTO_TEST_CASE(a_link_keeps_pointing_and_its_target_is_replaced) {
  const temporary_folder folder;
  coop::write_file(folder / "target", "old");
  std::filesystem::create_symlink(folder / "target", folder / "link");

  coop::write_file(folder / "link", "new");

  BOOST_TEST(std::filesystem::is_symlink(folder / "link"));
  BOOST_TEST(coop::read_file(folder / "target") == "new");
}

BOOST_AUTO_TEST_CASE(reading_stops_at_the_limit) {
  const temporary_folder folder;
  coop::write_file(folder / "f", "12345");

  BOOST_TEST(coop::read_file(folder / "f", 5) == "12345");
  BOOST_CHECK_EXCEPTION(coop::read_file(folder / "f", 4), coop::io_error, [&](const coop::io_error& e) {
    return e.what() == "coop: " + (folder / "f") + ": too long: expected at most 4 bytes";
  });
  BOOST_CHECK_THROW(coop::read_file("/dev/zero", 1 << 20), coop::io_error);
}

BOOST_AUTO_TEST_CASE(a_file_without_a_size_is_read_to_its_end) {
  BOOST_TEST(!coop::read_file("/proc/self/status", 1 << 20).empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_named) {
  const temporary_folder folder;

  BOOST_CHECK_EXCEPTION(coop::read_file(folder.path()), coop::io_error, [&](const coop::io_error& e) {
    return e.what() == "coop: " + folder.path() + ": expected a file, got a directory";
  });
  BOOST_CHECK_EXCEPTION(coop::read_file("/dev/zero"), coop::io_error, [&](const coop::io_error& e) {
    return e.what() == std::string("coop: /dev/zero: expected a file, got a device");
  });
  BOOST_CHECK_EXCEPTION(coop::read_file(folder / "f"), coop::io_error, [&](const coop::io_error& e) {
    return e.what() == "coop: " + (folder / "f") + ": cannot open: No such file or directory";
  });
}

BOOST_AUTO_TEST_CASE(a_pipe_is_read_to_its_end_and_one_without_a_writer_is_an_error) {
  const temporary_folder folder;
  const std::string pipe = folder / "pipe";
  BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  BOOST_CHECK_EXCEPTION(coop::read_file(pipe), coop::io_error, [&](const coop::io_error& e) {
    return e.what() == "coop: " + pipe + ": a pipe that nobody writes into";
  });

  const std::string text(300'000, 'p');  // more than a pipe holds
  std::thread writer([&] {
    const int file = ::open(pipe.c_str(), O_WRONLY);
    for (std::size_t at = 0; at < text.size();) {
      const ::ssize_t count = ::write(file, text.data() + at, text.size() - at);
      if (count <= 0) break;
      at += std::size_t(count);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ::close(file);
  });
  BOOST_TEST((coop::read_file(pipe) == text));
  writer.join();
}

BOOST_AUTO_TEST_CASE(a_log_grows_line_by_line_and_goes_on_after_reopening) {
  const temporary_folder folder;
  {
    coop::append_log log(folder / "log");
    log.write_line("one");
    BOOST_TEST(coop::read_file(folder / "log") == "one\n");
  }

  coop::append_log log(folder / "log");
  log.write_line("two");

  BOOST_TEST(coop::read_file(folder / "log") == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(a_line_cut_short_by_a_crash_is_closed) {
  const temporary_folder folder;
  coop::write_file(folder / "log", "one\n{\"half\":");

  coop::append_log(folder / "log").write_line("two");

  BOOST_TEST(coop::read_file(folder / "log") == "one\n{\"half\":\ntwo\n");
}

BOOST_AUTO_TEST_CASE(a_log_reports_what_it_cannot_write) {
  const temporary_folder folder;
  coop::append_log log(folder / "log");

  BOOST_CHECK_THROW(log.write_line("two\nlines"), coop::io_error);
  {
    const file_size_limit full(16);
    BOOST_CHECK_THROW(log.write_line(std::string(100, 'x')), coop::io_error);
  }
  BOOST_CHECK_THROW(coop::append_log(folder / "no/log"), coop::io_error);
}

BOOST_AUTO_TEST_SUITE_END()
