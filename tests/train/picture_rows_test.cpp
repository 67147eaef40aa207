// SPDX-License-Identifier: MIT
#include <coop/train/picture_rows.hpp>

#include <boost/test/unit_test.hpp>

#include <type_traits>

BOOST_AUTO_TEST_SUITE(picture_rows)

using coop::index_t;
using coop::resample_table;

static_assert(std::is_trivially_copyable_v<coop::staged_picture>);

BOOST_AUTO_TEST_CASE(a_side_that_stays_is_a_table_of_one_whole_weight_each) {
  const resample_table same(9, 9, 2, 7, false, false);

  BOOST_TEST(same.begin == 2);
  BOOST_TEST(same.end == 7);
  for (std::size_t x = 0; x < 5; ++x) {
    BOOST_TEST(same.first[x] == index_t(x) + 2);
    BOOST_TEST(same.count[x] == 1);
    BOOST_TEST(int(coop::detail::to_pixel(coop::detail::resampling_half + 255 * same.weights[x])) == 255);
  }
}

BOOST_AUTO_TEST_CASE(a_table_holds_the_windows_and_weights_of_the_hosts_pass) {
  for (const auto& [from, to] : {std::pair<index_t, index_t>{37, 8}, {5, 8}, {1, 8}, {400, 8}}) {
    const coop::detail::resampling plan(from, to, 1, to);
    const resample_table table(from, to, 1, to, false, false);
    const auto n = std::size_t(to - 1);
    std::vector<std::int32_t> words(table.words());
    table.write(words.data());

    for (std::size_t x = 0; x < n; ++x) {
      BOOST_TEST(words[x] == plan.windows[x].first - table.begin);
      BOOST_TEST(words[n + x] == plan.windows[x].count);
      for (index_t j = 0; j < plan.windows[x].count; ++j)
        BOOST_TEST(words[2 * n + std::size_t(j) * n + x] == plan.weights_of(index_t(x))[j]);
    }
  }
}

BOOST_AUTO_TEST_CASE(mirroring_turns_a_table_round) {
  const resample_table straight(30, 7, 0, 7, false, false);
  const resample_table mirrored(30, 7, 0, 7, false, true);

  for (std::size_t x = 0; x < 7; ++x) {
    BOOST_TEST(mirrored.first[x] == straight.first[6 - x]);
    BOOST_TEST(mirrored.count[x] == straight.count[6 - x]);
    for (std::size_t tap = 0; tap < straight.weights.size() / 7; ++tap)
      BOOST_TEST(mirrored.weights[7 * tap + x] == straight.weights[7 * tap + 6 - x]);
  }
}

BOOST_AUTO_TEST_SUITE_END()
