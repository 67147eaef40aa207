// SPDX-License-Identifier: MIT
//
// Rows to unit length, y = x / |x|, and the way back, dx = (dy - y (y . dy)) / |x|. No epsilon, as in CLIP.
#ifndef COOP_NN_NORMALIZE_HPP
#define COOP_NN_NORMALIZE_HPP

#include <coop/nn/row.hpp>

#include <cmath>

namespace coop::nn {

/// y <- x / |x|; norm(row) = |x| when `norm` has rows.
template <class T>
struct normalize_row {
  view<const T, 2> x;
  view<T, 2> y;
  view<T, 1> norm;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const T* in = x.row(row);
    T* out = y.row(row);
    const T length = std::sqrt(row_sum<T>(team, x.columns(), [=](index_t i) { return in[i] * in[i]; }));
    const T inverse = T(1) / length;
    row_each(team, x.columns(), [=](index_t i) { out[i] = in[i] * inverse; });
    if (norm.rows() && team.first() == 0) norm(row) = length;
  }
};

/// dx <- scale (dy - y (y . dy)) / |x| from the unit row y and the norm of x.
template <class T>
struct normalize_row_backward {
  view<const T, 2> y;
  view<const T, 1> norm;
  view<const T, 2> dy;
  view<T, 2> dx;
  T scale = T(1);  ///< what the result is multiplied by

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const T* unit = y.row(row);
    const T* d = dy.row(row);
    T* out = dx.row(row);
    const T along = row_sum<T>(team, y.columns(), [=](index_t i) { return unit[i] * d[i]; });
    const T inverse = scale / norm(row);
    row_each(team, y.columns(), [=](index_t i) { out[i] = (d[i] - unit[i] * along) * inverse; });
  }
};

}  // namespace coop::nn

#endif
