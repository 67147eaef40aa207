// SPDX-License-Identifier: MIT
//
// A 3x3 convolution of step one with fewer products. Output is cut into tiles of m x m pixels; the m + 2 by m + 2
// input pixels that a tile sees are mixed by B', the channels of every mixed pixel are multiplied by a matrix of its
// own, and what comes out is mixed back by A'. So a tile costs (m + 2)^2 products where patches cost 9 m^2: 16 for 36
// with m = 2, 36 for 144 with m = 4. Weights are mixed once, in double. The price is rounding: sums in another order
// and mixed numbers somewhat larger than pixels, see the unit test for how much.
//
// The scheme is Winograd's; the tiles follow Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
// CVPR 2016. The matrices are those of Cook and Toom for the points 0, +-a, +-b and infinity; a^2 = 1/2 and b^2 = 2
// keep mixed numbers smaller than the usual 1 and 4 do.
#ifndef COOP_NN_WINOGRAD_HPP
#define COOP_NN_WINOGRAD_HPP

#include <coop/device/pass_sizes.hpp>
#include <coop/nn/finish.hpp>
#include <coop/nn/parameters.hpp>
#include <coop/nn/row.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace coop::nn {

/// Which of a tile's pixels along a line: a number that is a type.
template <index_t K>
using winograd_place = std::integral_constant<index_t, K>;

/// How lines of m + 2 numbers are mixed: `into` is B', `back` is A', `weights` are the rows of G. Every number has a name
/// of its own, and not a place in an array: only so do compilers keep them in vector registers.
template <index_t Tile>
struct winograd_mixing;

/// Tiles of 2 x 2 outputs; the points are 0, 1, -1.
template <>
struct winograd_mixing<2> {
  static constexpr index_t side = 4;  ///< numbers in a line of a tile's input
  /// The rows of G.
  static constexpr double weights[side][3] = {{-1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

  /// to[j * between](:) = row j of B' times the lines from[0 ... side)(:), n numbers each; the ends may be the same.
  template <class M, class T>
  COOP_HOST_DEVICE static void into(const M& team, index_t n, const T* const (&from)[side], T* to,
                                    std::ptrdiff_t between) {
    const T *a0 = from[0], *a1 = from[1], *a2 = from[2], *a3 = from[3];
    T *b0 = to, *b1 = to + between, *b2 = b1 + between, *b3 = b2 + between;
    row_each(team, n, [=](index_t i) {
      const T d0 = a0[i], d1 = a1[i], d2 = a2[i], d3 = a3[i];
      b0[i] = d2 - d0;
      b1[i] = d2 + d1;
      b2[i] = d2 - d1;
      b3[i] = d3 - d1;
    });
  }
  /// put(i, row k of A' times the lines (from + j * between)(i), k) for i in [0, n), k in [0, Wide).
  template <index_t Wide, class M, class T, class Put>
  COOP_HOST_DEVICE static void back(const M& team, index_t n, const T* from, std::ptrdiff_t between,
                                    const Put& put) {
    const T *a0 = from, *a1 = a0 + between, *a2 = a1 + between, *a3 = a2 + between;
    row_each(team, n, [=](index_t i) {
      const T m0 = a0[i], m1 = a1[i], m2 = a2[i], m3 = a3[i];
      put(i, m0 + (m1 + m2), winograd_place<0>{});
      if constexpr (Wide > 1) put(i, (m1 - m2) + m3, winograd_place<1>{});
    });
  }
};

/// Tiles of 4 x 4 outputs; the points are 0, +-a, +-b.
template <>
struct winograd_mixing<4> {
  static constexpr index_t side = 6;                   ///< numbers in a line of a tile's input
  static constexpr double a = 0.70710678118654752440;  ///< sqrt(1/2)
  static constexpr double b = 1.41421356237309504880;  ///< sqrt(2)
  // A point's row is (1, p, p^2) over the product of its distances from the others.
  /// The rows of G.
  static constexpr double weights[side][3] = {{1, 0, 0},
                                              {-2.0 / 3, -2.0 / 3 * a, -1.0 / 3},
                                              {-2.0 / 3, 2.0 / 3 * a, -1.0 / 3},
                                              {1.0 / 6, 1.0 / 6 * b, 1.0 / 3},
                                              {1.0 / 6, -1.0 / 6 * b, 1.0 / 3},
                                              {0, 0, 1}};

  /// One line of the input's transform: B' d, for n channels.
  template <class M, class T>
  COOP_HOST_DEVICE static void into(const M& team, index_t n, const T* const (&from)[side], T* to,
                                    std::ptrdiff_t between) {
    const T *a0 = from[0], *a1 = from[1], *a2 = from[2], *a3 = from[3], *a4 = from[4], *a5 = from[5];
    T *b0 = to, *b1 = b0 + between, *b2 = b1 + between, *b3 = b2 + between, *b4 = b3 + between,
      *b5 = b4 + between;
    row_each(team, n, [=](index_t i) {
      const T d0 = a0[i], d1 = a1[i], d2 = a2[i], d3 = a3[i], d4 = a4[i], d5 = a5[i];
      const T near = d4 - T(2) * d2;
      const T near_odd = T(a) * (d3 - T(2) * d1);
      const T far = d4 - T(0.5) * d2;
      const T far_odd = T(b) * (d3 - T(0.5) * d1);
      b0[i] = (d0 + d4) - T(2.5) * d2;
      b1[i] = near + near_odd;
      b2[i] = near - near_odd;
      b3[i] = far + far_odd;
      b4[i] = far - far_odd;
      b5[i] = (d1 + d5) - T(2.5) * d3;
    });
  }
  /// One line of the output's transform: A' m, for n channels.
  template <index_t Wide, class M, class T, class Put>
  COOP_HOST_DEVICE static void back(const M& team, index_t n, const T* from, std::ptrdiff_t between,
                                    const Put& put) {
    const T *a0 = from, *a1 = a0 + between, *a2 = a1 + between, *a3 = a2 + between, *a4 = a3 + between,
            *a5 = a4 + between;
    row_each(team, n, [=](index_t i) {
      const T m1 = a1[i], m2 = a2[i], m3 = a3[i], m4 = a4[i];
      const T near = m1 + m2;
      const T near_odd = m1 - m2;
      const T far = m3 + m4;
      const T far_odd = m3 - m4;
      put(i, a0[i] + (near + far), winograd_place<0>{});
      if constexpr (Wide > 1) put(i, T(a) * near_odd + T(b) * far_odd, winograd_place<1>{});
      if constexpr (Wide > 2) put(i, T(0.5) * near + T(2) * far, winograd_place<2>{});
      if constexpr (Wide > 3) put(i, T(0.5 * a) * near_odd + T(2 * b) * far_odd + a5[i], winograd_place<3>{});
    });
  }
};

/// Channels that are mixed at a time: the numbers of a tile stay in the first-level cache between the two ways.
inline constexpr index_t winograd_strip = 64;

/// One row is one tile: its pixels, zeros beyond the border, mixed along both axes. Number (v, u) of tile i is the
/// channels at mixed + (v * side + u) * plane + i * channels.
template <index_t Tile, class T>
struct winograd_into_row {
  using mixing = winograd_mixing<Tile>;          ///< how lines are mixed
  static constexpr index_t side = mixing::side;  ///< of a tile's input
  view<const T, 4> x;                            // (B, height, width, channels)
  index_t across;                                // tiles of a line
  index_t down;                                  // lines of tiles
  index_t first;                                 ///< tile of the first row
  const T* zeros;                                // winograd_strip of them
  T* mixed;                                      ///< side * side planes of (tiles, C)
  std::ptrdiff_t plane;                          ///< numbers from a plane to the next

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t tile = first + row;
    const index_t channels = x.extent(3);
    const index_t x0 = tile % across * Tile - 1;
    const index_t y0 = tile / across % down * Tile - 1;
    const T* picture = x.row(tile / (across * down));
    for (index_t begin = 0; begin < channels; begin += winograd_strip) {
      const index_t n = channels - begin < winograd_strip ? channels - begin : winograd_strip;
      T* target = mixed + std::ptrdiff_t(row) * channels + begin;
      const T* from[side];
      for (index_t u = 0; u < side; ++u) {
        const bool outside = x0 + u < 0 || x0 + u >= x.extent(2);
        for (index_t v = 0; v < side; ++v) {
          const bool zero = outside || y0 + v < 0 || y0 + v >= x.extent(1);
          from[v] =
              zero ? zeros : picture + (std::ptrdiff_t(y0 + v) * x.extent(2) + x0 + u) * channels + begin;
        }
        mixing::into(team, n, from, target + u * plane, side * plane);
      }
      for (index_t v = 0; v < side; ++v) {
        T* line = target + v * side * plane;
        for (index_t u = 0; u < side; ++u) from[u] = line + u * plane;
        mixing::into(team, n, from, line, plane);
      }
    }
  }
};

/// One row is one tile: the products, placed as winograd_into_row's numbers are, mixed back, plus bias, finished.
template <index_t Tile, class T>
struct winograd_back_row {
  using mixing = winograd_mixing<Tile>;          ///< how lines are mixed
  static constexpr index_t side = mixing::side;  ///< of a tile's input
  T* mixed;                                      ///< side * side planes of (tiles, O)
  std::ptrdiff_t plane;                          ///< numbers from a plane to the next
  index_t across;                                ///< tiles in a row
  index_t down;                                  ///< tiles in a column
  index_t first;                                 ///< tile of the first row
  const T* bias;                                 ///< (O), or nothing
  finish then;                                   ///< what becomes of a finished row
  view<T, 4> y;                                  // (B, height, width, channels)

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t tile = first + row;
    const index_t channels = y.extent(3);
    const index_t x0 = tile % across * Tile;
    const index_t y0 = tile / across % down * Tile;
    T* picture = y.row(tile / (across * down));
    const index_t high = y.extent(1) - y0 < Tile ? y.extent(1) - y0 : Tile;
    const index_t wide = y.extent(2) - x0 < Tile ? y.extent(2) - x0 : Tile;
    for (index_t begin = 0; begin < channels; begin += winograd_strip) {
      const index_t n = channels - begin < winograd_strip ? channels - begin : winograd_strip;
      T* source = mixed + std::ptrdiff_t(row) * channels + begin;
      for (index_t u = 0; u < side; ++u) {
        T* line = source + u * plane;
        T *t0 = line, *t1 = t0 + side * plane, *t2 = t1 + side * plane, *t3 = t2 + side * plane;
        mixing::template back<Tile>(team, n, line, side * plane,
                                    [=](index_t i, T value, auto k) { pick(k, t0, t1, t2, t3)[i] = value; });
      }
      for (index_t v = 0; v < high; ++v) {
        const T* line = source + v * side * plane;
        T* pixels = picture + (std::ptrdiff_t(y0 + v) * y.extent(2) + x0) * channels + begin;
        if (wide == Tile) {
          write<Tile>(team, n, line, bias + begin, pixels);
        } else if (wide == 3) {
          write<(Tile < 3 ? Tile : 3)>(team, n, line, bias + begin, pixels);
        } else if (wide == 2) {
          write<2>(team, n, line, bias + begin, pixels);
        } else {
          write<1>(team, n, line, bias + begin, pixels);
        }
      }
    }
  }

 private:
  template <index_t K>
  COOP_HOST_DEVICE static T* pick(winograd_place<K>, T* t0, T* t1, T* t2, T* t3) {
    return K == 0 ? t0 : K == 1 ? t1 : K == 2 ? t2 : t3;
  }

  /// The first `Wide` pixels of a line of a tile.
  template <index_t Wide, class M>
  COOP_HOST_DEVICE void write(const M& team, index_t n, const T* line, const T* shift, T* pixels) const {
    if (then == finish::added_and_rectified) {
      write<Wide, true>(team, n, line, shift, pixels, T(0));
    } else {
      write<Wide, false>(team, n, line, shift, pixels, then == finish::plain ? below_all<T> : T(0));
    }
  }
  template <index_t Wide, bool Add, class M>
  COOP_HOST_DEVICE void write(const M& team, index_t n, const T* line, const T* shift, T* pixels,
                              T least) const {
    const index_t channels = y.extent(3);
    T *t0 = pixels, *t1 = t0 + channels, *t2 = t1 + channels, *t3 = t2 + channels;
    mixing::template back<Wide>(team, n, line, plane, [=](index_t i, T value, auto k) {
      T* pixel = pick(k, t0, t1, t2, t3);
      value += shift[i];
      if constexpr (Add) value += pixel[i];
      pixel[i] = value < least ? least : value;  // and so NaN stays
    });
  }
};

namespace detail {

/// Index i to the i-th of many frozen matrices.
template <class Frozen>
struct one_of {
  const Frozen* all;
  const Frozen& operator()(index_t i) const { return all[i]; }
};

}  // namespace detail

/// A frozen 3x3 convolution of step one and border one, with bias.
template <Device D>
class winograd {
  using T = typename D::scalar;

 public:
  winograd() = default;

  /// `weight` (O, K, 3, 3) as files have it, row-major; `bias` (O) or empty; `tile` is 2 or 4.
  winograd(const D& device, const std::vector<float>& weight, const std::vector<float>& bias, index_t outputs,
           index_t channels, index_t tile)
      : tile_(tile), channels_(channels), outputs_(outputs), device_(device) {
    COOP_ASSERT(tile == 2 || tile == 4);
    COOP_ASSERT(weight.size() == std::size_t(outputs) * std::size_t(channels) * 9);
    if (tile == 2) {
      freeze<2>(weight);
    } else {
      freeze<4>(weight);
    }
    bias_ = upload(device, bias.empty() ? std::vector<float>(std::size_t(outputs)) : bias, shape<1>{outputs});
    zeros_ = tensor<T, 1, D>(device, shape<1>{winograd_strip});
    device.fill(zeros_.view(), T(0));
  }

  /// Outputs of a tile's side, 2 or 4.
  [[nodiscard]] index_t tile() const { return tile_; }
  /// Whether it was not read yet.
  [[nodiscard]] bool empty() const { return matrices_.empty(); }

  /// Numbers of scratch that forward() asks for.
  [[nodiscard]] std::size_t scratch() const {
    return std::size_t(tiles_at_once()) * matrices_.size() * std::size_t(channels_ + outputs_);
  }

  /// y (B, height, width, O) from x (B, height, width, K), both dense.
  void forward(view<const T, 4> x, view<T, 4> y, finish then, view<T, 1> scratch) const {
    COOP_ASSERT(x.dense() && y.dense() && x.extent(3) == channels_ && y.extent(3) == outputs_);
    COOP_ASSERT(y.extent(1) == x.extent(1) && y.extent(2) == x.extent(2));
    if (tile_ == 2) {
      run<2>(x, y, then, scratch);
    } else {
      run<4>(x, y, then, scratch);
    }
  }

 private:
  template <index_t Tile>
  void freeze(const std::vector<float>& weight) {
    using mixing = winograd_mixing<Tile>;
    std::vector<T> mixed(std::size_t(outputs_) * std::size_t(channels_));
    for (index_t v = 0; v < mixing::side; ++v) {
      for (index_t u = 0; u < mixing::side; ++u) {
        for (std::size_t i = 0; i < mixed.size(); ++i) {
          double sum = 0;
          for (std::size_t dv = 0; dv < 3; ++dv) {
            double line = 0;
            for (std::size_t du = 0; du < 3; ++du)
              line += double(weight[(i * 3 + dv) * 3 + du]) * mixing::weights[u][du];
            sum += line * mixing::weights[v][dv];
          }
          mixed[i] = T(sum);
        }
        const view<const T, 2> matrix{mixed.data(), shape<2>{outputs_, channels_}};
        matrices_.push_back(device_.freeze_from_host(matrix, op::transposed));
      }
    }
  }

  template <index_t Tile>
  void run(view<const T, 4> x, view<T, 4> y, finish then, view<T, 1> scratch) const {
    const index_t across = (x.extent(2) + Tile - 1) / Tile;
    const index_t down = (x.extent(1) + Tile - 1) / Tile;
    const index_t tiles = x.extent(0) * across * down;
    for (index_t begin = 0; begin < tiles; begin += tiles_at_once()) {
      const index_t some = std::min(tiles - begin, tiles_at_once());
      const std::ptrdiff_t before = std::ptrdiff_t(some) * channels_;
      const std::ptrdiff_t after = std::ptrdiff_t(some) * outputs_;
      T* mixed = scratch.data;
      T* products = mixed + before * std::ptrdiff_t(matrices_.size());
      COOP_ASSERT(std::size_t(before + after) * matrices_.size() <= scratch.size());
      device_.for_each_row(
          some, winograd_into_row<Tile, T>{x, across, down, begin, zeros_.view().data, mixed, before});
      const auto count = index_t(matrices_.size());
      device_.multiply_each(count, matrices_of<const T>{{mixed, shape<3>{count, some, channels_}}},
                            detail::one_of<typename D::frozen>{matrices_.data()},
                            matrices_of<T>{{products, shape<3>{count, some, outputs_}}});
      device_.for_each_row(
          some, winograd_back_row<Tile, T>{products, after, across, down, begin, bias_.view().data, then, y});
    }
  }

  /// Tiles between two looks at the same cache lines.
  [[nodiscard]] index_t tiles_at_once() const {
    const std::int64_t cache = passes_of(device_).tile_bytes;
    constexpr index_t granule = 42;  // a multiple of every tile height of the CPU's kernels
    const std::ptrdiff_t each =
        std::ptrdiff_t(sizeof(T)) * std::ptrdiff_t(matrices_.size()) * (channels_ + outputs_);
    return std::max<index_t>(4, index_t(cache / each) / granule) * granule;
  }

  index_t tile_ = 0;
  index_t channels_ = 0;
  index_t outputs_ = 0;
  std::vector<typename D::frozen> matrices_;  // (K, O) for each number of a mixed tile
  tensor<T, 1, D> bias_;
  tensor<T, 1, D> zeros_;
  D device_;
};

}  // namespace coop::nn

#endif
