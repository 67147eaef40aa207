// SPDX-License-Identifier: MIT
//
// The least type that is a device: it promises what the concept asks and not a verb more. Layers and towers
// are instantiated with it by a compile test, which proves that nothing above floor 2 needs more of a device.
// Its verbs are declared and never defined.
#ifndef COOP_DEVICE_ARCHETYPE_HPP
#define COOP_DEVICE_ARCHETYPE_HPP

#include <coop/device/concepts.hpp>

#include <cstddef>
#include <type_traits>

namespace coop::device {

/// A device in name only.
struct archetype {
  using scalar = float;
  static constexpr const char* name = "archetype";

  /// Memory that nobody gives.
  template <class U>
  struct buffer {
    U* data();
    const U* data() const;
  };
  /// A matrix that nobody packs.
  struct frozen {
    index_t inputs() const;
    index_t outputs() const;
    std::size_t bytes() const;
  };

  template <class U>
  buffer<U> allocate(std::size_t n) const;
  template <class U, int Rank>
  void upload(view<const U, Rank> from, view<U, Rank> to) const;
  template <class U, int Rank>
  void download(view<const U, Rank> from, view<U, Rank> to) const;
  template <class U, int Rank>
  void copy(view<const U, Rank> from, view<U, Rank> to) const;
  template <class U, int Rank>
  void fill(view<U, Rank> to, std::type_identity_t<U> value) const;
  void synchronize() const;

  void gemm(op a, op b, float alpha, view<const float, 2> left, view<const float, 2> right, float beta,
            view<float, 2> out) const;
  template <class A, class B, class Out>
  void gemm_each(index_t count, op a, op b, const A& left, const B& right, const Out& out) const;
  frozen freeze(view<const float, 2> w, op orientation, rounding may = rounding::none) const;
  frozen freeze_from_host(view<const float, 2> w, op orientation, rounding may = rounding::none,
                          storage how = storage::fast) const;
  template <class Finish = as_multiplied>
  void multiply(view<const float, 2> x, const frozen& w, view<const float, 1> bias, bool accumulate,
                view<float, 2> y, const Finish& finish = {}) const;
  template <class X, class W, class Y>
  void multiply_each(index_t count, const X& x, const W& w, const Y& y) const;

  template <class F>
  void for_each(index_t n, const F& f) const;
  template <class F>
  void for_each_row(index_t rows, const F& f) const;
};

static_assert(Device<archetype>);

}  // namespace coop::device

#endif
