// SPDX-License-Identifier: MIT
//
// Names in an archive -> layers of a tower. Names and shapes are OpenAI's state dict's; an inference batch
// norm, y = (x - mean) / sqrt(variance + 1e-5) * weight + bias, is folded into the convolution before it, in
// double, so that the fold costs no accuracy. The archive says which tensor of which file is missing or
// misshapen.
#ifndef COOP_CLIP_WEIGHTS_HPP
#define COOP_CLIP_WEIGHTS_HPP

#include <coop/error.hpp>
#include <coop/nn/convolution.hpp>
#include <coop/nn/transformer.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// Weight and bias of a convolution, as files have them: (O, K, side, side) and (O).
struct convolution_weights {
  std::vector<float> weight;  ///< (O, C, K, K), normalisation folded in
  std::vector<float> bias;    ///< (O)
};

/// Convolution `conv` and the batch norm `norm` after it as one convolution.
template <class Archive>
convolution_weights read_folded(const Archive& archive, const std::string& conv, const std::string& norm,
                                index_t outputs, index_t channels, index_t side) {
  convolution_weights folded{archive.read(conv + ".weight", {outputs, channels, side, side}),
                             archive.read(norm + ".bias", {outputs})};
  const auto gain = archive.read(norm + ".weight", {outputs});
  const auto mean = archive.read(norm + ".running_mean", {outputs});
  const auto variance = archive.read(norm + ".running_var", {outputs});
  const auto each = folded.weight.size() / std::size_t(outputs);
  for (std::size_t o = 0; o < std::size_t(outputs); ++o) {
    check<io_error>(variance[o] >= 0, [&] {
      return archive.path() + ": tensor '" + norm + ".running_var': expected variances, got " +
             std::to_string(variance[o]) + " in channel " + std::to_string(o);
    });
    const double factor = double(gain[o]) / std::sqrt(double(variance[o]) + 1e-5);
    for (std::size_t i = o * each; i < (o + 1) * each; ++i)
      folded.weight[i] = float(folded.weight[i] * factor);
    folded.bias[o] = float(folded.bias[o] - mean[o] * factor);
  }
  return folded;
}

/// The same, as a layer of device D.
template <Device D, class Archive>
nn::convolution<D> read_folded_convolution(const D& device, const Archive& archive, const std::string& conv,
                                           const std::string& norm, index_t outputs, index_t channels,
                                           nn::window kernel) {
  const auto folded = read_folded(archive, conv, norm, outputs, channels, kernel.side);
  return {device, folded.weight, folded.bias, outputs, channels, kernel};
}

/// Several affine maps of one input, one below the other in one layer.
template <Device D, class Archive>
nn::linear<D> read_stacked_linear(const D& device, const Archive& archive,
                                  const std::vector<std::string>& names, index_t outputs, index_t inputs) {
  const auto rows = index_t(names.size()) * outputs;
  nn::host_matrix<typename D::scalar> matrix(shape<2>{rows, inputs});
  std::vector<float> bias;
  auto* part = matrix.data();
  for (const auto& name : names) {
    nn::read_numbers(archive, name + ".weight", outputs, inputs, part);
    part += std::ptrdiff_t(outputs) * inputs;
    const auto b = archive.read(name + ".bias", {outputs});
    bias.insert(bias.end(), b.begin(), b.end());
  }
  return {device, matrix.view(), nn::upload(device, bias, shape<1>{rows}), nn::direction::forward_only};
}

}  // namespace coop

#endif
