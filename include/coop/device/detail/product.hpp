// SPDX-License-Identifier: MIT
//
// y = [y +] x w [+ bias] for a matrix w that is multiplied many times. w is packed once into panels of a
// few vector registers' width, so that the inner loop streams it; a tile of y stays in registers over a
// fixed number of inner indices. Every element of y is summed in one order that depends on the inner extent
// alone, never on the number of rows or threads: results are the same bits however work is cut.
//
// The scheme (register tile, packed panels, blocks that fit the caches) follows Goto and van de Geijn,
// "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 2008.
#ifndef COOP_DEVICE_DETAIL_PRODUCT_HPP
#define COOP_DEVICE_DETAIL_PRODUCT_HPP

#include <coop/device/detail/instruction_set.hpp>
#include <coop/tensor/view.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#if COOP_X86_DISPATCH
#include <immintrin.h>
#endif

namespace coop::detail {

inline constexpr index_t inner_block =
    512;  // k indices between two visits of a tile of y: 2 KiB a packed row
inline constexpr index_t most_tile_rows = 14;

/// One tile: y(rows, panel) += a(k, rows)' b(k, panel), or = when `fresh`. a and b are packed k-major.
using tile_function = void (*)(index_t k, const float* a, const float* b, float* y, std::ptrdiff_t ldy,
                               bool fresh, const float* bias);

#if COOP_X86_DISPATCH

// 14 x 32 float: 28 accumulators, 2 registers of b and one of a fill the 32 registers of AVX-512.
template <int Rows>
__attribute__((target("avx512f"))) void tile_avx512(index_t k, const float* a, const float* b, float* y,
                                                    std::ptrdiff_t ldy, bool fresh, const float* bias) {
  __m512 sum[Rows][2];
  const __m512 start0 = bias ? _mm512_loadu_ps(bias) : _mm512_setzero_ps();
  const __m512 start1 = bias ? _mm512_loadu_ps(bias + 16) : _mm512_setzero_ps();
#pragma GCC unroll 14
  for (int i = 0; i < Rows; ++i) {
    sum[i][0] = start0;
    sum[i][1] = start1;
  }
  for (index_t p = 0; p < k; ++p, a += Rows, b += 32) {
    const __m512 b0 = _mm512_loadu_ps(b);
    const __m512 b1 = _mm512_loadu_ps(b + 16);
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) {
      const __m512 x = _mm512_set1_ps(a[i]);
      sum[i][0] = _mm512_fmadd_ps(x, b0, sum[i][0]);
      sum[i][1] = _mm512_fmadd_ps(x, b1, sum[i][1]);
    }
  }
#pragma GCC unroll 14
  for (int i = 0; i < Rows; ++i) {
    float* row = y + i * ldy;
    if (!fresh) {
      sum[i][0] = _mm512_add_ps(sum[i][0], _mm512_loadu_ps(row));
      sum[i][1] = _mm512_add_ps(sum[i][1], _mm512_loadu_ps(row + 16));
    }
    _mm512_storeu_ps(row, sum[i][0]);
    _mm512_storeu_ps(row + 16, sum[i][1]);
  }
}

// 6 x 16 float: 12 accumulators, 2 registers of b and one of a of AVX2's 16.
template <int Rows>
__attribute__((target("avx2,fma"))) void tile_avx2(index_t k, const float* a, const float* b, float* y,
                                                   std::ptrdiff_t ldy, bool fresh, const float* bias) {
  __m256 sum[Rows][2];
  const __m256 start0 = bias ? _mm256_loadu_ps(bias) : _mm256_setzero_ps();
  const __m256 start1 = bias ? _mm256_loadu_ps(bias + 8) : _mm256_setzero_ps();
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
    sum[i][0] = start0;
    sum[i][1] = start1;
  }
  for (index_t p = 0; p < k; ++p, a += Rows, b += 16) {
    const __m256 b0 = _mm256_loadu_ps(b);
    const __m256 b1 = _mm256_loadu_ps(b + 8);
#pragma GCC unroll 6
    for (int i = 0; i < Rows; ++i) {
      const __m256 x = _mm256_set1_ps(a[i]);
      sum[i][0] = _mm256_fmadd_ps(x, b0, sum[i][0]);
      sum[i][1] = _mm256_fmadd_ps(x, b1, sum[i][1]);
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
    float* row = y + i * ldy;
    if (!fresh) {
      sum[i][0] = _mm256_add_ps(sum[i][0], _mm256_loadu_ps(row));
      sum[i][1] = _mm256_add_ps(sum[i][1], _mm256_loadu_ps(row + 8));
    }
    _mm256_storeu_ps(row, sum[i][0]);
    _mm256_storeu_ps(row + 8, sum[i][1]);
  }
}

template <int... I>
constexpr auto tiles_avx512(std::integer_sequence<int, I...>) {
  return std::array<tile_function, sizeof...(I)>{&tile_avx512<I + 1>...};
}
template <int... I>
constexpr auto tiles_avx2(std::integer_sequence<int, I...>) {
  return std::array<tile_function, sizeof...(I)>{&tile_avx2<I + 1>...};
}

#endif

/// What the packing and the loops need to know of a set of tile kernels.
struct tile_set {
  index_t rows = 0;                     // most rows of a tile
  index_t columns = 0;                  // width of a panel; 0: no kernels, the portable product is used
  const tile_function* tile = nullptr;  // tile[r - 1] serves r rows
};

/// The kernels for an instruction set.
inline tile_set tiles_of(instruction_set isa) {
#if COOP_X86_DISPATCH
  static constexpr auto wide = tiles_avx512(std::make_integer_sequence<int, 14>{});
  static constexpr auto narrow = tiles_avx2(std::make_integer_sequence<int, 6>{});
  if (isa == instruction_set::avx512) return {14, 32, wide.data()};
  if (isa == instruction_set::avx2) return {6, 16, narrow.data()};
#endif
  (void)isa;
  return {};
}

/// Rows [begin, end) of x, inner indices [k0, k1), as k-major tiles one behind the other. Tiles are cut
/// evenly (9 + 9 rather than 14 + 4): a thin tile wastes the registers that a full one uses.
inline void pack_rows(view<const float, 2> x, index_t begin, index_t end, index_t k0, index_t k1,
                      index_t tiles, float* packed) {
  const index_t rows = end - begin;
  const index_t k = k1 - k0;
  for (index_t t = 0; t < tiles; ++t) {
    const index_t first = begin + index_t(std::ptrdiff_t(rows) * t / tiles);
    const index_t last = begin + index_t(std::ptrdiff_t(rows) * (t + 1) / tiles);
    const index_t height = last - first;
    for (index_t i = 0; i < height; ++i) {
      const float* source = x.row(first + i) + k0;
      for (index_t p = 0; p < k; ++p) packed[std::ptrdiff_t(p) * height + i] = source[p];
    }
    packed += std::ptrdiff_t(height) * k;
  }
}

/// Columns of w (k, n) in panels: panel j holds w(:, j*columns ...), k-major, zero-padded at the right edge.
inline void pack_panels(view<const float, 2> w, bool transposed, index_t columns,
                        std::vector<float>& packed) {
  const index_t k = transposed ? w.extent(1) : w.extent(0);
  const index_t n = transposed ? w.extent(0) : w.extent(1);
  const index_t panels = (n + columns - 1) / columns;
  packed.resize(std::size_t(panels) * std::size_t(k) * std::size_t(columns));
  for (index_t panel = 0; panel < panels; ++panel) {
    float* target = packed.data() + std::ptrdiff_t(panel) * k * columns;
    const index_t first = panel * columns;
    const index_t width = std::min(columns, n - first);
    if (width < columns) std::fill_n(target, std::ptrdiff_t(k) * columns, 0.0f);
    if (transposed) {
      for (index_t c = 0; c < width; ++c) {
        const float* source = w.row(first + c);
        for (index_t p = 0; p < k; ++p) target[std::ptrdiff_t(p) * columns + c] = source[p];
      }
    } else {
      for (index_t p = 0; p < k; ++p)
        std::copy_n(w.row(p) + first, width, target + std::ptrdiff_t(p) * columns);
    }
  }
}
inline std::vector<float> pack_panels(view<const float, 2> w, bool transposed, index_t columns) {
  std::vector<float> packed;
  pack_panels(w, transposed, columns, packed);
  return packed;
}

/// Rows [r0, r1) and panels [j0, j1) of y = [y +] x w [+ bias]; `scratch` grows to hold the packed rows.
inline void multiply_block(const tile_set& set, view<const float, 2> x, const float* panels, index_t n,
                           const float* bias, bool accumulate, view<float, 2> y, index_t r0, index_t r1,
                           index_t j0, index_t j1, std::vector<float>& scratch) {
  const index_t k = x.extent(1);
  const index_t rows = r1 - r0;
  const index_t tiles = (rows + set.rows - 1) / set.rows;
  scratch.resize(std::size_t(rows) * std::size_t(std::min(k, inner_block)));
  float edge[most_tile_rows * 32];
  for (index_t k0 = 0; k0 < k; k0 += inner_block) {
    const index_t k1 = std::min(k, k0 + inner_block);
    const bool fresh = k0 == 0 && !accumulate;
    pack_rows(x, r0, r1, k0, k1, tiles, scratch.data());
    for (index_t j = j0; j < j1; ++j) {
      const float* b = panels + (std::ptrdiff_t(j) * k + k0) * set.columns;
      const index_t width = std::min(set.columns, n - j * set.columns);
      const float* column_bias = bias && k0 == 0 ? bias + j * set.columns : nullptr;
      const float* a = scratch.data();
      for (index_t t = 0; t < tiles; ++t) {
        const index_t first = index_t(std::ptrdiff_t(rows) * t / tiles);
        const index_t height = index_t(std::ptrdiff_t(rows) * (t + 1) / tiles) - first;
        float* target = y.row(r0 + first) + std::ptrdiff_t(j) * set.columns;
        if (width == set.columns) {
          set.tile[height - 1](k1 - k0, a, b, target, y.stride, fresh, column_bias);
        } else {  // the last panel of a matrix whose width is not a multiple of the panel's
          set.tile[height - 1](k1 - k0, a, b, edge, set.columns, true, nullptr);
          for (index_t i = 0; i < height; ++i) {
            for (index_t c = 0; c < width; ++c) {
              float value = edge[i * set.columns + c];
              if (column_bias) value += column_bias[c];
              target[i * y.stride + c] = fresh ? value : target[i * y.stride + c] + value;
            }
          }
        }
        a += std::ptrdiff_t(height) * (k1 - k0);
      }
    }
  }
}

}  // namespace coop::detail

#endif
