// SPDX-License-Identifier: MIT
//
// Extents of fixed rank. Letters used for shapes everywhere in this library:
//   B batch   C classes   N nodes of the prompt tree   L positions   W width of a tower   E joint embedding
//   H heads   M context vectors   P kept patches or pixels   K, O inputs and outputs of a layer
#ifndef COOP_TENSOR_SHAPE_HPP
#define COOP_TENSOR_SHAPE_HPP

#include <coop/config.hpp>

#include <cstddef>
#include <string>

namespace coop {

/// Extents of an array of `Rank` axes, outermost first. An aggregate: shape<2>{rows, columns}.
template <int Rank>
struct shape {
  static_assert(Rank >= 1, "coop: a shape has at least one axis");
  index_t extents[Rank];  ///< from the outermost

  /// The extent of one axis.
  COOP_HOST_DEVICE constexpr index_t operator[](int axis) const { return extents[axis]; }
  COOP_HOST_DEVICE constexpr index_t& operator[](int axis) { return extents[axis]; }

  /// Number of elements.
  [[nodiscard]] COOP_HOST_DEVICE constexpr std::size_t size() const {
    std::size_t n = 1;
    for (int axis = 0; axis < Rank; ++axis) n *= static_cast<std::size_t>(extents[axis]);
    return n;
  }

  friend constexpr bool operator==(const shape&, const shape&) = default;
};

/// Shape(2, 3) is a shape<2>.
template <class... Extents>
shape(Extents...) -> shape<int(sizeof...(Extents))>;

/// "(2, 3, 4)", as error messages print shapes.
template <int Rank>
std::string to_text(const shape<Rank>& s) {
  std::string text = "(";
  for (int axis = 0; axis < Rank; ++axis) text += (axis ? ", " : "") + std::to_string(s[axis]);
  return text + ")";
}

}  // namespace coop

#endif
