// SPDX-License-Identifier: MIT
//
// Numbers for tests: arrays by formula, how far two arrays are apart, and slopes by central differences.
// Tolerances are named here, once for each kind of quantity.
#ifndef COOP_TESTS_NUMERIC_HPP
#define COOP_TESTS_NUMERIC_HPP

#include <coop/tensor/view.hpp>

#include "seeded_archive.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace coop::tests {

namespace tolerance {
inline constexpr double slope = 1e-7;      // central differences in double: step 1e-5, so h^2 and 1e-16 / h
inline constexpr double rounding = 1e-12;  // two orders of the same sums in double
inline constexpr double single = 1e-5;     // two orders of the same sums in float, over a whole tower
inline constexpr double product = 2e-6;    // one product in float against double
}  // namespace tolerance

/// n numbers in [-scale, scale).
template <class T>
std::vector<T> numbers(std::size_t n, std::uint64_t seed, double scale = 1.0) {
  std::vector<T> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = T(seeded(seed, i)) * T(scale);
  return values;
}

/// |a - b| / |b| over whole arrays; infinity when sizes differ or a number is not finite.
template <class A, class B>
double relative_difference(const A& a, const B& b) {
  if (std::size(a) != std::size(b)) return HUGE_VAL;
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < std::size(a); ++i) {
    const double d = double(a[i]) - double(b[i]);
    difference += d * d;
    size += double(b[i]) * double(b[i]);
  }
  const double ratio = difference == 0 ? 0 : std::sqrt(difference / size);
  return std::isnan(ratio) ? HUGE_VAL : ratio;
}

/// d f / d values by (f(x + h) - f(x - h)) / 2h; f reads `values` itself.
template <class F>
std::vector<double> central_differences(std::vector<double>& values, const F& f, double h = 1e-5) {
  std::vector<double> slopes(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double kept = values[i];
    values[i] = kept + h;
    const double above = f();
    values[i] = kept - h;
    slopes[i] = (above - f()) / (2 * h);
    values[i] = kept;
  }
  return slopes;
}

/// A vector as a matrix of so many rows.
template <class T>
view<T, 2> as_matrix(std::vector<T>& values, index_t rows, index_t columns) {
  return {values.data(), shape<2>{rows, columns}};
}
template <class T>
view<const T, 2> as_matrix(const std::vector<T>& values, index_t rows, index_t columns) {
  return {values.data(), shape<2>{rows, columns}};
}
template <class T>
view<const T, 1> as_vector(const std::vector<T>& values) {
  return {values.data(), shape<1>{index_t(values.size())}};
}

/// The sum of a(i) b(i): a loss whose gradient to b is a.
template <class A, class B>
double dot(const A& a, const B& b) {
  double sum = 0;
  for (std::size_t i = 0; i < std::size(a); ++i) sum += double(a[i]) * double(b[i]);
  return sum;
}

}  // namespace coop::tests

#endif
