// SPDX-License-Identifier: MIT
//
// The two 16-bit floating-point formats of weight files, IEEE binary16 and bfloat16, to and from float32.
// Narrowing rounds to nearest, ties to even, as every writer of such files does; widening is exact.
#ifndef COOP_IO_HALF_HPP
#define COOP_IO_HALF_HPP

#include <bit>
#include <cstdint>

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

}  // namespace coop

#endif
