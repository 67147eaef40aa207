// SPDX-License-Identifier: MIT
//
// A view: pointer, shape and the distance between consecutive indices of the first axis; the inner axes
// are dense and row-major. Trivially copyable, passed by value, usable in kernels. Views are handed
// down and never kept; const is in the element type.
#ifndef COOP_TENSOR_VIEW_HPP
#define COOP_TENSOR_VIEW_HPP

#include <coop/error.hpp>
#include <coop/tensor/shape.hpp>

#include <cstddef>
#include <type_traits>

namespace coop {

/// Borrowed array of `Rank` axes. The first axis may be strided: a column slice of a matrix is a view.
template <class T, int Rank>
struct view {
  T* data = nullptr;          ///< the first element
  shape<Rank> extents{};      ///< of each axis
  std::ptrdiff_t stride = 0;  // elements between consecutive indices of axis 0

  view() = default;
  /// Dense, from the first element.
  COOP_HOST_DEVICE constexpr view(T* p, shape<Rank> s) : data(p), extents(s), stride(inner(s)) {}
  /// Rows that are `row_stride` elements apart.
  COOP_HOST_DEVICE constexpr view(T* p, shape<Rank> s, std::ptrdiff_t row_stride)
      : data(p), extents(s), stride(row_stride) {}

  /// Every view reads as a view of const.
  template <class U>
    requires(std::is_same_v<const U, T> && !std::is_const_v<U>)
  COOP_HOST_DEVICE constexpr view(const view<U, Rank>& v)  // NOLINT(google-explicit-constructor)
      : data(v.data), extents(v.extents), stride(v.stride) {}

  /// One extent, the first, the last, all elements, and whether they lie without gaps.
  [[nodiscard]] COOP_HOST_DEVICE constexpr index_t extent(int axis) const { return extents[axis]; }
  [[nodiscard]] COOP_HOST_DEVICE constexpr index_t rows() const { return extents[0]; }
  [[nodiscard]] COOP_HOST_DEVICE constexpr index_t columns() const { return extents[Rank - 1]; }
  [[nodiscard]] COOP_HOST_DEVICE constexpr std::size_t size() const { return extents.size(); }
  [[nodiscard]] COOP_HOST_DEVICE constexpr bool dense() const { return stride == inner(extents); }

  /// Start of index i of the first axis.
  [[nodiscard]] COOP_HOST_DEVICE constexpr T* row(index_t i) const { return data + i * stride; }

  /// One element.
  COOP_HOST_DEVICE constexpr T& operator()(index_t i) const requires(Rank == 1) { return data[i * stride]; }
  /// The same of a matrix.
  COOP_HOST_DEVICE constexpr T& operator()(index_t i, index_t j) const requires(Rank == 2) {
    return data[i * stride + j];
  }
  /// The same of three axes.
  COOP_HOST_DEVICE constexpr T& operator()(index_t i, index_t j, index_t k) const requires(Rank == 3) {
    return data[i * stride + std::ptrdiff_t(j) * extents[2] + k];
  }

  /// Indices [begin, end) of the first axis.
  [[nodiscard]] COOP_HOST_DEVICE constexpr view slice(index_t begin, index_t end) const {
    shape<Rank> s = extents;
    s[0] = end - begin;
    return {data + begin * stride, s, stride};
  }
  /// Columns [begin, end) of a matrix.
  [[nodiscard]] COOP_HOST_DEVICE constexpr view slice_columns(index_t begin, index_t end) const
      requires(Rank == 2) {
    return {data + begin, shape<2>{extents[0], end - begin}, stride};
  }
  /// The part at index i of the first axis.
  [[nodiscard]] COOP_HOST_DEVICE constexpr view<T, Rank - 1> at(index_t i) const requires(Rank > 1) {
    shape<Rank - 1> s{};
    for (int axis = 1; axis < Rank; ++axis) s[axis - 1] = extents[axis];
    return {row(i), s};
  }

 private:
  COOP_HOST_DEVICE static constexpr std::ptrdiff_t inner(const shape<Rank>& s) {
    std::ptrdiff_t n = 1;
    for (int axis = 1; axis < Rank; ++axis) n *= s[axis];
    return n;
  }
};

/// Index i to the i-th of dense matrices that lie one behind the other, as a device's verbs take many operands.
template <class T>
struct matrices_of {
  view<T, 3> all;  ///< (matrices, rows, columns)

  /// The i-th matrix.
  view<T, 2> operator()(index_t i) const { return all.at(i); }
};

/// The same dense elements under another shape.
template <int To, class T, int From>
COOP_HOST_DEVICE constexpr view<T, To> reshape(view<T, From> v, shape<To> s) {
  COOP_ASSERT(v.dense() && v.size() == s.size());
  return {v.data, s};
}

}  // namespace coop

#endif
