// SPDX-License-Identifier: MIT
#include <coop/data/detail/resampling.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(resampling_passes)

using coop::image;
using coop::image_view;
using coop::index_t;
using coop::instruction_set;
using coop::detail::resampling;

namespace {

/// Black, white, and what lies between: the sums reach beyond both ends.
image busy(index_t height, index_t width) {
  std::mt19937 random(std::uint32_t(31 * height + width));
  image picture(height, width);
  for (auto& sample : picture.pixels) {
    const auto draw = random() % 4;
    sample = draw == 0 ? 0 : draw == 1 ? 255 : static_cast<std::uint8_t>(random());
  }
  return picture;
}

std::vector<std::uint8_t> columns_of(image_view picture, const resampling& plan, instruction_set set) {
  const std::size_t row_bytes = 3 * plan.windows.size();
  std::vector<std::uint8_t> result(row_bytes * std::size_t(picture.height));
  coop::detail::resample_columns<3>(picture, plan, result.data(), row_bytes, set);
  return result;
}

std::vector<std::uint8_t> rows_of(image_view picture, const resampling& plan, index_t offset,
                                  instruction_set set) {
  const std::size_t row_bytes = 3 * std::size_t(picture.width);
  std::vector<std::uint8_t> result(row_bytes * plan.windows.size());
  coop::detail::resample_rows(picture.data, picture.stride, plan, offset, row_bytes, result.data(), set);
  return result;
}

constexpr index_t lengths[] = {1, 2, 3, 4, 5, 7, 11, 16, 33, 150};

}  // namespace

BOOST_AUTO_TEST_CASE(columns_are_the_same_by_every_instruction_set) {
  for (const index_t height : {1, 2, 3, 4, 5, 9}) {
    for (const index_t from : lengths) {
      const image picture = busy(height, from);
      for (const index_t to : lengths) {
        const resampling plan(from, to, to / 4, to);
        BOOST_TEST(columns_of(picture, plan, coop::best_instruction_set()) ==
                       columns_of(picture, plan, instruction_set::portable),
                   height << " rows, " << from << " columns to " << to);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(rows_are_the_same_by_every_instruction_set) {
  for (const index_t width : {1, 10, 11, 12, 21, 22, 30}) {  // from too few bytes for a vector to several
    for (const index_t from : lengths) {
      const image picture = busy(from, width);
      for (const index_t to : lengths) {
        const resampling plan(from, to, to / 3, to);
        const index_t offset = plan.windows.front().first;
        const image_view seen(picture.at(offset, 0), from - offset, width);
        BOOST_TEST(rows_of(seen, plan, offset, coop::best_instruction_set()) ==
                       rows_of(seen, plan, offset, instruction_set::portable),
                   width << " columns, " << from << " rows to " << to);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(rows_may_lie_apart_and_from_the_last_to_the_first) {
  const image picture = busy(9, 20);
  const resampling plan(12, 5, 0, 5);
  const image_view part(picture.at(0, 8), 9, 12, 60);  // its last row ends where the memory ends
  const image_view turned(picture.at(8, 8), 9, 12, -60);
  const auto upright = columns_of(part, plan, coop::best_instruction_set());
  const auto reversed = columns_of(turned, plan, coop::best_instruction_set());
  BOOST_TEST(upright == columns_of(part, plan, instruction_set::portable));
  for (std::size_t y = 0; y < 9; ++y) {
    BOOST_TEST(std::equal(&upright[15 * y], &upright[15 * y] + 15, &reversed[15 * (8 - y)]));
  }
}

BOOST_AUTO_TEST_CASE(weights_of_an_output_sum_to_one) {
  for (const auto& [from, to] : {std::pair<index_t, index_t>{500, 224}, {1600, 298}, {20, 224}, {1, 7}}) {
    const resampling plan(from, to, 0, to);
    for (index_t x = 0; x < to; ++x) {
      std::int64_t sum = 0;
      for (std::size_t j = 0; j < plan.taps; ++j) sum += plan.weights_of(x)[j];
      BOOST_TEST(std::abs(sum - (1 << resampling::fraction_bits)) <= std::int64_t(plan.taps));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
