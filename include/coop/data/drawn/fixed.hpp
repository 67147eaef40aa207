// SPDX-License-Identifier: MIT
//
// Numbers in 16.16 fixed point: all geometry and colour of the drawn pictures is done in them. Sums,
// products and shifts of integers are the same on every machine and under every compiler option (fused
// multiply-add included), so that a picture is a function of its seed alone. Angles are in turns: 1 is a
// full circle.
#ifndef COOP_DATA_DRAWN_FIXED_HPP
#define COOP_DATA_DRAWN_FIXED_HPP

#include <cmath>
#include <compare>
#include <concepts>
#include <cstdint>

namespace coop::drawing {

/// A number with 16 bits after the point. Literals convert to it; nothing converts back silently.
class fixed {
 public:
  static constexpr int bits = 16;                                ///< behind the point
  static constexpr std::int64_t unit = std::int64_t(1) << bits;  ///< the number 1

  constexpr fixed() = default;
  /// Exactly.
  template <std::integral Whole>
  constexpr fixed(Whole whole) : raw_(std::int64_t(whole) * unit) {}  // NOLINT(google-explicit-constructor)
  // Scaling by a power of two is exact, so that the conversion has one result everywhere.
  /// To the nearest 1/65536.
  constexpr fixed(double value)  // NOLINT(google-explicit-constructor)
      : raw_(static_cast<std::int64_t>(value * double(unit) + (value < 0 ? -0.5 : 0.5))) {}

  /// From units of 1/65536.
  static constexpr fixed from_raw(std::int64_t raw) {
    fixed result;
    result.raw_ = raw;
    return result;
  }
  /// In units of 1/65536.
  [[nodiscard]] constexpr std::int64_t raw() const { return raw_; }

  friend constexpr fixed operator+(fixed a, fixed b) { return from_raw(a.raw_ + b.raw_); }
  friend constexpr fixed operator-(fixed a, fixed b) { return from_raw(a.raw_ - b.raw_); }
  friend constexpr fixed operator-(fixed a) { return from_raw(-a.raw_); }
  friend constexpr fixed operator*(fixed a, fixed b) { return from_raw((a.raw_ * b.raw_) >> bits); }
  friend constexpr fixed operator/(fixed a, fixed b) { return from_raw(a.raw_ * unit / b.raw_); }
  /// As the binary operators.
  constexpr fixed& operator+=(fixed b) { return *this = *this + b; }
  constexpr fixed& operator-=(fixed b) { return *this = *this - b; }
  constexpr fixed& operator*=(fixed b) { return *this = *this * b; }

  friend constexpr bool operator==(fixed, fixed) = default;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 that the compiler puts there for a pointer
  friend constexpr auto operator<=>(fixed, fixed) = default;

 private:
  std::int64_t raw_ = 0;
};

/// The greatest whole number not above x.
constexpr int floor(fixed x) { return int(x.raw() >> fixed::bits); }

/// The whole number nearest to x; halves go up.
constexpr int nearest(fixed x) { return floor(x + fixed(0.5)); }

/// What is left of x above its floor, in [0, 1).
constexpr fixed fraction(fixed x) { return fixed::from_raw(x.raw() & (fixed::unit - 1)); }

/// As in the standard library, of these numbers.
constexpr fixed abs(fixed x) { return x < fixed() ? -x : x; }
constexpr fixed least(fixed a, fixed b) { return b < a ? b : a; }
constexpr fixed greatest(fixed a, fixed b) { return a < b ? b : a; }
constexpr fixed clamp(fixed x, fixed low, fixed high) { return least(greatest(x, low), high); }

/// The square root, rounded down; 0 below 0.
inline fixed root(fixed x) {
  if (x.raw() <= 0) return {};
  const std::int64_t square = x.raw() * fixed::unit;
  auto r = static_cast<std::int64_t>(std::sqrt(double(square)));
  // A library that rounds its root otherwise must not move the result.
  while (r * r > square) --r;
  while ((r + 1) * (r + 1) <= square) ++r;
  return fixed::from_raw(r);
}

/// The length of (x, y).
inline fixed length(fixed x, fixed y) { return root(x * x + y * y); }

/// The sine of an angle in turns.
constexpr fixed sine(fixed turns) {
  const fixed t = fraction(turns);
  const bool lower = t >= fixed(0.5);
  fixed u = (lower ? t - fixed(0.5) : t) * fixed(4);  // [0, 2): a half circle
  if (u > fixed(1)) u = fixed(2) - u;
  const fixed s = u * u;
  const fixed up =
      u * (fixed(1.5707963) - s * (fixed(0.6459641) - s * (fixed(0.0796926) - s * fixed(0.0046818))));
  return lower ? -up : up;
}

/// The cosine of an angle in turns.
constexpr fixed cosine(fixed turns) { return sine(turns + fixed(0.25)); }

/// The angle of (x, y) in turns, in [-0.5, 0.5], from the x axis toward y.
constexpr fixed angle(fixed y, fixed x) {
  const fixed ax = abs(x), ay = abs(y);
  if (ax == fixed() && ay == fixed()) return {};
  const bool steep = ay > ax;
  const fixed z = steep ? ax / ay : ay / ax;
  const fixed s = z * z;
  // The usual odd polynomial for the arc tangent on [0, 1], divided by a full circle.
  fixed a = z * (fixed(0.159134) -
                 s * (fixed(0.052569) - s * (fixed(0.028670) - s * (fixed(0.013549) - s * fixed(0.003316)))));
  if (steep) a = fixed(0.25) - a;
  if (x < fixed()) a = fixed(0.5) - a;
  return y < fixed() ? -a : a;
}

}  // namespace coop::drawing

#endif
