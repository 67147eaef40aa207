// SPDX-License-Identifier: MIT
//
// Layer normalisation of rows: y = (x - mean) / sqrt(variance + 1e-5) * weight + bias with the biased
// variance, and the way back to the input. Follows LayerNorm in CLIP's model.py (Ba et al., 2016).
#ifndef COOP_NN_LAYER_NORM_HPP
#define COOP_NN_LAYER_NORM_HPP

#include <coop/nn/parameters.hpp>
#include <coop/nn/row.hpp>

#include <cmath>
#include <utility>

namespace coop::nn {

/// y <- normalised x; keeps (mean, 1/deviation) a row when `moments` has rows.
template <class T>
struct layer_norm_row {
  view<const T, 2> x;
  view<const T, 1> weight;
  view<const T, 1> bias;
  view<T, 2> y;
  view<T, 2> moments;  // (rows, 2) or empty

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t n = x.columns();
    const T* in = x.row(row);
    const T* w = weight.data;
    const T* b = bias.data;
    T* out = y.row(row);
    const T mean = row_sum<T>(team, n, [=](index_t i) { return in[i]; }) / T(n);
    const T variance = row_sum<T>(team, n, [=](index_t i) { return (in[i] - mean) * (in[i] - mean); }) / T(n);
    const T inverse = T(1) / std::sqrt(variance + T(1e-5));
    row_each(team, n, [=](index_t i) { out[i] = (in[i] - mean) * inverse * w[i] + b[i]; });
    if (moments.rows() && team.first() == 0) {
      moments(row, 0) = mean;
      moments(row, 1) = inverse;
    }
  }
};

/// dx <- dx + (d(y)/d(x))' dy, from x and its moments.
template <class T>
struct layer_norm_row_backward {
  view<const T, 2> dy;
  view<const T, 2> x;
  view<const T, 2> moments;
  view<const T, 1> weight;
  view<T, 2> dx;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t n = x.columns();
    const T* d = dy.row(row);
    const T* in = x.row(row);
    const T* w = weight.data;
    T* out = dx.row(row);
    const T mean = moments(row, 0);
    const T inverse = moments(row, 1);
    const T a = row_sum<T>(team, n, [=](index_t i) { return d[i] * w[i]; }) / T(n);
    const T b =
        row_sum<T>(team, n, [=](index_t i) { return d[i] * w[i] * ((in[i] - mean) * inverse); }) / T(n);
    row_each(team, n,
             [=](index_t i) { out[i] += inverse * (d[i] * w[i] - a - (in[i] - mean) * inverse * b); });
  }
};

/// Frozen scale and shift of a layer normalisation.
template <Device D>
class layer_norm {
  using T = typename D::scalar;

 public:
  layer_norm() = default;
  /// Scale (W) and shift (W), on the device.
  layer_norm(const D& device, tensor<T, 1, D> weight, tensor<T, 1, D> bias)
      : weight_(std::move(weight)), bias_(std::move(bias)), device_(device) {}

  /// y = norm(x). `moments` (rows, 2) keeps what backward needs; leave it empty where no gradient is wanted.
  void forward(view<const T, 2> x, view<T, 2> y, view<T, 2> moments = {}) const {
    device_.for_each_row(x.rows(), layer_norm_row<T>{x, weight_.view(), bias_.view(), y, moments});
  }

  /// dx += d(norm)/dx' dy.
  void backward(view<const T, 2> dy, view<const T, 2> x, view<const T, 2> moments, view<T, 2> dx) const {
    device_.for_each_row(x.rows(), layer_norm_row_backward<T>{dy, x, moments, weight_.view(), dx});
  }

 private:
  tensor<T, 1, D> weight_;
  tensor<T, 1, D> bias_;
  D device_;
};

/// `<name>.weight` and `<name>.bias` of an archive.
template <Device D, class Archive>
layer_norm<D> read_layer_norm(const D& device, const Archive& archive, const std::string& name,
                              index_t width) {
  return {device, read_vector(device, archive, name + ".weight", width),
          read_vector(device, archive, name + ".bias", width)};
}

}  // namespace coop::nn

#endif
