// SPDX-License-Identifier: MIT
//
// What a device is: memory, products, and two loops. Everything else in the library is a named functor
// run by those loops, so that a device is one header. A device object is a cheap handle (copies
// share threads or stream); its verbs are const and may be called from several host threads.
//
// A layer asks for nothing beyond this page; device/archetype.hpp is the least type that provides it.
#ifndef COOP_DEVICE_CONCEPTS_HPP
#define COOP_DEVICE_CONCEPTS_HPP

#include <coop/tensor/view.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace coop {

/// Whether an operand of a product is read as it lies or transposed.
enum class op : bool { as_is = false, transposed = true };

/// Whether a frozen matrix may be kept and multiplied in a lower precision, where the device was asked for one.
enum class rounding : bool { none, allowed };

/// How a frozen matrix should lie: for the fastest products, or in as few bytes as lose nothing, where products are a
/// few hundredths dearer for it.
enum class storage : bool { fast, compact };

/// One worker of a device on one row: a single thread on the CPU, one of a block on a GPU. Loops over a row run
/// from first() in steps of stride(). After sync() a worker finds what every other wrote before its own; sum and max
/// combine the workers' numbers, give all of them the result, and are such a point too. All workers of a team come to
/// the same of these calls in the same order, or none does.
template <class M>
concept Team = requires(const M& team, float x) {
  { team.first() } -> std::convertible_to<index_t>;
  { team.stride() } -> std::convertible_to<index_t>;
  { M::lanes } -> std::convertible_to<index_t>;
  { team.sum(x) } -> std::same_as<float>;
  { team.max(x) } -> std::same_as<float>;
  team.sync();
};

/// Storage, and the ways in and out of it. What the host holds of a device's memory is an address and no more: it is
/// read and written by the verbs alone. Verbs are done in the order in which they were asked for; upload and download
/// have done with the host's memory when they return, the others may still be on their way until synchronize(). A
/// buffer may be given back before: what was asked of it is done first.
template <class D>
concept Memory = std::copyable<D> &&
    requires(const D& d, view<typename D::scalar, 2> v, view<const typename D::scalar, 2> c) {
  typename D::scalar;
  typename D::template buffer<typename D::scalar>;
  { D::name } -> std::convertible_to<const char*>;
  d.template allocate<typename D::scalar>(std::size_t{});
  d.upload(c, v);
  d.download(c, v);
  d.copy(c, v);
  d.fill(v, typename D::scalar{});
  d.synchronize();
};

/// Whether the host reads and writes a device's memory itself, so that what the host makes need not go there. Devices
/// say so by a member of this name; else it is not.
template <class D>
inline constexpr bool is_the_host = requires {
  requires D::is_the_host;
};

/// What is done to a product's finished elements [begin, end) of a row while they are in the caches: nothing.
/// Others are functors of the same call (nn/elementwise.hpp).
struct as_multiplied {
  /// Nothing.
  template <class M>
  COOP_HOST_DEVICE void operator()(const M&, index_t, index_t, index_t) const {}
};

namespace detail {
template <class View>
struct probe_view {
  View operator()(index_t) const { return {}; }
};
template <class Frozen>
struct probe_frozen {
  const Frozen* w;
  const Frozen& operator()(index_t) const { return *w; }
};
}  // namespace detail

/// Matrix products: of two operands that change, of many such pairs, by a frozen matrix kept in the device's own layout,
/// which it makes of one in its own memory or, for weights just read, in the host's, and by many of these.
template <class D>
concept Algebra = requires(const D& d, view<typename D::scalar, 2> v, view<const typename D::scalar, 2> c,
                           view<const typename D::scalar, 1> bias, const typename D::frozen& w) {
  typename D::frozen;
  d.gemm(op::as_is, op::transposed, typename D::scalar{}, c, c, typename D::scalar{}, v);
  d.gemm_each(index_t{}, op::as_is, op::transposed, detail::probe_view<view<const typename D::scalar, 2>>{},
              detail::probe_view<view<const typename D::scalar, 2>>{},
              detail::probe_view<view<typename D::scalar, 2>>{});
  { d.freeze(c, op::transposed, rounding::allowed) } -> std::same_as<typename D::frozen>;
  {
    d.freeze_from_host(c, op::transposed, rounding::allowed, storage::compact)
    } -> std::same_as<typename D::frozen>;
  d.multiply(c, w, bias, bool{}, v);
  d.multiply(c, w, bias, bool{}, v, as_multiplied{});
  d.multiply_each(index_t{}, detail::probe_view<view<const typename D::scalar, 2>>{},
                  detail::probe_frozen<typename D::frozen>{&w},
                  detail::probe_view<view<typename D::scalar, 2>>{});
};

namespace detail {
struct probe_each {
  COOP_HOST_DEVICE void operator()(index_t) const {}
};
struct probe_row {
  template <class M>
  COOP_HOST_DEVICE void operator()(const M&, index_t) const {}
};
}  // namespace detail

/// The two loops: f(i) for every i, and f(team, row) for every row.
template <class D>
concept Loops = requires(const D& d) {
  d.for_each(index_t{}, detail::probe_each{});
  d.for_each_row(index_t{}, detail::probe_row{});
};

/// Memory, products and loops: all that the library asks of the place where numbers live.
template <class D>
concept Device = Memory<D> && Algebra<D> && Loops<D>;

/// The device that an object computes on, and the type of its numbers there.
template <class X>
using device_of = std::remove_cvref_t<decltype(std::declval<const X&>().device())>;
template <class X>
using scalar_of = typename device_of<X>::scalar;

}  // namespace coop

#endif
