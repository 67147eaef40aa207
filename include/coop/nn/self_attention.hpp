// SPDX-License-Identifier: MIT
//
// Multi-head attention in which every query of a picture sees all positions of that picture: softmax(q k' /
// sqrt(head size)) v, heads being contiguous slices of the channels. Many queries are two products a head
// around a softmax of rows; few (a class token's, an attention pool's) are walked one by one. Forward only.
// Follows multi_head_attention without a mask in CLIP's model.py.
#ifndef COOP_NN_SELF_ATTENTION_HPP
#define COOP_NN_SELF_ATTENTION_HPP

#include <coop/nn/elementwise.hpp>
#include <coop/nn/row.hpp>
#include <coop/tensor/tensor.hpp>

#include <algorithm>
#include <cmath>

namespace coop::nn {

/// x <- softmax(scale x), row by row.
template <class T>
struct softmax_row {
  view<T, 2> x;
  T scale;  ///< before the softmax

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    constexpr index_t lanes = M::lanes;
    T* values = x.row(row);
    const index_t n = x.columns();
    T highest[lanes];
    for (index_t lane = 0; lane < lanes; ++lane) highest[lane] = T(-1e30);
    const index_t step = team.stride() * lanes;
    index_t i = team.first() * lanes;
    for (; i + lanes <= n; i += step) {
      for (index_t lane = 0; lane < lanes; ++lane) {
        const T value = values[i + lane];
        highest[lane] = value > highest[lane] ? value : highest[lane];
      }
    }
    for (index_t lane = 0; i + lane < n && lane < lanes; ++lane) {
      highest[lane] = values[i + lane] > highest[lane] ? values[i + lane] : highest[lane];
    }
    T top = highest[0];
    for (index_t lane = 1; lane < lanes; ++lane) top = highest[lane] > top ? highest[lane] : top;
    top = team.max(top);
    const T factor = scale;
    row_each(team, n, [=](index_t j) { values[j] = exponential(factor * (values[j] - top)); });
    team.sync();
    const T inverse = T(1) / row_sum<T>(team, n, [=](index_t j) { return values[j]; });
    row_each(team, n, [=](index_t j) { values[j] *= inverse; });
  }
};

/// One row is one query of one head: row = (picture * queries + query) * heads + head.
template <class T>
struct self_attention_row {
  view<const T, 2> q;  // (B * queries, W)
  view<const T, 2> k;  // (B * L, W)
  view<const T, 2> v;  // (B * L, W)
  index_t queries;     ///< positions that ask, of each picture
  index_t positions;   ///< positions that are asked, of each picture
  index_t heads;       ///< H
  view<T, 2> scores;   // (B * queries * heads, L) scratch
  view<T, 2> output;   // (B * queries, W)

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t asking = row / heads;
    const index_t size = q.columns() / heads;
    const index_t column = row % heads * size;
    const index_t first = asking / queries * positions;
    const T* query = q.row(asking) + column;
    T* p = scores.row(row);
    for (index_t j = team.first(); j < positions; j += team.stride()) {
      const T* key = k.row(first + j) + column;
      p[j] = sum_alone<T>(team, size, [=](index_t i) { return query[i] * key[i]; });
    }
    team.sync();
    softmax_row<T>{scores, T(1) / std::sqrt(T(size))}(team, row);
    team.sync();
    T* out = output.row(asking) + column;
    row_each(team, size, [=](index_t i) { out[i] = T(0); });
    for (index_t j = 0; j < positions; ++j) {
      const T share = p[j];
      const T* value = v.row(first + j) + column;
      row_each(team, size, [=](index_t i) { out[i] += share * value[i]; });
    }
  }
};

namespace detail {

/// The columns of one head and the rows of one picture: item = picture * heads + head.
template <class T>
struct head_slice {
  view<T, 2> all;  // (B * rows, W)
  index_t rows;
  index_t heads;

  view<T, 2> operator()(index_t item) const {
    const index_t size = all.columns() / heads;
    const index_t picture = item / heads;
    const index_t head = item % heads;
    return all.slice(picture * rows, (picture + 1) * rows).slice_columns(head * size, (head + 1) * size);
  }
};

}  // namespace detail

/// How many queries, positions and heads a picture has.
struct attention_extents {
  index_t pictures = 0;   ///< B
  index_t queries = 0;    ///< positions that ask
  index_t positions = 0;  ///< positions that are asked
  index_t heads = 0;      ///< H

  /// Numbers of scratch that self_attention() asks for.
  [[nodiscard]] std::size_t scratch() const {
    return std::size_t(pictures) * std::size_t(queries) * std::size_t(positions) * std::size_t(heads);
  }
};

/// output (B * queries, W) from q (B * queries, W), k and v (B * L, W).
template <Device D, class T = typename D::scalar>
void self_attention(const D& device, attention_extents e, view<const T, 2> q, view<const T, 2> k,
                    view<const T, 2> v, view<T, 1> scratch, view<T, 2> output) {
  COOP_ASSERT(q.rows() == e.pictures * e.queries && k.rows() == e.pictures * e.positions);
  COOP_ASSERT(scratch.size() >= e.scratch() && output.rows() == q.rows());
  const index_t rows = e.pictures * e.queries * e.heads;
  const view<T, 2> scores{scratch.data, shape<2>{rows, e.positions}};
  constexpr index_t few = 8;  // below, turning a head's keys and values round costs more than it saves
  if (e.queries < few) {
    device.for_each_row(rows,
                        self_attention_row<T>{q, k, v, e.queries, e.positions, e.heads, scores, output});
    return;
  }
  const index_t items = e.pictures * e.heads;
  const view<T, 3> of_heads{scratch.data, shape<3>{items, e.queries, e.positions}};
  const matrices_of<T> score_of{of_heads};
  const matrices_of<const T> share_of{of_heads};
  device.gemm_each(items, op::as_is, op::transposed, detail::head_slice<const T>{q, e.queries, e.heads},
                   detail::head_slice<const T>{k, e.positions, e.heads}, score_of);
  device.for_each_row(rows, softmax_row<T>{scores, T(1) / std::sqrt(T(q.columns() / e.heads))});
  device.gemm_each(items, op::as_is, op::as_is, share_of,
                   detail::head_slice<const T>{v, e.positions, e.heads},
                   detail::head_slice<T>{output, e.queries, e.heads});
}

}  // namespace coop::nn

#endif
