// SPDX-License-Identifier: MIT
#include <coop/io/half.hpp>

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

BOOST_AUTO_TEST_SUITE(half)

namespace {

using coop::bfloat16_from_float;
using coop::float_from_bfloat16;
using coop::float_from_half;
using coop::half_from_float;

constexpr float infinity = std::numeric_limits<float>::infinity();

}  // namespace

BOOST_AUTO_TEST_CASE(patterns_of_the_standard_have_their_values) {
  BOOST_TEST(float_from_half(0x3c00) == 1.0f);
  BOOST_TEST(float_from_half(0xc000) == -2.0f);
  BOOST_TEST(float_from_half(0x7bff) == 65504.0f);
  BOOST_TEST(float_from_half(0x0400) == 0x1p-14f);
  BOOST_TEST(float_from_half(0x03ff) == 1023 * 0x1p-24f);
  BOOST_TEST(float_from_half(0x0001) == 0x1p-24f);
  BOOST_TEST(float_from_half(0x3555) == 0.333251953125f);
  BOOST_TEST(std::signbit(float_from_half(0x8000)));
  BOOST_TEST(float_from_half(0xfc00) == -infinity);
  BOOST_TEST(std::isnan(float_from_half(0x7e01)));
}

BOOST_AUTO_TEST_CASE(every_half_comes_back_from_float32) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto pattern = static_cast<std::uint16_t>(bits);
    const float value = float_from_half(pattern);
    if (std::isnan(value)) {
      BOOST_REQUIRE(std::isnan(float_from_half(half_from_float(value))));
    } else {
      BOOST_REQUIRE(half_from_float(value) == pattern);
    }
  }
}

BOOST_AUTO_TEST_CASE(many_halves_at_once_are_what_each_is_wherever_they_lie) {
  std::vector<std::byte> stored(2 * 65536 + 1);
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    std::memcpy(&stored[2 * bits + 1], &half, sizeof half);  // on odd addresses
  }
  std::vector<float> floats(65536);
  coop::detail::widen_halves(&stored[1], floats.size(), floats.data());
  std::size_t wrong = 0;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const float one = float_from_half(static_cast<std::uint16_t>(bits));
    const bool same = std::isnan(one)
                          ? std::isnan(floats[bits])
                          : std::bit_cast<std::uint32_t>(one) == std::bit_cast<std::uint32_t>(floats[bits]);
    wrong += same ? 0u : 1u;
  }
  BOOST_TEST(wrong == 0u);
  for (std::size_t count = 0; count < 20; ++count) {  // none, whole eights, and what is left over
    std::vector<float> few(21, -1.0f);
    coop::detail::widen_halves(&stored[1 + 2 * 0x3c00], count, few.data());
    for (std::size_t i = 0; i < count; ++i)
      BOOST_TEST(few[i] == float_from_half(static_cast<std::uint16_t>(0x3c00 + i)));
    BOOST_TEST(few[count] == -1.0f);
  }
}

BOOST_AUTO_TEST_CASE(between_two_halves_the_nearer_wins_and_ties_go_to_even) {
  for (std::uint32_t bits = 0; bits < 0x7bff; ++bits) {  // every pair of neighbours, subnormals included
    const float low = float_from_half(static_cast<std::uint16_t>(bits));
    const float high = float_from_half(static_cast<std::uint16_t>(bits + 1));
    const float middle = low + (high - low) / 2;  // exact: float32 has thirteen more bits
    const std::uint32_t even = bits + (bits & 1u);
    BOOST_REQUIRE(half_from_float(middle) == even);
    BOOST_REQUIRE(half_from_float(std::nextafter(middle, 0.0f)) == bits);
    BOOST_REQUIRE(half_from_float(std::nextafter(middle, infinity)) == bits + 1);
    BOOST_REQUIRE(half_from_float(-middle) == (even | 0x8000u));
  }
}

BOOST_AUTO_TEST_CASE(what_is_too_large_becomes_infinity_and_what_is_too_small_zero) {
  BOOST_TEST(half_from_float(65519.996f) == 0x7bff);
  BOOST_TEST(half_from_float(65520.0f) == 0x7c00);
  BOOST_TEST(half_from_float(-infinity) == 0xfc00);
  BOOST_TEST(half_from_float(0x1p-26f) == 0x0000);
  BOOST_TEST(half_from_float(-0x1p-25f) == 0x8000);
  BOOST_TEST(half_from_float(std::numeric_limits<float>::denorm_min()) == 0x0000);
}

BOOST_AUTO_TEST_CASE(a_bfloat16_is_the_upper_half_of_a_float32_rounded_to_even) {
  BOOST_TEST(float_from_bfloat16(0x3f80) == 1.0f);
  BOOST_TEST(float_from_bfloat16(0x4049) == 3.140625f);
  BOOST_TEST(bfloat16_from_float(3.14159274f) == 0x4049);
  BOOST_TEST(bfloat16_from_float(std::bit_cast<float>(0x3f808000u)) == 0x3f80);  // ties, first even, then odd
  BOOST_TEST(bfloat16_from_float(std::bit_cast<float>(0x3f818000u)) == 0x3f82);
  BOOST_TEST(bfloat16_from_float(std::numeric_limits<float>::max()) == 0x7f80);
  BOOST_TEST(bfloat16_from_float(-infinity) == 0xff80);
  BOOST_TEST(std::isnan(float_from_bfloat16(bfloat16_from_float(std::bit_cast<float>(0x7f800001u)))));
}

BOOST_AUTO_TEST_SUITE_END()
