// SPDX-License-Identifier: MIT
//
// Host arrays of any rank for users who compute with xtensor: the boundary between its containers and this
// library's views, and the one place that includes it. Nothing inside the library needs more than views.
#ifndef COOP_TENSOR_ARRAY_HPP
#define COOP_TENSOR_ARRAY_HPP

#include <coop/error.hpp>
#include <coop/tensor/view.hpp>

#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xtensor.hpp>  // from version 0.26
#else
#include <xtensor/xtensor.hpp>
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <tuple>
#include <type_traits>

namespace coop {

/// An owned host array, row-major whatever xtensor's default is.
template <class T, int Rank>
using array = xt::xtensor<T, std::size_t(Rank), xt::layout_type::row_major>;

namespace detail {

template <class Array>
auto extents_of(const Array& a) {
  constexpr int rank = static_cast<int>(std::tuple_size_v<typename Array::shape_type>);
  shape<rank> extents{};
  for (int axis = 0; axis < rank; ++axis) {
    const std::size_t extent = a.shape()[std::size_t(axis)];
    check<shape_error>(extent <= std::size_t(std::numeric_limits<index_t>::max()), [&] {
      return "array: extent of axis " + std::to_string(axis) + ": expected at most 2^31 - 1, got " +
             std::to_string(extent);
    });
    extents[axis] = static_cast<index_t>(extent);
  }
  return extents;
}

}  // namespace detail

/// The elements of an array as a view; valid while the array lives and keeps its shape.
template <class T, std::size_t Rank>
view<T, int(Rank)> as_view(xt::xtensor<T, Rank, xt::layout_type::row_major>& a) {
  return {a.data(), detail::extents_of(a)};
}
/// The elements of an xtensor array as a view; the array must outlive it.
template <class T, std::size_t Rank>
view<const T, int(Rank)> as_view(const xt::xtensor<T, Rank, xt::layout_type::row_major>& a) {
  return {a.data(), detail::extents_of(a)};
}
/// A view of a temporary would dangle.
template <class T, std::size_t Rank>
void as_view(const xt::xtensor<T, Rank, xt::layout_type::row_major>&&) = delete;

/// An array with the elements of a host view, dense or not.
template <class T, int Rank>
array<std::remove_const_t<T>, Rank> to_array(view<T, Rank> v) {
  std::array<std::size_t, std::size_t(Rank)> extents{};
  for (int axis = 0; axis < Rank; ++axis) extents[std::size_t(axis)] = std::size_t(v.extent(axis));
  array<std::remove_const_t<T>, Rank> a(extents);
  const std::size_t inner = v.rows() > 0 ? v.size() / std::size_t(v.rows()) : 0;
  for (index_t i = 0; i < v.rows(); ++i) std::copy_n(v.row(i), inner, a.data() + std::size_t(i) * inner);
  return a;
}

/// The elements of a view in a device's memory.
template <class D, class T, int Rank>
array<std::remove_const_t<T>, Rank> to_array(const D& device, view<T, Rank> v) {
  std::array<std::size_t, std::size_t(Rank)> extents{};
  for (int axis = 0; axis < Rank; ++axis) extents[std::size_t(axis)] = std::size_t(v.extent(axis));
  array<std::remove_const_t<T>, Rank> a(extents);
  device.download(view<const T, Rank>(v), as_view(a));
  return a;
}

}  // namespace coop

#endif
