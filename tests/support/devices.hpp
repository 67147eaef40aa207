// SPDX-License-Identifier: MIT
//
// The devices that a test runs on: those of the library and the far one. A source that takes them as a list means the
// same when it is compiled for CUDA, where the roll has one more.
#ifndef COOP_TESTS_DEVICES_HPP
#define COOP_TESTS_DEVICES_HPP

#include <coop/device/devices.hpp>
#include <coop/tensor/tensor.hpp>
#include <coop/type_list.hpp>

#include "far_device.hpp"

#include <cstdio>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace coop::tests {

namespace detail {
template <class List>
struct with_far;
template <class First, class... D>
struct with_far<type_list<First, D...>> {
  static_assert(std::is_same_v<First, device::cpu>);
  using type = std::tuple<First, D..., far>;  // tuples, as BOOST_AUTO_TEST_CASE_TEMPLATE takes them
  using others = std::tuple<D..., far>;
};
}  // namespace detail

/// Every device on which the library must do the same.
using devices = detail::with_far<device::all>::type;
/// The same without the processor: for what is large, and the units of its room have tested there.
using other_devices = detail::with_far<device::all>::others;

/// Whether this machine has a D: a case without it has nothing to say, and the line that says so makes ctest count it as
/// skipped.
template <class D>
bool available() {
  if constexpr (requires { D::available(); }) {
    if (D::available()) return true;
    std::fprintf(stderr, "skipped: no %s device\n", D::name);
    return false;
  } else {
    return true;
  }
}
/// A D to compute on: the first GPU, where an empty one is none.
template <class D>
D opened() {
  if constexpr (requires { D::available(); }) {
    return D(0);
  } else {
    return D();
  }
}

/// Host numbers on a device, in its scalar.
template <class D, class T, int Rank>
tensor<typename D::scalar, Rank, D> on(const D& device, const std::vector<T>& numbers, shape<Rank> extents) {
  const std::vector<typename D::scalar> values(numbers.begin(), numbers.end());
  return to_device(device, view<const typename D::scalar, Rank>{values.data(), extents});
}
/// A table of indices on a device.
template <class D>
tensor<index_t, 1, D> table_on(const D& device, const std::vector<index_t>& table) {
  return to_device(device, view<const index_t, 1>{table.data(), shape<1>{index_t(table.size())}});
}
/// Uninitialised numbers on a device.
template <class D, int Rank>
tensor<typename D::scalar, Rank, D> room_on(const D& device, shape<Rank> extents) {
  return tensor<typename D::scalar, Rank, D>(device, extents);
}
/// The numbers of a device's tensor or view, as the host has them.
template <class D, class T, int Rank>
std::vector<std::remove_const_t<T>> off(const D& device, view<T, Rank> v) {
  return to_host(device, view<const std::remove_const_t<T>, Rank>(v));
}
template <class D, class T, int Rank>
std::vector<T> off(const D& device, const tensor<T, Rank, D>& t) {
  return to_host(device, t.view());
}

}  // namespace coop::tests

#endif
