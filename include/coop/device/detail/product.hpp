// SPDX-License-Identifier: MIT
//
// y = [y +] x w [+ bias] for a matrix w that is multiplied many times. w is packed once into panels of a few
// vector registers' width, so that the inner loop streams it; x is read where it lies; a tile of y stays in
// registers over a fixed number of inner indices. Every element of y is summed in one order that depends on the
// inner extent alone, never on the number of rows or threads nor on the instruction set: results are the same
// bits however work is cut.
//
// The scheme (register tile, packed panels, blocks that fit the caches) follows Goto and van de Geijn,
// "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 2008.
#ifndef COOP_DEVICE_DETAIL_PRODUCT_HPP
#define COOP_DEVICE_DETAIL_PRODUCT_HPP

#include <coop/device/instruction_set.hpp>
#include <coop/tensor/view.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#if COOP_X86_DISPATCH
#include <immintrin.h>
#endif

namespace coop::detail {

inline constexpr index_t most_tile_rows = 32;
inline constexpr index_t most_tile_columns = 32;

/// One tile's work: y(rows, panel) += a(rows, steps) b(steps, panel), or = when `fresh`. b is packed step-major.
/// A step is one inner index where A and B are float, and two where they hold pairs of bfloat16. While it runs,
/// the kernel fetches a share of the panel that comes next, `ahead_step` bytes further on a step.
template <class A, class B>
struct tile_work {
  index_t steps;
  const A* a;
  std::ptrdiff_t lda;
  const B* b;
  float* y;
  std::ptrdiff_t ldy;
  bool fresh;
  const float* bias;  // of the panel's columns, or null
  const char* ahead;
  std::ptrdiff_t ahead_step;
};
template <class A, class B>
using tile_function = void (*)(const tile_work<A, B>&);

/// What the loops need to know of a set of tile kernels.
template <class A, class B>
struct tile_set {
  index_t rows = 0;                           // most rows of a tile
  index_t columns = 0;                        // width of a panel; 0: no kernels
  index_t block = 0;                          // steps between two visits of a tile of y
  const tile_function<A, B>* tile = nullptr;  // tile[r - 1] serves r rows
};
using float_tiles = tile_set<float, float>;

#if COOP_X86_DISPATCH

/// A tile's sums before the first step: the bias, or nothing.
template <int Rows, class Work>
__attribute__((always_inline, target("avx512f"))) inline void begin_tile(const Work& w,
                                                                         __m512 (&sum)[Rows][2]) {
  const __m512 start0 = w.bias ? _mm512_loadu_ps(w.bias) : _mm512_setzero_ps();
  const __m512 start1 = w.bias ? _mm512_loadu_ps(w.bias + 16) : _mm512_setzero_ps();
#pragma GCC unroll 14
  for (int i = 0; i < Rows; ++i) {
    sum[i][0] = start0;
    sum[i][1] = start1;
  }
}
/// The sums to where the tile lies, added to what is there unless it is fresh.
template <int Rows, class Work>
__attribute__((always_inline, target("avx512f"))) inline void end_tile(const Work& w,
                                                                       __m512 (&sum)[Rows][2]) {
#pragma GCC unroll 14
  for (int i = 0; i < Rows; ++i) {
    float* row = w.y + i * w.ldy;
    if (!w.fresh) {
      sum[i][0] = _mm512_add_ps(sum[i][0], _mm512_loadu_ps(row));
      sum[i][1] = _mm512_add_ps(sum[i][1], _mm512_loadu_ps(row + 16));
    }
    _mm512_storeu_ps(row, sum[i][0]);
    _mm512_storeu_ps(row + 16, sum[i][1]);
  }
}

// 14 x 32 float: 28 accumulators, 2 registers of b and one of a fill the 32 registers of AVX-512. Rows are
// addressed from two bases, because fourteen addresses would not fit the general registers.
template <int Rows>
__attribute__((target("avx512f"))) void tile_avx512(const tile_work<float, float>& w) {
  constexpr int half = (Rows + 1) / 2;
  __m512 sum[Rows][2];
  begin_tile(w, sum);
  const float* upper = w.a;
  const float* lower = w.a + half * w.lda;
  const float* b = w.b;
  const char* ahead = w.ahead;
  for (index_t p = 0; p < w.steps; ++p, ++upper, ++lower, b += 32, ahead += w.ahead_step) {
    _mm_prefetch(ahead, _MM_HINT_T0);
    const __m512 b0 = _mm512_loadu_ps(b);
    const __m512 b1 = _mm512_loadu_ps(b + 16);
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) {
      const __m512 x = _mm512_set1_ps(i < half ? upper[i * w.lda] : lower[(i - half) * w.lda]);
      sum[i][0] = _mm512_fmadd_ps(x, b0, sum[i][0]);
      sum[i][1] = _mm512_fmadd_ps(x, b1, sum[i][1]);
    }
  }
  end_tile(w, sum);
}

/// A tile's sums before the first step: the bias, or nothing.
template <int Rows, class Work>
__attribute__((always_inline, target("avx2,fma"))) inline void begin_tile(const Work& w,
                                                                          __m256 (&sum)[Rows][2]) {
  const __m256 start0 = w.bias ? _mm256_loadu_ps(w.bias) : _mm256_setzero_ps();
  const __m256 start1 = w.bias ? _mm256_loadu_ps(w.bias + 8) : _mm256_setzero_ps();
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
    sum[i][0] = start0;
    sum[i][1] = start1;
  }
}
/// The sums to where the tile lies, added to what is there unless it is fresh.
template <int Rows, class Work>
__attribute__((always_inline, target("avx2,fma"))) inline void end_tile(const Work& w,
                                                                        __m256 (&sum)[Rows][2]) {
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
    float* row = w.y + i * w.ldy;
    if (!w.fresh) {
      sum[i][0] = _mm256_add_ps(sum[i][0], _mm256_loadu_ps(row));
      sum[i][1] = _mm256_add_ps(sum[i][1], _mm256_loadu_ps(row + 8));
    }
    _mm256_storeu_ps(row, sum[i][0]);
    _mm256_storeu_ps(row + 8, sum[i][1]);
  }
}

// 6 x 16 float: 12 accumulators, 2 registers of b and one of a of AVX2's 16.
template <int Rows>
__attribute__((target("avx2,fma"))) void tile_avx2(const tile_work<float, float>& w) {
  __m256 sum[Rows][2];
  begin_tile(w, sum);
  const float* a = w.a;
  const float* b = w.b;
  const char* ahead = w.ahead;
  for (index_t p = 0; p < w.steps; ++p, ++a, b += 16, ahead += w.ahead_step) {
    _mm_prefetch(ahead, _MM_HINT_T0);
    const __m256 b0 = _mm256_loadu_ps(b);
    const __m256 b1 = _mm256_loadu_ps(b + 8);
#pragma GCC unroll 6
    for (int i = 0; i < Rows; ++i) {
      const __m256 x = _mm256_set1_ps(a[i * w.lda]);
      sum[i][0] = _mm256_fmadd_ps(x, b0, sum[i][0]);
      sum[i][1] = _mm256_fmadd_ps(x, b1, sum[i][1]);
    }
  }
  end_tile(w, sum);
}

template <int... I>
constexpr auto tiles_avx512(std::integer_sequence<int, I...>) {
  return std::array<tile_function<float, float>, sizeof...(I)>{&tile_avx512<I + 1>...};
}
template <int... I>
constexpr auto tiles_avx2(std::integer_sequence<int, I...>) {
  return std::array<tile_function<float, float>, sizeof...(I)>{&tile_avx2<I + 1>...};
}

#endif

/// The float kernels for an instruction set; none for the portable one, whose products are Eigen's.
inline float_tiles tiles_of(instruction_set isa) {
  constexpr index_t block = 512;
#if COOP_X86_DISPATCH
  static constexpr auto wide = tiles_avx512(std::make_integer_sequence<int, 14>{});
  static constexpr auto narrow = tiles_avx2(std::make_integer_sequence<int, 6>{});
  if (isa >= instruction_set::avx512) return {14, 32, block, wide.data()};
  if (isa == instruction_set::avx2) return {6, 16, block, narrow.data()};
#endif
  (void)isa;
  return {0, 0, block, nullptr};
}

/// Floats that the panels of a (k, n) matrix take.
inline std::size_t panels_size(index_t k, index_t n, index_t columns) {
  return std::size_t((n + columns - 1) / columns) * std::size_t(k) * std::size_t(columns);
}

/// Inner indices that packing turns round at a time: what it writes by columns, a few kilobytes, stays in the
/// first-level cache until its lines are full.
inline constexpr index_t packed_at_once = 64;

/// to(p, c) = from(c, p); rows of `to` are `columns` floats apart.
inline void turn(view<const float, 2> from, index_t columns, float* to) {
  const index_t k = from.extent(1);
  const index_t width = from.extent(0);
  for (index_t begin = 0; begin < k; begin += packed_at_once) {
    const index_t end = std::min(k, begin + packed_at_once);
    index_t c = 0;
#if COOP_X86_DISPATCH
    const index_t whole = end - (end - begin) % 4;
    for (; c + 4 <= width; c += 4) {  // four by four, which every x86-64 can
      const float* rows[4] = {from.row(c), from.row(c + 1), from.row(c + 2), from.row(c + 3)};
      for (index_t p = begin; p < whole; p += 4) {
        __m128 r0 = _mm_loadu_ps(rows[0] + p);
        __m128 r1 = _mm_loadu_ps(rows[1] + p);
        __m128 r2 = _mm_loadu_ps(rows[2] + p);
        __m128 r3 = _mm_loadu_ps(rows[3] + p);
        _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
        float* target = to + std::ptrdiff_t(p) * columns + c;
        _mm_storeu_ps(target, r0);
        _mm_storeu_ps(target + columns, r1);
        _mm_storeu_ps(target + 2 * columns, r2);
        _mm_storeu_ps(target + 3 * columns, r3);
      }
      for (index_t p = whole; p < end; ++p) {
        for (index_t i = 0; i < 4; ++i) to[std::ptrdiff_t(p) * columns + c + i] = rows[i][p];
      }
    }
#endif
    for (; c < width; ++c) {
      const float* row = from.row(c);
      for (index_t p = begin; p < end; ++p) to[std::ptrdiff_t(p) * columns + c] = row[p];
    }
  }
}

/// Panels [j0, j1) of w (k, n): panel j holds w(:, j*columns ...), k-major, zero-padded at the right edge. `packed` is
/// where panel 0 lies.
inline void pack_panels(view<const float, 2> w, bool transposed, index_t columns, index_t j0, index_t j1,
                        float* packed) {
  const index_t k = transposed ? w.extent(1) : w.extent(0);
  const index_t n = transposed ? w.extent(0) : w.extent(1);
  for (index_t j = j0; j < j1; ++j) {
    const index_t first = j * columns;
    const index_t width = std::min(columns, n - first);
    float* panel = packed + std::ptrdiff_t(j) * k * columns;
    if (width < columns) std::fill_n(panel, std::ptrdiff_t(k) * columns, 0.0f);
    if (transposed) {
      turn(w.slice(first, first + width), columns, panel);
    } else {
      for (index_t p = 0; p < k; ++p) {
        std::copy_n(w.row(p) + first, width, panel + std::ptrdiff_t(p) * columns);
      }
    }
  }
}
/// All panels of w.
inline void pack_panels(view<const float, 2> w, bool transposed, index_t columns, float* packed) {
  const index_t n = transposed ? w.extent(0) : w.extent(1);
  pack_panels(w, transposed, columns, 0, (n + columns - 1) / columns, packed);
}

/// A block of a panel as it lies, which is as the tiles want it.
struct block_as_stored {
  template <class B>
  const B* operator()(const B* block, std::ptrdiff_t) const {
    return block;
  }
};

/// Rows [r0, r1) and panels [j0, j1) of y = [y +] x w [+ bias], x (rows, steps). Tiles are cut evenly (9 + 9 rows
/// rather than 14 + 4): a thin tile wastes the registers that a full one uses. `ready(block, numbers)` is a panel's
/// block in the tiles' own type.
template <class A, class B, class Stored, class Ready = block_as_stored>
void multiply_block(const tile_set<A, B>& set, view<const A, 2> x, const Stored* panels, index_t n,
                    const float* bias, bool accumulate, view<float, 2> y, index_t r0, index_t r1, index_t j0,
                    index_t j1, const Ready& ready = {}) {
  const index_t steps = x.extent(1);
  const index_t rows = r1 - r0;
  const index_t tiles = (rows + set.rows - 1) / set.rows;
  const std::ptrdiff_t ahead_step = set.columns * std::ptrdiff_t(sizeof(Stored)) / tiles;
  const auto panel_at = [&](index_t j, index_t step) {
    return panels + (std::ptrdiff_t(j) * steps + step) * set.columns;
  };
  float edge[most_tile_rows * most_tile_columns];
  float edge_bias[most_tile_columns] = {};
  for (index_t begin = 0; begin < steps; begin += set.block) {
    const index_t end = std::min(steps, begin + set.block);
    const bool fresh = begin == 0 && !accumulate;
    for (index_t j = j0; j < j1; ++j) {
      const Stored* next = j + 1 < j1    ? panel_at(j + 1, begin)
                           : end < steps ? panel_at(j0, end)
                                         : panel_at(j, begin);
      const index_t width = std::min(set.columns, n - j * set.columns);
      tile_work<A, B> work{.steps = end - begin,
                           .a = nullptr,
                           .lda = x.stride,
                           .b = ready(panel_at(j, begin), std::ptrdiff_t(end - begin) * set.columns),
                           .y = nullptr,
                           .ldy = y.stride,
                           .fresh = fresh,
                           .bias = bias && begin == 0 ? bias + j * set.columns : nullptr,
                           .ahead = reinterpret_cast<const char*>(next),
                           .ahead_step = ahead_step};
      for (index_t t = 0; t < tiles; ++t, work.ahead += ahead_step * work.steps) {
        const index_t first = index_t(std::ptrdiff_t(rows) * t / tiles);
        const index_t height = index_t(std::ptrdiff_t(rows) * (t + 1) / tiles) - first;
        float* target = y.row(r0 + first) + std::ptrdiff_t(j) * set.columns;
        work.a = x.row(r0 + first) + begin;
        work.y = target;
        if (width == set.columns) {
          set.tile[height - 1](work);
          continue;
        }
        // The last panel of a matrix whose width is not a multiple of the panel's goes through a full tile.
        tile_work<A, B> cut = work;
        cut.y = edge;
        cut.ldy = set.columns;
        cut.fresh = true;
        if (work.bias) {
          std::copy_n(work.bias, width, edge_bias);
          cut.bias = edge_bias;
        }
        set.tile[height - 1](cut);
        for (index_t i = 0; i < height; ++i) {
          for (index_t c = 0; c < width; ++c) {
            const float value = edge[i * set.columns + c];
            target[i * y.stride + c] = fresh ? value : target[i * y.stride + c] + value;
          }
        }
      }
    }
  }
}

}  // namespace coop::detail

#endif
