// SPDX-License-Identifier: MIT
//
// Functions of one number, with derivatives, and the passes that apply them. An activation is a policy: a
// struct with a name, value(x) and both(x, y, dy). OpenAI's CLIP uses quick_gelu; many other CLIPs use the
// exact gelu, and no weight file says which, so the choice is the user's and never guessed.
#ifndef COOP_NN_ELEMENTWISE_HPP
#define COOP_NN_ELEMENTWISE_HPP

#include <coop/nn/row.hpp>

#include <cmath>
#include <concepts>
#include <cstdint>

namespace coop::nn {

namespace detail {

/// std::bit_cast, which device code may not call.
template <class To, class From>
COOP_HOST_DEVICE constexpr To bits_as(From x) {
  return __builtin_bit_cast(To, x);
}

}  // namespace detail

/// e^x to about one unit in the last place of float, for |x| <= 87; beyond, that of the nearer end. What is
/// no finite number gives NaN. Without a branch, so that loops over it vectorise: the magnitude is bounded as
/// an integer. Cody and Waite's reduction x = n ln 2 + r, then a polynomial in r (coefficients of Cephes'
/// expf).
COOP_HOST_DEVICE inline float exponential(float given) {
  constexpr float shift = 12582912.0f;  // 1.5 * 2^23: adding it leaves round(x) in the low bits
  constexpr std::int32_t most = detail::bits_as<std::int32_t>(87.0f);
  const auto bits = detail::bits_as<std::int32_t>(given);
  const std::int32_t magnitude = bits & 0x7fffffff;
  const float x =
      detail::bits_as<float>((magnitude < most ? magnitude : most) | (bits & std::int32_t(0x80000000u)));
  const float shifted = x * 1.44269504088896341f + shift;
  const std::int32_t n = detail::bits_as<std::int32_t>(shifted) - detail::bits_as<std::int32_t>(shift);
  const float whole = float(n);
  const float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + (r + 1.0f);
  return p * detail::bits_as<float>((n + 127) << 23) + (given - given);
}
/// The same in double, by the standard library.
COOP_HOST_DEVICE inline double exponential(double x) { return std::exp(x); }

/// 1 / (1 + e^-x).
template <std::floating_point T>
COOP_HOST_DEVICE inline T sigmoid(T x) {
  return T(1) / (T(1) + exponential(-x));
}

/// x * sigmoid(1.702 x), the activation of OpenAI's CLIP.
struct quick_gelu {
  static constexpr const char* name = "quick_gelu";

  /// X sigmoid(1.702 x).
  template <std::floating_point T>
  COOP_HOST_DEVICE static T value(T x) {
    return x * sigmoid(T(1.702) * x);
  }
  /// y = f(x), dy = f'(x) = s + u s (1 - s) with u = 1.702 x, s = sigmoid(u).
  template <std::floating_point T>
  COOP_HOST_DEVICE static void both(T x, T& y, T& dy) {
    const T u = T(1.702) * x;
    const T s = sigmoid(u);
    y = x * s;
    dy = s * (T(1) + u * (T(1) - s));
  }
};

/// x Phi(x) with the error function, the activation of most CLIPs that are not OpenAI's.
struct gelu {
  static constexpr const char* name = "gelu";
  static constexpr bool calls_the_library = true;  ///< compilers make no vectors of it

  /// X Phi(x), by the error function.
  template <std::floating_point T>
  COOP_HOST_DEVICE static T value(T x) {
    return T(0.5) * x * (T(1) + std::erf(x * T(0.70710678118654752440)));
  }
  /// Value and slope in one.
  template <std::floating_point T>
  COOP_HOST_DEVICE static void both(T x, T& y, T& dy) {
    const T phi = T(0.5) * (T(1) + std::erf(x * T(0.70710678118654752440)));
    y = x * phi;
    dy = phi + x * T(0.39894228040143267794) * exponential(T(-0.5) * x * x);
  }
};

/// A differentiable function of one number.
template <class A>
concept Activation = requires(float x, float& y) {
  { A::name } -> std::convertible_to<const char*>;
  { A::value(x) } -> std::same_as<float>;
  A::both(x, y, y);
};
static_assert(Activation<quick_gelu> && Activation<gelu>);

namespace detail {

/// f(i) for the numbers that an activation is of.
template <Activation A, class M, class F>
COOP_HOST_DEVICE inline void activate_each(const M& team, index_t n, const F& f) {
  if constexpr (requires { A::calls_the_library; }) {
    row_each_alone(team, n, f);
  } else {
    row_each(team, n, f);
  }
}

}  // namespace detail

// The passes below are functors of rows and, with a range of columns, what a product is finished with while its
// result is in the caches (Algebra's multiply).

/// x <- f(x).
template <Activation A, class T>
struct activate_row {
  using activation = A;
  view<T, 2> x;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    (*this)(team, row, 0, x.columns());
  }
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row, index_t begin, index_t end) const {
    T* values = x.row(row) + begin;
    detail::activate_each<A>(team, end - begin, [=](index_t i) { values[i] = A::value(values[i]); });
  }
};

/// x <- f(x), slope <- f'(x).
template <Activation A, class T>
struct activate_row_with_slope {
  using activation = A;
  view<T, 2> x;
  view<T, 2> slope;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    (*this)(team, row, 0, x.columns());
  }
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row, index_t begin, index_t end) const {
    T* values = x.row(row) + begin;
    T* slopes = slope.row(row) + begin;
    detail::activate_each<A>(team, end - begin, [=](index_t i) {
      T y;
      T dy;
      A::both(values[i], y, dy);
      values[i] = y;
      slopes[i] = dy;
    });
  }
};

/// x <- x * factor, element by element.
template <class T>
struct multiply_row {
  view<T, 2> x;
  view<const T, 2> factor;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    (*this)(team, row, 0, x.columns());
  }
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row, index_t begin, index_t end) const {
    T* values = x.row(row) + begin;
    const T* factors = factor.row(row) + begin;
    row_each(team, end - begin, [=](index_t i) { values[i] *= factors[i]; });
  }
};

/// x <- factor x.
template <class T>
struct scale_row {
  view<T, 2> x;
  T factor;  ///< what x is multiplied by

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    T* values = x.row(row);
    const T by = factor;
    row_each(team, x.columns(), [=](index_t i) { values[i] *= by; });
  }
};

/// x <- x + y.
template <class T>
struct add_row {
  view<T, 2> x;
  view<const T, 2> y;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    T* values = x.row(row);
    const T* others = y.row(row);
    row_each(team, x.columns(), [=](index_t i) { values[i] += others[i]; });
  }
};

}  // namespace coop::nn

#endif
