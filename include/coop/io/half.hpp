// SPDX-License-Identifier: MIT
//
// The two 16-bit floating-point formats of weight files, IEEE binary16 and bfloat16, to and from float32.
// Narrowing rounds to nearest, ties to even, as every writer of such files does; widening is exact.
#ifndef COOP_IO_HALF_HPP
#define COOP_IO_HALF_HPP

#include <coop/processor.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if COOP_X86_DISPATCH
#include <immintrin.h>
#endif

namespace coop {

/// The value of a binary16 pattern.
constexpr float float_from_half(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu;
  const std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  const float magnitude = float(mantissa) * 0x1p-24f;  // subnormal or zero: exact in float32
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

/// The nearest binary16 pattern; beyond the largest finite value infinity, of a NaN a quiet NaN.
constexpr std::uint16_t half_from_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return std::uint16_t(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
  if (magnitude >= 0x477ff000u)
    return std::uint16_t(sign | 0x7c00u);  // 65520, half way past the largest, and up
  if (magnitude < 0x38800000u) {           // below 2^-14: the pattern is the value in units of 2^-24
    const std::uint32_t exponent = magnitude >> 23;
    if (exponent < 102) return std::uint16_t(sign);  // below 2^-25: nearer to zero than to one unit
    const std::uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    const std::uint32_t shift = 126 - exponent;  // 14 .. 24
    const std::uint32_t units = mantissa >> shift;
    const std::uint32_t rest = mantissa & ((1u << shift) - 1);
    const std::uint32_t half_way = 1u << (shift - 1);
    return std::uint16_t(sign |
                         (units + std::uint32_t(rest > half_way || (rest == half_way && (units & 1u)))));
  }
  const std::uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return std::uint16_t(sign | ((rounded - (112u << 23)) >> 13));
}

/// The value of a bfloat16 pattern.
constexpr float float_from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t(bits) << 16);
}

/// The nearest bfloat16 pattern; of a NaN a quiet NaN.
constexpr std::uint16_t bfloat16_from_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return std::uint16_t((bits >> 16) | 0x40u);
  return std::uint16_t((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

namespace detail {

inline void widen_halves_portable(const std::byte* halves, std::size_t count, float* floats) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, halves + i * sizeof bits, sizeof bits);
    floats[i] = float_from_half(bits);
  }
}

#if COOP_X86_DISPATCH
/// NaNs that signal come out quiet; else the same.
__attribute__((target("avx,f16c"))) inline void widen_halves_f16c(const std::byte* halves, std::size_t count,
                                                                  float* floats) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a load, as the instruction spells it
    const __m128i eight = _mm_loadu_si128(reinterpret_cast<const __m128i*>(halves + 2 * i));
    _mm256_storeu_ps(floats + i, _mm256_cvtph_ps(eight));
  }
  widen_halves_portable(halves + 2 * i, count - i, floats + i);
}
#endif

/// `count` binary16 numbers, which need not be aligned, as floats.
inline void widen_halves(const std::byte* halves, std::size_t count, float* floats) {
#if COOP_X86_DISPATCH
  if (processor_has_f16c()) return widen_halves_f16c(halves, count, floats);
#endif
  widen_halves_portable(halves, count, floats);
}

}  // namespace detail

}  // namespace coop

#endif
