// SPDX-License-Identifier: MIT
//
// Borrowed arrays: where an index lands, and what slices and reshapes share with the whole.
#include <coop/tensor/view.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>
#include <type_traits>
#include <vector>

using namespace coop;

namespace {

struct counted {
  std::vector<int> values = std::vector<int>(24);
  counted() { std::iota(values.begin(), values.end(), 0); }
};

template <class From, class To>
concept ConvertsTo = std::is_convertible_v<From, To>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(view_of_an_array, counted)

BOOST_AUTO_TEST_CASE(the_last_axis_runs_fastest) {
  const view<int, 2> matrix{values.data(), {4, 6}};
  const view<int, 3> block{values.data(), {2, 3, 4}};

  BOOST_TEST(matrix(1, 2) == 8);
  BOOST_TEST(block(1, 2, 3) == 23);
  BOOST_TEST(matrix.stride == 6);
  BOOST_TEST(block.stride == 12);
}

BOOST_AUTO_TEST_CASE(a_stride_leaves_out_what_is_between_rows) {
  const view<int, 2> matrix{values.data(), {4, 2}, 6};

  BOOST_TEST(matrix(3, 1) == 19);
  BOOST_TEST(matrix.row(2) == values.data() + 12);
  BOOST_TEST(!matrix.dense());
}

BOOST_AUTO_TEST_CASE(a_slice_of_rows_begins_at_its_first_and_keeps_the_stride) {
  const auto rows = view<int, 2>{values.data(), {4, 6}}.slice(1, 3);

  BOOST_TEST(rows.rows() == 2);
  BOOST_TEST(rows(0, 0) == 6);
  BOOST_TEST(rows.dense());
}

BOOST_AUTO_TEST_CASE(a_slice_of_columns_is_a_view_and_not_dense) {
  const auto columns = view<int, 2>{values.data(), {4, 6}}.slice_columns(2, 5);

  BOOST_TEST(columns.columns() == 3);
  BOOST_TEST(columns(3, 2) == 22);
  BOOST_TEST(!columns.dense());
}

BOOST_AUTO_TEST_CASE(slices_of_slices_land_where_the_whole_has_them) {
  const auto part = view<int, 2>{values.data(), {4, 6}}.slice_columns(1, 5).slice(2, 4).slice_columns(1, 3);

  BOOST_TEST(part(1, 1) == 18 + 3);
}

BOOST_AUTO_TEST_CASE(a_part_of_the_first_axis_has_one_axis_less) {
  const auto part = view<int, 3>{values.data(), {2, 3, 4}}.at(1);

  static_assert(std::is_same_v<decltype(part), const view<int, 2>>);
  BOOST_TEST(part(2, 0) == 20);
}

BOOST_AUTO_TEST_CASE(writing_through_a_view_changes_the_array) {
  view<int, 2>{values.data(), {4, 6}}.slice_columns(5, 6)(0, 0) = -1;

  BOOST_TEST(values[5] == -1);
}

BOOST_AUTO_TEST_CASE(a_view_reads_as_a_view_of_const_and_never_the_other_way) {
  static_assert(ConvertsTo<view<int, 2>, view<const int, 2>>);
  static_assert(!ConvertsTo<view<const int, 2>, view<int, 2>>);
  const view<const int, 2> constant = view<int, 2>{values.data(), {4, 2}, 6};

  BOOST_TEST(constant(3, 1) == 19);
}

BOOST_AUTO_TEST_CASE(a_reshape_shares_the_elements) {
  const auto flat = reshape(view<int, 3>{values.data(), {2, 3, 4}}, shape<2>{6, 4});

  BOOST_TEST(flat(5, 3) == 23);
  BOOST_TEST(flat.data == values.data());
}

BOOST_AUTO_TEST_CASE(a_default_view_has_no_rows) {
  const view<const float, 2> nothing;

  BOOST_TEST(nothing.rows() == 0);
  BOOST_TEST(nothing.size() == 0u);
  BOOST_TEST(nothing.data == nullptr);
}

BOOST_AUTO_TEST_CASE(views_are_plain_values_for_kernels) {
  static_assert(std::is_trivially_copyable_v<view<float, 3>>);
  BOOST_TEST((std::is_trivially_copyable_v<view<const float, 1>>));
}

BOOST_AUTO_TEST_SUITE_END()
