// SPDX-License-Identifier: MIT
//
// Rows by table.
#include <coop/nn/embedding.hpp>

#include <coop/device/cpu.hpp>

#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

BOOST_AUTO_TEST_SUITE(embedding)

using namespace coop;
using tests::as_matrix;
using tests::as_vector;

namespace {

const std::vector<float> rows{1, 2, 3, 4, 5, 6};  // (3, 2)

}  // namespace

BOOST_AUTO_TEST_CASE(gather_copies_rows_in_the_order_of_the_table_repeats_included) {
  const device::cpu device;
  const std::vector<index_t> table{2, 0, 2};
  std::vector<float> to(6);

  device.for_each_row(3, nn::gather_row<float>{as_vector(table), as_matrix(rows, 3, 2), as_matrix(to, 3, 2)});

  BOOST_TEST(to == (std::vector<float>{5, 6, 1, 2, 5, 6}));
}

BOOST_AUTO_TEST_CASE(scatter_puts_rows_where_the_table_says_and_leaves_the_others) {
  const device::cpu device;
  const std::vector<index_t> table{2, 0};
  std::vector<float> to(6, 9.0f);

  device.for_each_row(2,
                      nn::scatter_row<float>{as_vector(table), as_matrix(rows, 3, 2), as_matrix(to, 3, 2)});

  BOOST_TEST(to == (std::vector<float>{3, 4, 9, 9, 1, 2}));
}

BOOST_AUTO_TEST_CASE(scatter_undoes_gather) {
  const device::cpu device;
  const std::vector<index_t> table{1, 2, 0};
  std::vector<float> gathered(6);
  std::vector<float> back(6);

  device.for_each_row(
      3, nn::gather_row<float>{as_vector(table), as_matrix(rows, 3, 2), as_matrix(gathered, 3, 2)});
  device.for_each_row(3, nn::scatter_row<float>{as_vector(table), as_matrix(std::as_const(gathered), 3, 2),
                                                as_matrix(back, 3, 2)});

  BOOST_TEST(back == rows);
}

BOOST_AUTO_TEST_CASE(move_takes_rows_from_one_table_to_another) {
  const device::cpu device;
  const std::vector<index_t> from{2, 2};
  const std::vector<index_t> into{0, 3};
  std::vector<float> to(8);

  device.for_each_row(
      2, nn::move_row<float>{as_vector(from), as_vector(into), as_matrix(rows, 3, 2), as_matrix(to, 4, 2)});

  BOOST_TEST(to == (std::vector<float>{5, 6, 0, 0, 0, 0, 5, 6}));
}

BOOST_AUTO_TEST_CASE(listed_rows_are_summed_and_an_empty_list_gives_zero) {
  const device::cpu device;
  const std::vector<index_t> offset{0, 2, 2, 3};
  const std::vector<index_t> list{0, 2, 1};
  std::vector<float> to(6, 100.0f);

  device.for_each_row(3, nn::gather_sum_row<float>{as_vector(offset), as_vector(list), as_matrix(rows, 3, 2),
                                                   as_matrix(to, 3, 2), false});
  BOOST_TEST(to == (std::vector<float>{6, 8, 0, 0, 3, 4}));

  device.for_each_row(3, nn::gather_sum_row<float>{as_vector(offset), as_vector(list), as_matrix(rows, 3, 2),
                                                   as_matrix(to, 3, 2), true});
  BOOST_TEST(to == (std::vector<float>{12, 16, 0, 0, 6, 8}));
}

BOOST_AUTO_TEST_SUITE_END()
