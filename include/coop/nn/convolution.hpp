// SPDX-License-Identifier: MIT
//
// Convolution of pictures whose channels lie last, as patches times a matrix: a 1x1 convolution is the
// product itself; a larger one copies the patches of some output pixels at a time, few enough to stay in the
// caches, and multiplies them. A 3x3 one of step one goes Winograd's way where that is faster. Weights are
// frozen, an inference batch norm is folded into them when they are read, and there is no way back. Follows
// Conv2d, BatchNorm2d, ReLU and AvgPool2d as CLIP's ModifiedResNet uses them.
#ifndef COOP_NN_CONVOLUTION_HPP
#define COOP_NN_CONVOLUTION_HPP

#include <coop/device/pass_sizes.hpp>
#include <coop/nn/finish.hpp>
#include <coop/nn/linear.hpp>
#include <coop/nn/row.hpp>
#include <coop/nn/winograd.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace coop::nn {

/// Kernel side, step and border of a convolution; the border is zeros.
struct window {
  index_t side = 1;     ///< numbers
  index_t stride = 1;   ///< numbers
  index_t padding = 0;  ///< zeros at each border

  /// Output pixels along an axis of n input pixels.
  [[nodiscard]] constexpr index_t outputs(index_t n) const { return (n + 2 * padding - side) / stride + 1; }
};

/// patches(i, :) = the (side, side, channels) pixels under output pixel first + i, zeros beyond the border.
template <class T>
struct patch_row {
  view<const T, 4> pictures;  // (B, height, width, channels)
  window kernel;              ///< side, stride, padding
  index_t height;             // of the output
  index_t width;              ///< of the output
  index_t first;              ///< output pixel of the first patch
  view<T, 2> patches;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t channels = pictures.extent(3);
    const index_t pixel = first + row;
    const index_t x0 = pixel % width * kernel.stride - kernel.padding;
    const index_t y0 = pixel / width % height * kernel.stride - kernel.padding;
    const T* picture = pictures.row(pixel / (width * height));
    // The pixels of a kernel row that lie inside the picture are neighbours in memory.
    const index_t left = x0 < 0 ? -x0 : 0;
    const index_t over = x0 + kernel.side - pictures.extent(2);
    const index_t right = kernel.side - (over > 0 ? over : 0);
    T* target = patches.row(row);
    for (index_t y = y0; y < y0 + kernel.side; ++y, target += kernel.side * channels) {
      if (y < 0 || y >= pictures.extent(1)) {
        row_each(team, kernel.side * channels, [=](index_t i) { target[i] = T(0); });
        continue;
      }
      const T* source = picture + (std::ptrdiff_t(y) * pictures.extent(2) + x0 + left) * channels;
      T* inside = target + left * channels;
      T* beyond = target + right * channels;
      row_each(team, left * channels, [=](index_t i) { target[i] = T(0); });
      row_each(team, (right - left) * channels, [=](index_t i) { inside[i] = source[i]; });
      row_each(team, (kernel.side - right) * channels, [=](index_t i) { beyond[i] = T(0); });
    }
  }
};

/// x <- max(x, 0); what is no number stays.
template <class T>
struct relu_row {
  view<T, 2> x;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    (*this)(team, row, 0, x.columns());
  }
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row, index_t begin, index_t end) const {
    T* values = x.row(row) + begin;
    row_each(team, end - begin, [=](index_t i) { values[i] = values[i] < T(0) ? T(0) : values[i]; });
  }
};

/// One row is one output pixel: the mean of side x side input pixels, in steps of side.
template <class T>
struct average_pool_row {
  view<const T, 4> x;  // (B, height, width, channels)
  view<T, 4> y;        // (B, height / side, width / side, channels)
  index_t side;        ///< of the squares that are averaged

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t channels = x.extent(3);
    const index_t column = row % y.extent(2);
    const index_t line = row / y.extent(2) % y.extent(1);
    const index_t picture = row / (y.extent(2) * y.extent(1));
    const T* source = x.row(picture) + (std::ptrdiff_t(line) * x.extent(2) + column) * side * channels;
    const std::ptrdiff_t down = std::ptrdiff_t(x.extent(2)) * channels;
    const T share = T(1) / T(side * side);
    T* out = y.data + std::ptrdiff_t(row) * channels;
    const index_t across = side;
    const auto pixel = [=](index_t j) {
      const T* input = source + j / across * down + std::ptrdiff_t(j % across) * channels;
      return [=](index_t i) { return input[i]; };
    };
    sum_of_rows<T>(team, channels, across * across, pixel, [=](index_t i, T sum) { out[i] = sum * share; });
  }
};

/// y = the means of side x side pixels of x.
template <Device D, class T>
void average_pool(const D& device, view<const T, 4> x, index_t side, view<T, 4> y) {
  COOP_ASSERT(x.dense() && y.dense() && y.extent(1) == x.extent(1) / side &&
              y.extent(2) == x.extent(2) / side);
  device.for_each_row(y.extent(0) * y.extent(1) * y.extent(2), average_pool_row<T>{x, y, side});
}

/// The tile with which Winograd's way is the faster one for a convolution; 0: patches are. As measured: the more
/// channels, the more the products weigh against the mixing. Where tiles of four would ask for more than 32 MiB of mixed
/// weights, one picture waits for them longer than it multiplies, and tiles of two lose little with many pictures.
constexpr index_t winograd_tile(index_t outputs, index_t channels, window kernel,
                                const pass_sizes& sizes = {}) {
  if (kernel.side != 3 || kernel.stride != 1 || kernel.padding != 1) return 0;
  if (sizes.tiled_channels == 0 || std::min(channels, outputs) < sizes.tiled_channels) return 0;
  return std::int64_t(36 * sizeof(float)) * channels * outputs > (32 << 20) ? 2 : 4;
}

/// A frozen convolution with bias.
template <Device D>
class convolution {
  using T = typename D::scalar;

 public:
  convolution() = default;

  /// `weight` (O, K, side, side) as files have it, row-major; `bias` (O) or empty.
  convolution(const D& device, const std::vector<float>& weight, const std::vector<float>& bias,
              index_t outputs, index_t channels, window kernel)
      : convolution(device, weight, bias, outputs, channels, kernel,
                    winograd_tile(outputs, channels, kernel, passes_of(device))) {}
  /// The same with a tile of the caller's choice, 0 for patches.
  convolution(const D& device, const std::vector<float>& weight, const std::vector<float>& bias,
              index_t outputs, index_t channels, window kernel, index_t tile)
      : kernel_(kernel), channels_(channels), outputs_(outputs), device_(device) {
    const index_t area = kernel.side * kernel.side;
    COOP_ASSERT(weight.size() == std::size_t(outputs) * std::size_t(channels) * std::size_t(area));
    if (tile > 0) {
      COOP_ASSERT(kernel.side == 3 && kernel.stride == 1 && kernel.padding == 1);
      tiles_ = winograd<D>(device, weight, bias, outputs, channels, tile);
      return;
    }
    std::vector<T> channels_last(weight.size());  // (O, side, side, K)
    for (index_t o = 0; o < outputs; ++o) {
      const std::size_t begin = std::size_t(o) * std::size_t(channels) * std::size_t(area);
      for (index_t c = 0; c < channels; ++c) {
        for (index_t i = 0; i < area; ++i) {
          channels_last[begin + std::size_t(i * channels + c)] = T(weight[begin + std::size_t(c * area + i)]);
        }
      }
    }
    const view<const T, 2> matrix{channels_last.data(), shape<2>{outputs, area * channels}};
    tensor<T, 1, D> shift;
    if (!bias.empty()) shift = upload(device, bias, shape<1>{outputs});
    product_ = linear<D>(device, matrix, std::move(shift), direction::forward_only);
  }

  [[nodiscard]] index_t outputs() const { return outputs_; }
  /// Extents of the layer: channels of its input and its window.
  [[nodiscard]] index_t channels() const { return channels_; }
  [[nodiscard]] const window& kernel() const { return kernel_; }

  /// Numbers of scratch that forward() asks for; none where the convolution is a product.
  [[nodiscard]] std::size_t scratch() const {
    if (!tiles_.empty()) return tiles_.scratch();
    if (is_product()) return 0;
    return std::size_t(rows_at_once()) * std::size_t(product_.inputs());
  }

  /// y (B, height', width', O) from x (B, height, width, K), both dense.
  void forward(view<const T, 4> x, view<T, 4> y, finish then, view<T, 1> scratch) const {
    COOP_ASSERT(x.dense() && y.dense() && x.extent(3) == channels_ && y.extent(3) == outputs_);
    COOP_ASSERT(y.extent(1) == kernel_.outputs(x.extent(1)) && y.extent(2) == kernel_.outputs(x.extent(2)));
    if (!tiles_.empty()) return tiles_.forward(x, y, then, scratch);
    const index_t pixels = y.extent(0) * y.extent(1) * y.extent(2);
    const auto out = reshape(y, shape<2>{pixels, outputs_});
    if (is_product()) return multiply(reshape(x, shape<2>{pixels, channels_}), out, then);
    for (index_t begin = 0; begin < pixels; begin += rows_at_once()) {
      const index_t end = std::min(pixels, begin + rows_at_once());
      const view<T, 2> patches{scratch.data, shape<2>{end - begin, product_.inputs()}};
      COOP_ASSERT(patches.size() <= scratch.size());
      device_.for_each_row(end - begin, patch_row<T>{x, kernel_, y.extent(1), y.extent(2), begin, patches});
      multiply(patches, out.slice(begin, end), then);
    }
  }

 private:
  [[nodiscard]] bool is_product() const {
    return kernel_.side == 1 && kernel_.stride == 1 && kernel_.padding == 0;
  }

  void multiply(view<const T, 2> rows, view<T, 2> out, finish then) const {
    if (then == finish::plain) {
      product_.forward(rows, out);
    } else {
      product_.forward(rows, out, then == finish::added_and_rectified, relu_row<T>{out});
    }
  }

  /// Output pixels between two looks at the same cache lines.
  [[nodiscard]] index_t rows_at_once() const {
    const std::int64_t cache = passes_of(device_).patch_bytes;
    constexpr index_t granule = 112;  // a multiple of every tile height of the CPU's kernels
    const std::ptrdiff_t row = std::ptrdiff_t(sizeof(T)) * std::max(product_.inputs(), outputs_);
    return std::max<index_t>(4, index_t(cache / row) / granule) * granule;
  }

  window kernel_;
  index_t channels_ = 0;
  index_t outputs_ = 0;
  linear<D> product_;
  winograd<D> tiles_;  // or empty: then the product of patches
  D device_;
};

}  // namespace coop::nn

#endif
