// SPDX-License-Identifier: MIT
//
// How rows are cut into pieces on their way to a GPU. Runs without one.
#include <coop/device/detail/cuda_context.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <vector>

using namespace coop;
using namespace coop::detail;

namespace {

/// What copying piece by piece leaves in memory that began as zeros.
std::vector<char> copied(const std::vector<char>& from, const byte_rows& how, std::size_t most,
                         std::size_t size) {
  std::vector<char> to(size);
  for_each_piece(how, most, [&](std::size_t source, std::size_t target, std::size_t width, std::size_t rows) {
    BOOST_TEST(width * rows <= most);
    for (std::size_t row = 0; row < rows; ++row) {
      std::memcpy(to.data() + target + row * how.to_pitch, from.data() + source + row * how.from_pitch,
                  width);
    }
  });
  return to;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_context)

BOOST_AUTO_TEST_CASE(pieces_make_up_all_rows_whatever_lies_between_them) {
  std::vector<char> from(200);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = char(i + 1);
  const byte_rows how{.width = 7, .rows = 11, .from_pitch = 13, .to_pitch = 9};
  std::vector<char> wanted(how.to_pitch * how.rows);
  for (std::size_t row = 0; row < how.rows; ++row) {
    for (std::size_t i = 0; i < how.width; ++i) {
      wanted[row * how.to_pitch + i] = from[row * how.from_pitch + i];
    }
  }
  for (const std::size_t most : {1, 3, 6, 7, 8, 20, 77, 1000}) {
    BOOST_TEST((copied(from, how, most, wanted.size()) == wanted), most);
  }
}

BOOST_AUTO_TEST_CASE(rows_with_nothing_between_are_one) {
  const auto joined = byte_rows{.width = 8, .rows = 5, .from_pitch = 8, .to_pitch = 8}.joined();
  BOOST_TEST(joined.width == 40u);
  BOOST_TEST(joined.rows == 1u);
  const auto apart = byte_rows{.width = 8, .rows = 5, .from_pitch = 8, .to_pitch = 12}.joined();
  BOOST_TEST(apart.width == 8u);
  BOOST_TEST(apart.rows == 5u);
  const auto one = byte_rows{.width = 8, .rows = 1, .from_pitch = 99, .to_pitch = 12}.joined();
  BOOST_TEST(one.width == 8u);
  BOOST_TEST(one.rows == 1u);
}

BOOST_AUTO_TEST_CASE(of_nothing_there_is_no_piece) {
  BOOST_TEST(
      (copied({}, {.width = 0, .rows = 3, .from_pitch = 1, .to_pitch = 1}, 4, 3) == std::vector<char>(3)));
  BOOST_TEST(
      (copied({}, {.width = 3, .rows = 0, .from_pitch = 3, .to_pitch = 3}, 4, 3) == std::vector<char>(3)));
}

BOOST_AUTO_TEST_SUITE_END()
