// SPDX-License-Identifier: MIT
//
// What a few runs tell about a method: mean, spread, and how far the mean may be off. Results of few-shot learning
// rest on some three seeds, so an interval takes Student's distribution, where the published tool takes the normal
// one's 1.96 (its interval of three seeds is less than half as wide). What too few numbers do not tell is
// absent.
#ifndef COOP_ANALYSIS_STATISTICS_HPP
#define COOP_ANALYSIS_STATISTICS_HPP

#include <coop/error.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace coop {

/// The mean; absent of no values.
inline std::optional<double> mean(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double x : values) sum += x;
  return sum / double(values.size());
}

namespace detail {

/// The mean of the squared distances from the mean, over a divisor of n less `lost`; absent when that is 0.
inline std::optional<double> root_mean_square(std::span<const double> values, std::size_t lost) {
  if (values.size() <= lost) return std::nullopt;
  const double center = *mean(values);
  double sum = 0;
  for (const double x : values) sum += (x - center) * (x - center);
  return std::sqrt(sum / double(values.size() - lost));
}

}  // namespace detail

/// The standard deviation of what the values are a sample of (n - 1); absent below two values.
inline std::optional<double> sample_deviation(std::span<const double> values) {
  return detail::root_mean_square(values, 1);
}

/// The standard deviation of the values themselves (n), as the published tool prints it; absent of no values.
inline std::optional<double> population_deviation(std::span<const double> values) {
  return detail::root_mean_square(values, 0);
}

/// The probability that Student's t of so many degrees of freedom is below `t`: the finite sum that there is for whole
/// degrees.
inline double student_probability(double t, std::int64_t degrees) {
  check<choice_error>(degrees >= 1, [&] {
    return "Student's t: degrees of freedom: expected at least 1, got " + std::to_string(degrees);
  });
  constexpr double pi = 3.14159265358979323846;
  const double root = std::sqrt(double(degrees));
  const double length = std::hypot(t, root);
  const double sine = t / length;  // of the angle whose tangent is t / root
  const double cosine = root / length;
  const bool odd = degrees % 2 != 0;
  double term = odd ? cosine : 1;
  double sum = degrees == 1 ? 0 : term;
  for (std::int64_t k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= cosine * cosine * double(k - 1) / double(k);
    sum += term;
  }
  const double between = odd ? 2 / pi * (std::atan2(t, root) + sine * sum) : sine * sum;  // of -t and t
  return (1 + between) / 2;
}

/// The t that Student's is below with this probability, which lies inside (0, 1); by bisection to the last bit.
inline double student_quantile(double probability, std::int64_t degrees) {
  check<choice_error>(probability > 0 && probability < 1, [&] {
    return "Student's t: probability: expected one inside (0, 1), got " + std::to_string(probability);
  });
  if (probability < 0.5) return -student_quantile(1 - probability, degrees);
  double low = 0;
  double high = 1;
  while (student_probability(high, degrees) < probability && high < 1e300) high *= 2;
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (student_probability(middle, degrees) < probability ? low : high) = middle;
  }
}

/// What some values say of the quantity that they are a sample of.
struct spread {
  std::size_t count = 0;                 ///< numbers
  std::optional<double> mean = {};       // absent of none
  std::optional<double> deviation = {};  // of the sample (n - 1); absent below two
  std::optional<double> margin = {};     // the mean's interval is mean +- margin; absent below two
};

/// Mean, deviation and the interval of the mean that holds the truth with this confidence, when the values are
/// normal.
inline spread spread_of(std::span<const double> values, double confidence = 0.95) {
  spread of{.count = values.size(), .mean = mean(values), .deviation = sample_deviation(values)};
  if (of.deviation) {
    const auto degrees = std::int64_t(values.size()) - 1;
    of.margin =
        student_quantile((1 + confidence) / 2, degrees) * *of.deviation / std::sqrt(double(values.size()));
  }
  return of;
}

/// A value for each seed.
using seed_values = std::map<std::uint64_t, double>;

/// The values alone, by seed.
inline std::vector<double> values_of(const seed_values& of) {
  std::vector<double> values;
  values.reserve(of.size());
  for (const auto& [seed, value] : of) values.push_back(value);
  return values;
}

/// a - b for each seed that both have: one few-shot subset serves both, so much of its luck cancels.
inline seed_values paired_differences(const seed_values& a, const seed_values& b) {
  seed_values differences;
  for (const auto& [seed, value] : a) {
    const auto other = b.find(seed);
    if (other != b.end()) differences.emplace(seed, value - other->second);
  }
  return differences;
}

/// The mean of a - b over the seeds that both have, with its interval.
inline spread paired_difference(const seed_values& a, const seed_values& b, double confidence = 0.95) {
  return spread_of(values_of(paired_differences(a, b)), confidence);
}

/// What base and new classes come to together; 0 when either is.
inline double harmonic_mean(double a, double b) {
  check<choice_error>(a >= 0 && b >= 0, [&] {
    return "harmonic mean: expected no negative number, got " + std::to_string(a) + " and " +
           std::to_string(b);
  });
  return a + b > 0 ? 2 * a * b / (a + b) : 0;
}

/// Both ends of an interval.
struct interval {
  double low = 0;   ///< its lower end
  double high = 0;  ///< its upper end
};

/// Wilson's 95 % interval, in per cent, of an accuracy on so many pictures: what the finite test set alone leaves
/// open. Absent of no pictures.
inline std::optional<interval> wilson_interval(std::int64_t correct, std::int64_t total) {
  check<choice_error>(correct >= 0 && correct <= total, [&] {
    return "interval of an accuracy: expected 0 to " + std::to_string(total) + " correct, got " +
           std::to_string(correct);
  });
  if (total == 0) return std::nullopt;
  constexpr double z = 1.959963984540054;  // 97.5 % of the normal distribution lie below
  const double n = double(total);
  const double share = double(correct) / n;
  const double center = share + z * z / (2 * n);
  const double margin = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double whole = 1 + z * z / n;
  // At the ends the two parts are equal but for rounding.
  const double low = correct == 0 ? 0 : (center - margin) / whole;
  const double high = correct == total ? 1 : (center + margin) / whole;
  return interval{100 * low, 100 * high};
}

}  // namespace coop

#endif
