// SPDX-License-Identifier: MIT
//
// In which numbers a device multiplies by frozen matrices. Whatever it is, sums are float32, and so are the
// context, its gradient, the optimizer's state, norms, softmax and loss.
#ifndef COOP_DEVICE_PRECISION_HPP
#define COOP_DEVICE_PRECISION_HPP

#include <coop/error.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace coop {

/// What both operands are rounded to before they are multiplied; products are summed in float32.
enum class precision {
  float32,   ///< not rounded
  tf32,      ///< 11 bits of mantissa and float32's range, as tensor cores read float32
  bfloat16,  ///< 8 bits of mantissa and float32's range
  float16    ///< 11 bits of mantissa, numbers from 6e-8 to 65504
};

/// The word for a precision, as precision_named() takes it.
constexpr std::string_view name(precision p) {
  constexpr std::string_view words[] = {"float32", "tf32", "bfloat16", "float16"};
  return words[std::size_t(p)];
}

namespace detail {
inline constexpr precision precisions[] = {precision::float32, precision::tf32, precision::bfloat16,
                                           precision::float16};

template <class Range>
std::string names_of(const Range& some) {
  std::string text;
  for (const precision p : some) text += (text.empty() ? "" : ", ") + std::string(name(p));
  return text;
}
}  // namespace detail

/// What a gradient is multiplied by on its way through products of this precision, and divided by at its end. float16
/// ends at 6e-8, and gradients become as small where a model is nearly right; a power of two moves them away from that
/// end and changes no digit of what is float32. What it moves beyond 65504 at the other end makes a loss that is no
/// number, which ends a training.
constexpr float gradient_scale(precision p) { return p == precision::float16 ? 256.0f : 1.0f; }

/// The precision that a word names; an unknown word is a choice_error with the known ones.
inline precision precision_named(std::string_view word) {
  for (const precision p : detail::precisions) {
    if (name(p) == word) return p;
  }
  throw choice_error("unknown precision '" + std::string(word) +
                     "'; known: " + detail::names_of(detail::precisions));
}

/// `wanted`, which `device` must have among `offered`; else a choice_error says which it has.
inline precision offered_precision(precision wanted, const char* device,
                                   std::initializer_list<precision> offered) {
  check<choice_error>(std::find(offered.begin(), offered.end(), wanted) != offered.end(), [&] {
    return "device " + std::string(device) + ": precision of products: expected one of " +
           detail::names_of(offered) + ", got " + std::string(name(wanted));
  });
  return wanted;
}

/// gradient_scale() of the products of a device; 1 where it has one precision only.
template <class D>
float gradient_scale_of(const D& device) {
  if constexpr (requires { gradient_scale(device.products()); }) {
    return gradient_scale(device.products());
  } else {
    return 1.0f;
  }
}

}  // namespace coop

#endif
