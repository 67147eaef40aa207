// SPDX-License-Identifier: MIT
//
// Pillow's bicubic resampling in one direction (Resample.c): which inputs an output sees, their weights in fixed
// point, and the two passes, over columns and over rows. Sums are exact in 32 bits, so the vectorised passes, chosen
// when the program starts, give the bytes of the plain ones.
#ifndef COOP_DATA_DETAIL_RESAMPLING_HPP
#define COOP_DATA_DETAIL_RESAMPLING_HPP

#include <coop/data/image.hpp>
#include <coop/device/instruction_set.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#if COOP_X86_DISPATCH
#include <immintrin.h>
#endif

namespace coop::detail {

/// Keeps a compiler from fusing the product with a sum that follows: filter weights must round as Pillow's
/// do.
inline double rounded(double product) {
#if COOP_X86_DISPATCH
  __asm__("" : "+x"(product));  // in a register, which memory would cost a picture tens of microseconds
  return product;
#else
  const volatile double kept = product;
  return kept;
#endif
}

/// Keys' cubic with a = -0.5, in Pillow's order of operations.
inline double cubic(double t) {
  constexpr double a = -0.5;
  t = std::abs(t);
  if (t < 1.0) return rounded(rounded((rounded((a + 2.0) * t) - (a + 3.0)) * t) * t) + 1;
  if (t < 2.0) return rounded((rounded((rounded((t - 5) * t) + 8) * t) - 4) * a);
  return 0.0;
}

/// For the output indices [begin, end) of one direction, the inputs each sees and their weights in fixed
/// point.
struct resampling {
  static constexpr int fraction_bits = 32 - 8 - 2;  // eight bits of pixel and two of overshoot stay free

  struct window {
    index_t first = 0;
    index_t count = 0;
  };
  std::vector<window> windows;
  std::vector<std::int32_t> weights;  // (end - begin, taps)
  std::size_t taps = 0;

  resampling(index_t inputs, index_t outputs, index_t begin, index_t end) {
    const double scale = double(inputs) / double(outputs);
    const double stretch = std::max(scale, 1.0);
    const double support = 2.0 * stretch;
    const double shrink = 1.0 / stretch;
    taps = 2 * std::size_t(std::ceil(support)) + 1;
    windows.reserve(std::size_t(end - begin));
    weights.assign(std::size_t(end - begin) * taps, 0);
    std::vector<double> exact(taps);
    for (index_t x = begin; x < end; ++x) {
      const double center = rounded((x + 0.5) * scale);
      const auto first = std::max(index_t(center - support + 0.5), index_t{0});
      const auto last = std::min(index_t(center + support + 0.5), inputs);
      const index_t count = last - first;
      double sum = 0;
      for (index_t j = 0; j < count; ++j) {
        exact[std::size_t(j)] = cubic(rounded((j + first - center + 0.5) * shrink));
        sum += exact[std::size_t(j)];
      }
      windows.push_back({first, count});
      for (index_t j = 0; j < count; ++j) {
        const double w = sum != 0.0 ? exact[std::size_t(j)] / sum : exact[std::size_t(j)];
        const double scaled = w * double(1 << fraction_bits);  // exact: a power of two
        weights[std::size_t(x - begin) * taps + std::size_t(j)] =
            std::int32_t(w < 0 ? scaled - 0.5 : scaled + 0.5);
      }
    }
  }

  /// Of the output at place `i` of the range.
  [[nodiscard]] const std::int32_t* weights_of(index_t i) const { return &weights[std::size_t(i) * taps]; }
};

COOP_HOST_DEVICE inline std::uint8_t to_pixel(std::int32_t sum) {
  const std::int32_t value = sum >> resampling::fraction_bits;
  return static_cast<std::uint8_t>(value < 0 ? 0 : value < 255 ? value : 255);
}

constexpr std::int32_t resampling_half = std::int32_t{1} << (resampling::fraction_bits - 1);

/// Rows stay, columns are resampled, into rows of `target` that are `stride` bytes apart. Sixteen rows are turned so
/// that they lie side by side: then the innermost loop runs over them without gaps, and every compiler makes vector
/// instructions of it.
template <index_t Channels>
void resample_columns_portable(basic_image_view<Channels> source, const resampling& plan,
                               std::uint8_t* target, std::size_t stride) {
  constexpr std::size_t rows = 16;
  constexpr std::size_t lane = std::size_t(Channels) * rows;
  const auto outputs = index_t(plan.windows.size());
  std::vector<std::uint8_t> turned(lane * std::size_t(source.width));  // (width, Channels, rows)
  for (index_t y0 = 0; y0 < source.height; y0 += index_t(rows)) {
    const auto here = std::min(rows, std::size_t(source.height - y0));
    for (std::size_t r = 0; r < here; ++r) {
      const std::uint8_t* row = source.row(y0 + index_t(r));
      std::uint8_t* column = &turned[r];
      const std::size_t samples = std::size_t(Channels) * std::size_t(source.width);
      for (std::size_t i = 0; i < samples; ++i) column[i * rows] = row[i];
    }
    for (index_t x = 0; x < outputs; ++x) {
      const auto [first, count] = plan.windows[std::size_t(x)];
      const std::int32_t* weights = plan.weights_of(x);
      std::int32_t sums[lane];
      std::fill_n(sums, lane, resampling_half);
      for (index_t j = 0; j < count; ++j) {
        const std::int32_t w = weights[j];
        const std::uint8_t* pixels = &turned[lane * std::size_t(first + j)];
        for (std::size_t i = 0; i < lane; ++i) sums[i] += w * pixels[i];
      }
      for (std::size_t r = 0; r < here; ++r) {
        std::uint8_t* out = target + (std::size_t(y0) + r) * stride + std::size_t(Channels) * std::size_t(x);
        for (std::size_t c = 0; c < std::size_t(Channels); ++c) out[c] = to_pixel(sums[c * rows + r]);
      }
    }
  }
}

/// One row out of `count` that are `stride` bytes apart.
inline void resample_row_portable(const std::uint8_t* rows, std::ptrdiff_t stride,
                                  const std::int32_t* weights, index_t count, std::size_t row_bytes,
                                  std::uint8_t* target) {
  constexpr std::size_t strip = 64;
  for (std::size_t begin = 0; begin < row_bytes; begin += strip) {
    const std::size_t length = std::min(strip, row_bytes - begin);
    std::array<std::int32_t, strip> sums;
    sums.fill(resampling_half);
    for (index_t j = 0; j < count; ++j) {
      const std::int32_t w = weights[j];
      const std::uint8_t* row = rows + j * stride + begin;
      for (std::size_t i = 0; i < length; ++i) sums[i] += w * row[i];
    }
    for (std::size_t i = 0; i < length; ++i) target[begin + i] = to_pixel(sums[i]);
  }
}

#if COOP_X86_DISPATCH

/// Weights of a pass over columns for the vectorised body: of every four taps the upper parts, then the lower parts,
/// weight = 256 upper + lower. Sixteen bits a part, so that two products and their sum are one instruction.
struct split_weights {
  std::vector<std::int16_t> parts;  // (outputs, groups, 2, 4)
  std::size_t groups = 0;           // of the widest output
  bool fits = true;

  explicit split_weights(const resampling& plan) {
    index_t most = 0;
    for (const auto& window : plan.windows) most = std::max(most, window.count);
    groups = (std::size_t(most) + 3) / 4;
    parts.assign(plan.windows.size() * groups * 8, 0);
    for (std::size_t x = 0; x < plan.windows.size(); ++x) {
      const std::int32_t* weights = plan.weights_of(index_t(x));
      std::int16_t* out = &parts[x * groups * 8];
      for (std::size_t j = 0; j < std::size_t(plan.windows[x].count); ++j) {
        const std::int32_t upper = weights[j] >> 8;
        fits = fits && upper >= INT16_MIN && upper <= INT16_MAX;  // of every filter there is
        out[j / 4 * 8 + j % 4] = std::int16_t(upper);
        out[j / 4 * 8 + 4 + j % 4] = std::int16_t(weights[j] & 255);
      }
    }
  }
};

/// Four RGB rows at once. Reads up to 16 bytes beyond the last pixel of a row.
__attribute__((target("avx2"))) inline void resample_four_rows_avx2(
    const std::array<const std::uint8_t*, 4>& rows, const resampling& plan, const split_weights& split,
    const std::array<std::uint8_t*, 4>& targets) {
  // Of four pixels, each half of the register takes two: red and red, green and green, blue and blue, in 16 bits.
  const __m256i pairs = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,  //
                                         6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  const __m256i upper = _mm256_setr_epi8(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, -1, -1, -1, -1,  //
                                         4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, -1, -1, -1, -1);
  const __m256i lower = _mm256_setr_epi8(8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11, -1, -1, -1, -1,  //
                                         12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, -1, -1, -1, -1);
  const __m128i half = _mm_set1_epi32(resampling_half);
  const std::size_t outputs = plan.windows.size();
  const std::uint8_t* row0 = rows[0];
  const std::uint8_t* row1 = rows[1];
  const std::uint8_t* row2 = rows[2];
  const std::uint8_t* row3 = rows[3];
  for (std::size_t x = 0; x < outputs; ++x) {
    const resampling::window window = plan.windows[x];
    const std::int16_t* parts = &split.parts[x * split.groups * 8];
    __m256i h0 = _mm256_setzero_si256();
    __m256i h1 = h0, h2 = h0, h3 = h0, l0 = h0, l1 = h0, l2 = h0, l3 = h0;
    std::size_t at = 3 * std::size_t(window.first);
    for (index_t j = 0; j < window.count; j += 4, at += 12, parts += 8) {
      // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): loads, as the instructions spell them
      const __m256i both =
          _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(parts)));
      const __m256i h = _mm256_shuffle_epi8(both, upper);
      const __m256i l = _mm256_shuffle_epi8(both, lower);
      const __m256i p0 = _mm256_shuffle_epi8(
          _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row0 + at))), pairs);
      h0 = _mm256_add_epi32(h0, _mm256_madd_epi16(p0, h));
      l0 = _mm256_add_epi32(l0, _mm256_madd_epi16(p0, l));
      const __m256i p1 = _mm256_shuffle_epi8(
          _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row1 + at))), pairs);
      h1 = _mm256_add_epi32(h1, _mm256_madd_epi16(p1, h));
      l1 = _mm256_add_epi32(l1, _mm256_madd_epi16(p1, l));
      const __m256i p2 = _mm256_shuffle_epi8(
          _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row2 + at))), pairs);
      h2 = _mm256_add_epi32(h2, _mm256_madd_epi16(p2, h));
      l2 = _mm256_add_epi32(l2, _mm256_madd_epi16(p2, l));
      const __m256i p3 = _mm256_shuffle_epi8(
          _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row3 + at))), pairs);
      h3 = _mm256_add_epi32(h3, _mm256_madd_epi16(p3, h));
      l3 = _mm256_add_epi32(l3, _mm256_madd_epi16(p3, l));
      // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    }
    const __m256i w0 = _mm256_add_epi32(_mm256_slli_epi32(h0, 8), l0);
    const __m256i w1 = _mm256_add_epi32(_mm256_slli_epi32(h1, 8), l1);
    const __m256i w2 = _mm256_add_epi32(_mm256_slli_epi32(h2, 8), l2);
    const __m256i w3 = _mm256_add_epi32(_mm256_slli_epi32(h3, 8), l3);
    // Rows 0 and 2 in one register, 1 and 3 in another, each the sum of its halves.
    const __m256i even =
        _mm256_add_epi32(_mm256_permute2x128_si256(w0, w2, 0x20), _mm256_permute2x128_si256(w0, w2, 0x31));
    const __m256i odd =
        _mm256_add_epi32(_mm256_permute2x128_si256(w1, w3, 0x20), _mm256_permute2x128_si256(w1, w3, 0x31));
    const __m256i wide_half = _mm256_broadcastsi128_si256(half);
    const __m256i even_pixels =
        _mm256_srai_epi32(_mm256_add_epi32(even, wide_half), resampling::fraction_bits);
    const __m256i odd_pixels = _mm256_srai_epi32(_mm256_add_epi32(odd, wide_half), resampling::fraction_bits);
    const __m256i words = _mm256_packs_epi32(even_pixels, odd_pixels);  // rows 0, 1; 2, 3
    const __m256i bytes = _mm256_packus_epi16(words, words);
    const auto first_two = std::uint64_t(_mm256_extract_epi64(bytes, 0));
    const auto last_two = std::uint64_t(_mm256_extract_epi64(bytes, 2));
    const std::array<std::uint32_t, 4> pixels{std::uint32_t(first_two), std::uint32_t(first_two >> 32),
                                              std::uint32_t(last_two), std::uint32_t(last_two >> 32)};
    if (x + 1 < outputs) {  // the fourth byte is the next pixel's, which is written later
      for (std::size_t r = 0; r < 4; ++r) std::memcpy(targets[r] + 3 * x, &pixels[r], 4);
    } else {
      for (std::size_t r = 0; r < 4; ++r) std::memcpy(targets[r] + 3 * x, &pixels[r], 3);
    }
  }
}

inline void resample_columns_avx2(basic_image_view<3> source, const resampling& plan,
                                  const split_weights& split, std::uint8_t* target, std::size_t stride) {
  const std::size_t row_bytes = 3 * std::size_t(source.width);
  constexpr std::size_t beyond = 16;
  // Rows behind which nothing may be read are read from copies; a block that is not full repeats its last row.
  const std::uint8_t* end = std::max(source.row(0), source.row(source.height - 1)) + row_bytes;
  std::vector<std::uint8_t> copies;
  std::vector<std::uint8_t> unused;
  for (index_t y0 = 0; y0 < source.height; y0 += 4) {
    std::array<const std::uint8_t*, 4> rows{};
    std::array<std::uint8_t*, 4> targets{};
    for (index_t r = 0; r < 4; ++r) {
      const auto place = std::size_t(r);
      const index_t y = std::min(y0 + r, source.height - 1);
      rows[place] = source.row(y);
      if (std::size_t(end - rows[place]) < row_bytes + beyond) {
        copies.resize(4 * (row_bytes + beyond));
        std::uint8_t* copy = &copies[place * (row_bytes + beyond)];
        std::memcpy(copy, rows[place], row_bytes);
        rows[place] = copy;
      }
      if (y0 + r < source.height) {
        targets[place] = target + std::size_t(y) * stride;
      } else {
        unused.resize(3 * plan.windows.size());
        targets[place] = unused.data();
      }
    }
    resample_four_rows_avx2(rows, plan, split, targets);
  }
}

/// Writes all of `row_bytes`, at least 32.
__attribute__((target("avx2"))) inline void resample_row_avx2(const std::uint8_t* rows, std::ptrdiff_t stride,
                                                              const std::int32_t* weights, index_t count,
                                                              std::size_t row_bytes, std::uint8_t* target) {
  constexpr std::size_t strip = 32;
  const __m256i half = _mm256_set1_epi32(resampling_half);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  for (std::size_t i = 0; i < row_bytes; i += strip) {
    const std::size_t begin = std::min(i, row_bytes - strip);  // the last strip may overlap the one before
    __m256i s0 = half, s1 = half, s2 = half, s3 = half;
    const std::uint8_t* row = rows + begin;
    for (index_t j = 0; j < count; ++j, row += stride) {
      // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): loads, as the instructions spell them
      const __m256i w = _mm256_set1_epi32(weights[j]);
      const auto* p = reinterpret_cast<const __m128i*>(row);
      const auto* q = reinterpret_cast<const __m128i*>(row + 16);
      const auto* p8 = reinterpret_cast<const __m128i*>(row + 8);
      const auto* q8 = reinterpret_cast<const __m128i*>(row + 24);
      s0 = _mm256_add_epi32(s0, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(_mm_loadl_epi64(p)), w));
      s1 = _mm256_add_epi32(s1, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(_mm_loadl_epi64(p8)), w));
      s2 = _mm256_add_epi32(s2, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(_mm_loadl_epi64(q)), w));
      s3 = _mm256_add_epi32(s3, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(_mm_loadl_epi64(q8)), w));
      // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    }
    const __m256i first = _mm256_packs_epi32(_mm256_srai_epi32(s0, resampling::fraction_bits),
                                             _mm256_srai_epi32(s1, resampling::fraction_bits));
    const __m256i second = _mm256_packs_epi32(_mm256_srai_epi32(s2, resampling::fraction_bits),
                                              _mm256_srai_epi32(s3, resampling::fraction_bits));
    const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(first, second), order);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as above
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(target + begin), bytes);
  }
}

#endif

/// Rows stay, columns are resampled, into rows of `target` that are `stride` bytes apart.
template <index_t Channels>
void resample_columns(basic_image_view<Channels> source, const resampling& plan, std::uint8_t* target,
                      std::size_t stride, [[maybe_unused]] instruction_set set = best_instruction_set()) {
#if COOP_X86_DISPATCH
  if constexpr (Channels == 3) {
    if (set != instruction_set::portable) {
      if (const split_weights split(plan); split.fits) {
        return resample_columns_avx2(source, plan, split, target, stride);
      }
    }
  }
#endif
  resample_columns_portable<Channels>(source, plan, target, stride);
}

/// Columns stay, rows are resampled; `rows` begins at input row `offset` of the plan.
inline void resample_rows(const std::uint8_t* rows, std::ptrdiff_t stride, const resampling& plan,
                          index_t offset, std::size_t row_bytes, std::uint8_t* target,
                          [[maybe_unused]] instruction_set set = best_instruction_set()) {
  for (std::size_t y = 0; y < plan.windows.size(); ++y, target += row_bytes) {
    const auto [first, count] = plan.windows[y];
    const std::uint8_t* begin = rows + (first - offset) * stride;
    const std::int32_t* weights = plan.weights_of(index_t(y));
#if COOP_X86_DISPATCH
    if (set != instruction_set::portable && row_bytes >= 32) {
      resample_row_avx2(begin, stride, weights, count, row_bytes, target);
      continue;
    }
#endif
    resample_row_portable(begin, stride, weights, count, row_bytes, target);
  }
}

}  // namespace coop::detail

#endif
