// SPDX-License-Identifier: MIT
//
// Products of matrices rounded to bfloat16, summed in float32. Two inner indices go together, as AVX512-BF16's dot
// product of pairs and AMX's matrix tiles want them; a processor without either widens the pairs to float, which is no
// faster than float32 but keeps half the bytes. Rounding is to nearest, ties to even; what is no number stays none.
//
// Follows Intel's descriptions of VDPBF16PS and TDPBF16PS. Their sums of two products are rounded once or twice
// depending on the processor, and they take numbers below the normal ones for zero, so the last bit of a result may
// differ between instruction sets (never between numbers of threads).
#ifndef COOP_DEVICE_DETAIL_PRODUCT_BFLOAT16_HPP
#define COOP_DEVICE_DETAIL_PRODUCT_BFLOAT16_HPP

#include <coop/device/detail/product.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace coop::detail {

/// Two bfloat16 as they lie in memory: the first of the pair in the low half.
using bfloat16_pair = std::uint32_t;

/// Two inner indices of a row, rounded to bfloat16 and kept as float for kernels that widen.
struct rounded_pair {
  float first, second;
};

/// The upper half of the float nearest to x with 8 bits of mantissa.
inline std::uint32_t bfloat16_bits(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t nearest = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  const std::int32_t quiet = bits >> 16 | 0x40;  // what is no number stays none
  return std::uint32_t((bits & 0x7fffffff) > 0x7f800000 ? quiet : nearest) & 0xffffu;
}

/// Pairs that a row of k numbers takes; an odd last one is paired with zero.
constexpr index_t pairs_of(index_t k) { return (k + 1) / 2; }

inline void round_pair(float first, float second, bfloat16_pair& to) {
  to = bfloat16_bits(first) | bfloat16_bits(second) << 16;
}
inline void round_pair(float first, float second, rounded_pair& to) {
  to.first = std::bit_cast<float>(bfloat16_bits(first) << 16);
  to.second = std::bit_cast<float>(bfloat16_bits(second) << 16);
}

#if COOP_X86_DISPATCH
/// A row of k numbers as pairs, by the processor's own rounding, which takes what is below the normal numbers for zero.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16"))) inline void round_natively(
    const float* from, index_t k, bfloat16_pair* to) {
  index_t p = 0;
  for (; p + 32 <= k; p += 32) {
    const auto pairs = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + p + 16), _mm512_loadu_ps(from + p));
    _mm512_storeu_si512(to + p / 2, (__m512i)pairs);
  }
  if (p < k) {
    const auto mask = std::uint32_t((std::uint64_t(1) << (k - p)) - 1);
    const __m512 low = _mm512_maskz_loadu_ps(__mmask16(mask), from + p);
    const __m512 high = _mm512_maskz_loadu_ps(__mmask16(mask >> 16), from + p + 16);
    const auto pairs = _mm512_cvtne2ps_pbh(high, low);
    _mm512_mask_storeu_epi32(to + p / 2, __mmask16((1u << pairs_of(k - p)) - 1), (__m512i)pairs);
  }
}
#endif

/// One row of x (rows, k) as pairs (rows, pairs); a row functor of the device's loops.
template <class A>
struct round_row {
  view<const float, 2> x;
  view<A, 2> pairs;

  template <class M>
  void operator()(const M&, index_t row) const {
    const index_t k = x.extent(1);
    const float* from = x.row(row);
    A* to = pairs.row(row);
#if COOP_X86_DISPATCH
    // Pairs as they are feed the processor's own products only.
    if constexpr (std::is_same_v<A, bfloat16_pair>) return round_natively(from, k, to);
#endif
    constexpr index_t strip = 32;  // a fixed number of turns, which compilers vectorise at -O2
    index_t p = 0;
    for (; p + strip <= k / 2; p += strip) {
      for (index_t i = p; i < p + strip; ++i) round_pair(from[2 * i], from[2 * i + 1], to[i]);
    }
    for (; p < k / 2; ++p) round_pair(from[2 * p], from[2 * p + 1], to[p]);
    if (k % 2) round_pair(from[k - 1], 0.0f, to[k / 2]);
  }
};

/// Panels [j0, j1) of w (k, n) in pairs, as pack_panels() lays them.
inline void pack_pairs(view<const float, 2> w, bool transposed, index_t columns, index_t j0, index_t j1,
                       bfloat16_pair* packed) {
  const index_t k = transposed ? w.extent(1) : w.extent(0);
  const index_t n = transposed ? w.extent(0) : w.extent(1);
  const index_t pairs = pairs_of(k);
  for (index_t j = j0; j < j1; ++j) {
    const index_t first = j * columns;
    const index_t width = std::min(columns, n - first);
    bfloat16_pair* panel = packed + std::ptrdiff_t(j) * pairs * columns;
    if (width < columns) std::fill_n(panel, std::ptrdiff_t(pairs) * columns, bfloat16_pair(0));
    if (transposed) {
      for (index_t begin = 0; begin < pairs; begin += packed_at_once) {
        const index_t end = std::min(pairs, begin + packed_at_once);
        for (index_t c = 0; c < width; ++c) {
          const float* source = w.row(first + c);
          bfloat16_pair* target = panel + c;
          for (index_t p = begin; p < std::min(end, k / 2); ++p)
            round_pair(source[2 * p], source[2 * p + 1], target[std::ptrdiff_t(p) * columns]);
          if (end > k / 2) round_pair(source[k - 1], 0.0f, target[std::ptrdiff_t(k / 2) * columns]);
        }
      }
    } else {
      for (index_t p = 0; p < k / 2; ++p) {
        const float* even = w.row(2 * p) + first;
        const float* odd = w.row(2 * p + 1) + first;
        for (index_t c = 0; c < width; ++c)
          round_pair(even[c], odd[c], panel[std::ptrdiff_t(p) * columns + c]);
      }
      if (k % 2) {
        const float* last = w.row(k - 1) + first;
        for (index_t c = 0; c < width; ++c)
          round_pair(last[c], 0.0f, panel[std::ptrdiff_t(k / 2) * columns + c]);
      }
    }
  }
}

/// Widens: plain loops, for any processor.
template <int Rows>
void pair_tile_portable(const tile_work<rounded_pair, bfloat16_pair>& w) {
  constexpr int columns = 16;
  float sum[Rows][columns];
  for (int i = 0; i < Rows; ++i) {
    for (int c = 0; c < columns; ++c) sum[i][c] = w.bias ? w.bias[c] : 0.0f;
  }
  const bfloat16_pair* b = w.b;
  for (index_t p = 0; p < w.steps; ++p, b += columns) {
    for (int i = 0; i < Rows; ++i) {
      const rounded_pair a = w.a[i * w.lda + p];
      for (int c = 0; c < columns; ++c) {
        sum[i][c] += a.first * std::bit_cast<float>(b[c] << 16);
        sum[i][c] += a.second * std::bit_cast<float>(b[c] & 0xffff0000u);
      }
    }
  }
  for (int i = 0; i < Rows; ++i) {
    float* row = w.y + i * w.ldy;
    for (int c = 0; c < columns; ++c) row[c] = w.fresh ? sum[i][c] : row[c] + sum[i][c];
  }
}

#if COOP_X86_DISPATCH

// Widens: the first of a pair by a shift, the second by a mask. 6 x 16 as in tile_avx2; the second halves take the
// registers of the first.
template <int Rows>
__attribute__((target("avx2,fma"))) void pair_tile_avx2(const tile_work<rounded_pair, bfloat16_pair>& w) {
  __m256 sum[Rows][2];
  begin_tile(w, sum);
  const __m256i upper = _mm256_set1_epi32(std::int32_t(0xffff0000u));
  const rounded_pair* a = w.a;
  const bfloat16_pair* b = w.b;
  const char* ahead = w.ahead;
  for (index_t p = 0; p < w.steps; ++p, ++a, b += 16, ahead += w.ahead_step) {
    _mm_prefetch(ahead, _MM_HINT_T0);
    const __m256i b0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b));
    const __m256i b1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + 8));
    const __m256 first0 = _mm256_castsi256_ps(_mm256_slli_epi32(b0, 16));
    const __m256 first1 = _mm256_castsi256_ps(_mm256_slli_epi32(b1, 16));
#pragma GCC unroll 6
    for (int i = 0; i < Rows; ++i) {
      const __m256 x = _mm256_set1_ps(a[i * w.lda].first);
      sum[i][0] = _mm256_fmadd_ps(x, first0, sum[i][0]);
      sum[i][1] = _mm256_fmadd_ps(x, first1, sum[i][1]);
    }
    const __m256 second0 = _mm256_castsi256_ps(_mm256_and_si256(b0, upper));
    const __m256 second1 = _mm256_castsi256_ps(_mm256_and_si256(b1, upper));
#pragma GCC unroll 6
    for (int i = 0; i < Rows; ++i) {
      const __m256 x = _mm256_set1_ps(a[i * w.lda].second);
      sum[i][0] = _mm256_fmadd_ps(x, second0, sum[i][0]);
      sum[i][1] = _mm256_fmadd_ps(x, second1, sum[i][1]);
    }
  }
  end_tile(w, sum);
}

// 14 x 32 as in tile_avx512; a step is two inner indices.
template <int Rows>
__attribute__((target("avx512f,avx512bf16"))) void pair_tile_avx512(
    const tile_work<bfloat16_pair, bfloat16_pair>& w) {
  constexpr int half = (Rows + 1) / 2;
  __m512 sum[Rows][2];
  begin_tile(w, sum);
  const bfloat16_pair* upper = w.a;
  const bfloat16_pair* lower = w.a + half * w.lda;
  const bfloat16_pair* b = w.b;
  const char* ahead = w.ahead;
  for (index_t p = 0; p < w.steps; ++p, ++upper, ++lower, b += 32, ahead += w.ahead_step) {
    _mm_prefetch(ahead, _MM_HINT_T0);
    const auto b0 = (__m512bh)_mm512_loadu_si512(b);
    const auto b1 = (__m512bh)_mm512_loadu_si512(b + 16);
#pragma GCC unroll 14
    for (int i = 0; i < Rows; ++i) {
      const bfloat16_pair pair = i < half ? upper[i * w.lda] : lower[(i - half) * w.lda];
      const auto x = (__m512bh)_mm512_set1_epi32(std::int32_t(pair));
      sum[i][0] = _mm512_dpbf16_ps(sum[i][0], x, b0);
      sum[i][1] = _mm512_dpbf16_ps(sum[i][1], x, b1);
    }
  }
  end_tile(w, sum);
}

#endif

#if COOP_X86_TILES

/// What LDTILECFG reads: the extents of the eight tile registers.
struct alignas(64) tile_configuration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};

inline constexpr int tile_height = 16;  // most rows of a tile register; it has 64 bytes a row
inline constexpr int tile_pairs = 16;   // inner pairs that one TDPBF16PS multiplies

/// Registers 0 to 3 are sums: upper left, upper right, lower left, lower right; 4 and 5 the upper and lower rows of a;
/// 6 and 7 the left and right columns of b.
constexpr tile_configuration configuration_for(int rows) {
  const auto upper = std::uint8_t(std::min(rows, tile_height));
  const auto lower = std::uint8_t(rows - upper);
  const std::uint8_t heights[] = {upper, upper, lower, lower, upper, lower, tile_pairs, tile_pairs};
  tile_configuration c;
  for (int tile = 0; tile < 8; ++tile) {
    c.rows[tile] = heights[tile];
    c.row_bytes[tile] = heights[tile] ? 64 : 0;
  }
  return c;
}

// Up to 32 x 32 float in four tile registers; a step of the loop is 32 inner indices. Steps are a multiple of tile_pairs.
template <int Rows>
__attribute__((target("avx512f,amx-tile,amx-bf16"))) void pair_tile_amx(
    const tile_work<bfloat16_pair, bfloat16_pair>& w) {
  static constexpr tile_configuration configuration = configuration_for(Rows);
  constexpr bool two = Rows > tile_height;
  _tile_loadconfig(&configuration);
  const std::ptrdiff_t y_stride = w.ldy * std::ptrdiff_t(sizeof(float));
  float* lower_y = w.y + tile_height * w.ldy;
  if (w.fresh && w.bias) {
    _tile_loadd(0, w.bias, 0);  // one row for all of them
    _tile_loadd(1, w.bias + 16, 0);
    if constexpr (two) {
      _tile_loadd(2, w.bias, 0);
      _tile_loadd(3, w.bias + 16, 0);
    }
  } else if (w.fresh) {
    _tile_zero(0);
    _tile_zero(1);
    if constexpr (two) {
      _tile_zero(2);
      _tile_zero(3);
    }
  } else {
    if (w.bias) {
      const __m512 bias0 = _mm512_loadu_ps(w.bias);
      const __m512 bias1 = _mm512_loadu_ps(w.bias + 16);
      for (int i = 0; i < Rows; ++i) {
        float* row = w.y + i * w.ldy;
        _mm512_storeu_ps(row, _mm512_add_ps(_mm512_loadu_ps(row), bias0));
        _mm512_storeu_ps(row + 16, _mm512_add_ps(_mm512_loadu_ps(row + 16), bias1));
      }
    }
    _tile_loadd(0, w.y, y_stride);
    _tile_loadd(1, w.y + 16, y_stride);
    if constexpr (two) {
      _tile_loadd(2, lower_y, y_stride);
      _tile_loadd(3, lower_y + 16, y_stride);
    }
  }
  const std::ptrdiff_t a_stride = w.lda * std::ptrdiff_t(sizeof(bfloat16_pair));
  constexpr std::ptrdiff_t b_stride = 32 * sizeof(bfloat16_pair);
  const bfloat16_pair* a = w.a;
  const bfloat16_pair* b = w.b;
  const char* ahead = w.ahead;
  const char* fetched = ahead;
  for (index_t p = 0; p < w.steps; p += tile_pairs, a += tile_pairs, b += 32 * tile_pairs) {
    for (ahead += w.ahead_step * tile_pairs; fetched < ahead; fetched += 64)
      _mm_prefetch(fetched, _MM_HINT_T0);
    _tile_loadd(6, b, b_stride);
    _tile_loadd(4, a, a_stride);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, b + 16, b_stride);
    _tile_dpbf16ps(1, 4, 7);
    if constexpr (two) {
      _tile_loadd(5, a + tile_height * w.lda, a_stride);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, w.y, y_stride);
  _tile_stored(1, w.y + 16, y_stride);
  if constexpr (two) {
    _tile_stored(2, lower_y, y_stride);
    _tile_stored(3, lower_y + 16, y_stride);
  }
  _tile_release();  // a thread that is switched away need not carry the tiles
}

#endif

using widened_tiles = tile_set<rounded_pair, bfloat16_pair>;
using pair_tiles = tile_set<bfloat16_pair, bfloat16_pair>;
inline constexpr index_t pairs_block = 256;  // steps, 512 inner indices

template <int... I>
constexpr auto pair_tiles_portable(std::integer_sequence<int, I...>) {
  return std::array<tile_function<rounded_pair, bfloat16_pair>, sizeof...(I)>{&pair_tile_portable<I + 1>...};
}

#if COOP_X86_DISPATCH
template <int... I>
constexpr auto pair_tiles_avx2(std::integer_sequence<int, I...>) {
  return std::array<tile_function<rounded_pair, bfloat16_pair>, sizeof...(I)>{&pair_tile_avx2<I + 1>...};
}
template <int... I>
constexpr auto pair_tiles_avx512(std::integer_sequence<int, I...>) {
  return std::array<tile_function<bfloat16_pair, bfloat16_pair>, sizeof...(I)>{&pair_tile_avx512<I + 1>...};
}
#endif
#if COOP_X86_TILES
template <int... I>
constexpr auto pair_tiles_amx(std::integer_sequence<int, I...>) {
  return std::array<tile_function<bfloat16_pair, bfloat16_pair>, sizeof...(I)>{&pair_tile_amx<I + 1>...};
}
#endif

/// The kernels that multiply pairs as they are, `pairs` of them a row; none below AVX512-BF16. They share one layout.
inline pair_tiles native_pair_tiles_of(instruction_set isa, index_t pairs) {
#if COOP_X86_TILES
  static constexpr auto tiles = pair_tiles_amx(std::make_integer_sequence<int, 2 * tile_height>{});
  if (isa == instruction_set::amx_bf16 && pairs % tile_pairs == 0) {
    return {2 * tile_height, 32, pairs_block, tiles.data()};
  }
#endif
#if COOP_X86_DISPATCH
  static constexpr auto wide = pair_tiles_avx512(std::make_integer_sequence<int, 14>{});
  if (isa >= instruction_set::avx512_bf16) return {14, 32, pairs_block, wide.data()};
#endif
  (void)isa;
  (void)pairs;
  return {};
}

/// The kernels that widen pairs; every instruction set has them.
inline widened_tiles widened_tiles_of(instruction_set isa) {
  static constexpr auto plain = pair_tiles_portable(std::make_integer_sequence<int, 4>{});
#if COOP_X86_DISPATCH
  static constexpr auto narrow = pair_tiles_avx2(std::make_integer_sequence<int, 6>{});
  if (isa >= instruction_set::avx2) return {6, 16, pairs_block, narrow.data()};
#endif
  (void)isa;
  return {4, 16, pairs_block, plain.data()};
}

}  // namespace coop::detail

#endif
