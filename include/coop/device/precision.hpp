// SPDX-License-Identifier: MIT
//
// In which numbers a device multiplies by frozen matrices. Whatever it is, sums are float32, and so are the
// context, its gradient, the optimizer's state, norms, softmax and loss.
#ifndef COOP_DEVICE_PRECISION_HPP
#define COOP_DEVICE_PRECISION_HPP

#include <coop/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace coop {

/// `bfloat16`: both operands rounded to 8 bits of mantissa, products summed in float32.
enum class precision { float32, bfloat16 };

/// The word for a precision, as precision_named() takes it.
constexpr std::string_view name(precision p) {
  constexpr std::string_view words[] = {"float32", "bfloat16"};
  return words[std::size_t(p)];
}

/// The precision that a word names; an unknown word is a choice_error with the known ones.
inline precision precision_named(std::string_view word) {
  for (const precision p : {precision::float32, precision::bfloat16}) {
    if (name(p) == word) return p;
  }
  throw choice_error("unknown precision '" + std::string(word) + "'; known: float32, bfloat16");
}

}  // namespace coop

#endif
