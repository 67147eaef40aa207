// SPDX-License-Identifier: MIT
//
// y = x W' + b with W (O, K) as PyTorch stores it, and the way back to the input, dx = dy W. The weights are
// frozen: from the host's memory they are packed for the device once, for one direction or both, and no gradient of
// them exists.
#ifndef COOP_NN_LINEAR_HPP
#define COOP_NN_LINEAR_HPP

#include <coop/nn/parameters.hpp>

#include <string>
#include <utility>
#include <vector>

namespace coop::nn {

/// Whether a layer is asked for gradients to its input, which costs a second packing of its weights. One that only goes
/// forward is kept in few bytes: it may be opened for a single picture. One that goes both ways learns for minutes.
enum class direction { forward_only, both };

/// A frozen affine map of rows.
template <Device D>
class linear {
  using T = typename D::scalar;

 public:
  linear() = default;

  /// `weight` (O, K) in host memory; `bias` (O) or empty. With op::transposed, `weight` is (K, O) as CLIP's
  /// projections are.
  linear(const D& device, view<const T, 2> weight, tensor<T, 1, D> bias, direction ways,
         op orientation = op::as_is)
      : forward_(device.freeze_from_host(weight, orientation == op::as_is ? op::transposed : op::as_is,
                                         rounding::allowed,
                                         ways == direction::both ? storage::fast : storage::compact)),
        bias_(std::move(bias)),
        device_(device) {
    if (ways == direction::both) {
      backward_ = device.freeze_from_host(weight, orientation, rounding::allowed);
    }
  }

  [[nodiscard]] index_t inputs() const { return forward_.inputs(); }
  [[nodiscard]] index_t outputs() const { return forward_.outputs(); }
  [[nodiscard]] std::size_t bytes() const { return forward_.bytes() + backward_.bytes() + bias_.bytes(); }

  /// y = x W' + b, or y + x W' + b, then `finish` over it (elementwise.hpp). x (rows, K), y (rows, O).
  template <class Finish = as_multiplied>
  void forward(view<const T, 2> x, view<T, 2> y, bool accumulate = false, const Finish& finish = {}) const {
    device_.multiply(x, forward_, bias_.empty() ? view<const T, 1>{} : bias_.view(), accumulate, y, finish);
  }

  /// dx = dy W, or dx + dy W, then `finish` over it. dy (rows, O), dx (rows, K).
  template <class Finish = as_multiplied>
  void backward(view<const T, 2> dy, view<T, 2> dx, bool accumulate = false,
                const Finish& finish = {}) const {
    device_.multiply(dy, backward_, view<const T, 1>{}, accumulate, dx, finish);
  }

 private:
  typename D::frozen forward_;
  typename D::frozen backward_;
  tensor<T, 1, D> bias_;
  D device_;
};

/// `<name>weight` (outputs, inputs) and `<name>bias` (outputs) of an archive as one layer.
template <Device D, class Archive>
linear<D> read_linear(const D& device, const Archive& archive, const std::string& weight,
                      const std::string& bias, index_t outputs, index_t inputs, direction ways) {
  const auto w = read_host_matrix<typename D::scalar>(archive, weight, outputs, inputs);
  return {device, w.view(), read_vector(device, archive, bias, outputs), ways};
}

/// The same as two layers: the first `rows` outputs, and the rest.
template <Device D, class Archive>
std::pair<linear<D>, linear<D>> read_split_linear(const D& device, const Archive& archive,
                                                  const std::string& weight, const std::string& bias,
                                                  index_t outputs, index_t inputs, index_t rows,
                                                  direction ways) {
  const auto w = read_host_matrix<typename D::scalar>(archive, weight, outputs, inputs);
  const std::vector<float> b = archive.read(bias, {outputs});
  const auto part = [&](index_t begin, index_t end) {
    return linear<D>(
        device, w.view().slice(begin, end),
        upload(device, std::vector<float>(b.begin() + begin, b.begin() + end), shape<1>{end - begin}), ways);
  };
  return {part(0, rows), part(rows, outputs)};
}

/// A projection without bias, `name` (inputs, outputs) as CLIP stores it.
template <Device D, class Archive>
linear<D> read_projection(const D& device, const Archive& archive, const std::string& name, index_t inputs,
                          index_t outputs, direction ways) {
  const auto w = read_host_matrix<typename D::scalar>(archive, name, inputs, outputs);
  return {device, w.view(), {}, ways, op::transposed};
}

}  // namespace coop::nn

#endif
