// SPDX-License-Identifier: MIT
//
// Products by a matrix whose numbers are all halves (IEEE binary16), as those of released weights are: it is kept as
// halves, which is exact, and a block of a panel is widened into the second-level cache before the tiles of y pass
// over it. Half the memory to fill when a tower is opened and half of it to read for a picture, and the same bits as
// from floats, since a tile sees the same floats.
#ifndef COOP_DEVICE_DETAIL_PRODUCT_HALF_HPP
#define COOP_DEVICE_DETAIL_PRODUCT_HALF_HPP

#include <coop/device/detail/product.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace coop::detail {

/// The bits of a number in binary16.
using half_bits = std::uint16_t;

#if COOP_X86_DISPATCH

/// Eight floats as halves; `lost` collects bits that do not come back when they are widened again.
__attribute__((always_inline, target("avx2,f16c"))) inline __m128i narrow_exactly(__m256 x, __m256i& lost) {
  const __m128i halves = _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT);
  const __m256 back = _mm256_cvtph_ps(halves);
  lost = _mm256_or_si256(lost, _mm256_xor_si256(_mm256_castps_si256(x), _mm256_castps_si256(back)));
  return halves;
}
__attribute__((always_inline, target("avx2,f16c"))) inline half_bits narrow_exactly(float x, __m256i& lost) {
  const __m128i halves = narrow_exactly(_mm256_set1_ps(x), lost);
  return half_bits(_mm_extract_epi16(halves, 0));
}

/// to(p, c) = from(c, p) for c in [0, 8) and p in [0, 8); rows of `to` are `columns` halves apart.
__attribute__((always_inline, target("avx2,f16c"))) inline void turn_eight(const __m128i (&row)[8],
                                                                           index_t columns, half_bits* to) {
  __m128i pairs[8];  // of rows 0 and 1 the first four columns, the last four; of rows 2 and 3 ...
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    pairs[2 * i] = _mm_unpacklo_epi16(row[2 * i], row[2 * i + 1]);
    pairs[2 * i + 1] = _mm_unpackhi_epi16(row[2 * i], row[2 * i + 1]);
  }
  __m128i fours[8];  // of rows 0 to 3: two columns each; of rows 4 to 7 ...
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    fours[4 * i] = _mm_unpacklo_epi32(pairs[4 * i], pairs[4 * i + 2]);
    fours[4 * i + 1] = _mm_unpackhi_epi32(pairs[4 * i], pairs[4 * i + 2]);
    fours[4 * i + 2] = _mm_unpacklo_epi32(pairs[4 * i + 1], pairs[4 * i + 3]);
    fours[4 * i + 3] = _mm_unpackhi_epi32(pairs[4 * i + 1], pairs[4 * i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    half_bits* even = to + std::ptrdiff_t(2 * i) * columns;
    _mm_storeu_si128((__m128i*)even, _mm_unpacklo_epi64(fours[i], fours[4 + i]));
    _mm_storeu_si128((__m128i*)(even + columns), _mm_unpackhi_epi64(fours[i], fours[4 + i]));
  }
}

/// pack_panels() into halves; false, and the panels are of no use, if a number is none.
__attribute__((target("avx2,f16c"))) inline bool pack_halves(view<const float, 2> w, bool transposed,
                                                             index_t columns, index_t j0, index_t j1,
                                                             half_bits* packed) {
  const index_t k = transposed ? w.extent(1) : w.extent(0);
  const index_t n = transposed ? w.extent(0) : w.extent(1);
  __m256i lost = _mm256_setzero_si256();
  for (index_t j = j0; j < j1; ++j) {
    const index_t first = j * columns;
    const index_t width = std::min(columns, n - first);
    half_bits* panel = packed + std::ptrdiff_t(j) * k * columns;
    if (width < columns) std::fill_n(panel, std::ptrdiff_t(k) * columns, half_bits(0));
    const index_t eights = width / 8 * 8;
    if (!transposed) {
      for (index_t p = 0; p < k; ++p) {
        const float* from = w.row(p) + first;
        half_bits* to = panel + std::ptrdiff_t(p) * columns;
        for (index_t c = 0; c < eights; c += 8) {
          _mm_storeu_si128((__m128i*)(to + c), narrow_exactly(_mm256_loadu_ps(from + c), lost));
        }
        for (index_t c = eights; c < width; ++c) to[c] = narrow_exactly(from[c], lost);
      }
      continue;
    }
    for (index_t begin = 0; begin < k; begin += packed_at_once) {
      const index_t end = std::min(k, begin + packed_at_once);
      const index_t whole = end - (end - begin) % 8;
      for (index_t c = 0; c < eights; c += 8) {
        for (index_t p = begin; p < whole; p += 8) {
          __m128i rows[8];
#pragma GCC unroll 8
          for (int i = 0; i < 8; ++i) {
            rows[i] = narrow_exactly(_mm256_loadu_ps(w.row(first + c + i) + p), lost);
          }
          turn_eight(rows, columns, panel + std::ptrdiff_t(p) * columns + c);
        }
      }
      for (index_t c = 0; c < width; ++c) {
        for (index_t p = c < eights ? whole : begin; p < end; ++p) {
          panel[std::ptrdiff_t(p) * columns + c] = narrow_exactly(w.row(first + c)[p], lost);
        }
      }
    }
  }
  return _mm256_testz_si256(lost, lost) != 0;
}

/// `count` halves, a multiple of 16, as floats.
__attribute__((target("avx2,f16c"))) inline void widen_panel(const half_bits* halves, std::ptrdiff_t count,
                                                             float* floats) {
  for (std::ptrdiff_t i = 0; i < count; i += 16) {
    _mm256_store_ps(floats + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i*)(halves + i))));
    _mm256_store_ps(floats + i + 8, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i*)(halves + i + 8))));
  }
}

#else

// Without kernels no matrix is kept as halves.
inline bool pack_halves(view<const float, 2>, bool, index_t, index_t, index_t, half_bits*) { return false; }
inline void widen_panel(const half_bits*, std::ptrdiff_t, float*) {}

#endif

/// A block of a panel as multiply_block() wants it: widened into memory of a thread.
struct widened_block {
  float* floats;
  const float* operator()(const half_bits* block, std::ptrdiff_t count) const {
    widen_panel(block, count, floats);
    return floats;
  }
};

}  // namespace coop::detail

#endif
