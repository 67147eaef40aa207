// SPDX-License-Identifier: MIT
//
// Rows by table: gather copies rows of a matrix to where a table says, a scatter that adds is its way back.
#ifndef COOP_NN_EMBEDDING_HPP
#define COOP_NN_EMBEDDING_HPP

#include <coop/nn/row.hpp>

namespace coop::nn {

/// to(i, :) = from(table(i), :).
template <class T>
struct gather_row {
  view<const index_t, 1> table;
  view<const T, 2> from;
  view<T, 2> to;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const T* source = from.row(table(row));
    T* target = to.row(row);
    row_each(team, to.columns(), [=](index_t i) { target[i] = source[i]; });
  }
};

/// to(table(i), :) = [to +] from(i, :); the table names each row at most once.
template <class T>
struct scatter_row {
  view<const index_t, 1> table;
  view<const T, 2> from;
  view<T, 2> to;
  bool accumulate = false;  ///< add to what is there

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const T* source = from.row(row);
    T* target = to.row(table(row));
    if (accumulate) return row_each(team, to.columns(), [=](index_t i) { target[i] += source[i]; });
    row_each(team, to.columns(), [=](index_t i) { target[i] = source[i]; });
  }
};

/// to(to_row(i), :) = from(from_row(i), :); the rows of `to` are named at most once each.
template <class T>
struct move_row {
  view<const index_t, 1> from_row;
  view<const index_t, 1> to_row;
  view<const T, 2> from;
  view<T, 2> to;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t i) const {
    const T* source = from.row(from_row(i));
    T* target = to.row(to_row(i));
    row_each(team, to.columns(), [=](index_t j) { target[j] = source[j]; });
  }
};

/// to(r, :) = [to +] the sum of from(i, :) over the i listed for row r. The lists stand one behind the other,
/// so that each sum has one owner and one order.
template <class T>
struct gather_sum_row {
  view<const index_t, 1> offset;  // (rows + 1)
  view<const index_t, 1> list;    // (offset.back())
  view<const T, 2> from;
  view<T, 2> to;
  bool accumulate;  ///< add to what is there

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    T* target = to.row(row);
    if (!accumulate) row_each(team, to.columns(), [=](index_t i) { target[i] = T(0); });
    for (index_t j = offset(row); j < offset(row + 1); ++j) {
      const T* source = from.row(list(j));
      row_each(team, to.columns(), [=](index_t i) { target[i] += source[i]; });
    }
  }
};

}  // namespace coop::nn

#endif
