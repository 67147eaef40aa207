// SPDX-License-Identifier: MIT
#include <coop/io/descriptor.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

BOOST_AUTO_TEST_SUITE(descriptor)

BOOST_AUTO_TEST_CASE(the_end_of_its_life_closes_it_once) {
  int number = -1;
  {
    coop::detail::descriptor first = coop::detail::open_for_reading("/dev/null");
    number = first.number();
    const coop::detail::descriptor second = std::move(first);
    BOOST_TEST(first.number() == -1);
    BOOST_TEST(::fcntl(number, F_GETFD) != -1);
  }
  BOOST_TEST(::fcntl(number, F_GETFD) == -1);
}

BOOST_AUTO_TEST_CASE(what_the_system_says_stands_behind_the_path) {
  BOOST_CHECK_EXCEPTION(
      coop::detail::open_for_reading("/nowhere/f"), coop::io_error, [](const coop::io_error& e) {
        return std::string(e.what()) == "coop: /nowhere/f: cannot open: No such file or directory";
      });
}

BOOST_AUTO_TEST_CASE(a_full_device_is_an_error) {
  const coop::detail::descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const std::array<std::byte, 4> bytes{};

  BOOST_CHECK_EXCEPTION(coop::detail::write_all(full, bytes, "out"), coop::io_error,
                        [](const coop::io_error& e) {
                          return std::string(e.what()) == "coop: out: cannot write: No space left on device";
                        });
}

BOOST_AUTO_TEST_SUITE_END()
