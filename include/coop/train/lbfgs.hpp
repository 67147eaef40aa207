// SPDX-License-Identifier: MIT
//
// Smooth minimisation with limited memory: BFGS directions by the two-loop recursion (Nocedal and Wright,
// algorithm 7.4) and a bisection for the weak Wolfe conditions (Lewis and Overton), which keeps every
// curvature positive. In host memory and double precision, for problems whose cost is in the function, not in
// the direction.
#ifndef COOP_TRAIN_LBFGS_HPP
#define COOP_TRAIN_LBFGS_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <numeric>
#include <vector>

namespace coop {

/// When to stop, and how much to remember.
struct lbfgs_options {
  int memory = 10;  // pairs of steps and gradient changes
  int iterations = 1000;
  double tolerance = 1e-4;  // of the largest component of the gradient
};

/// Where a minimisation ended.
struct lbfgs_result {
  double value = 0;
  int iterations = 0;
  int evaluations = 0;
  bool converged = false;  // false: out of iterations, or no step made progress at this precision
};

namespace detail {

inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

inline double largest_magnitude(const std::vector<double>& a) {
  return std::accumulate(a.begin(), a.end(), 0.0,
                         [](double m, double x) { return std::max(m, std::abs(x)); });
}

struct curvature_pair {
  std::vector<double> step;
  std::vector<double> change;  // of the gradient along the step
  double inverse;              // 1 / (step . change) > 0
};

/// Minus the gradient, multiplied by the inverse Hessian that the pairs suggest.
inline std::vector<double> descent(const std::deque<curvature_pair>& pairs,
                                   const std::vector<double>& gradient) {
  std::vector<double> d(gradient.size());
  std::transform(gradient.begin(), gradient.end(), d.begin(), [](double g) { return -g; });
  std::vector<double> alpha(pairs.size());
  for (std::size_t i = pairs.size(); i-- > 0;) {
    alpha[i] = pairs[i].inverse * dot(pairs[i].step, d);
    for (std::size_t j = 0; j < d.size(); ++j) d[j] -= alpha[i] * pairs[i].change[j];
  }
  if (!pairs.empty()) {
    const double scale = 1.0 / (pairs.back().inverse * dot(pairs.back().change, pairs.back().change));
    for (double& x : d) x *= scale;
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const double beta = pairs[i].inverse * dot(pairs[i].change, d);
    for (std::size_t j = 0; j < d.size(); ++j) d[j] += (alpha[i] - beta) * pairs[i].step[j];
  }
  return d;
}

}  // namespace detail

/// Minimises `objective`, called as value = objective(x, gradient), from and into `x`.
template <class Objective>
lbfgs_result minimize(const Objective& objective, std::vector<double>& x, const lbfgs_options& options = {}) {
  constexpr double sufficient = 1e-4;  // Armijo's and Wolfe's constants as Nocedal and Wright advise
  constexpr double curvature = 0.9;
  constexpr int most_trials = 40;
  lbfgs_result result;
  std::vector<double> gradient(x.size());
  std::vector<double> next(x.size());
  std::vector<double> next_gradient(x.size());
  std::deque<detail::curvature_pair> pairs;
  result.value = objective(x, gradient);
  ++result.evaluations;

  while (result.iterations < options.iterations) {
    if (!std::isfinite(result.value) || !std::isfinite(detail::dot(gradient, gradient))) break;
    result.converged = detail::largest_magnitude(gradient) <= options.tolerance;
    if (result.converged) break;
    const std::vector<double> d = detail::descent(pairs, gradient);
    const double slope = detail::dot(gradient, d);
    if (!(slope < 0)) break;

    double low = 0;
    double high = 0;  // 0: no upper end yet
    double length = pairs.empty() ? 1.0 / std::max(1.0, std::sqrt(detail::dot(d, d))) : 1.0;
    double value = result.value;
    bool accepted = false;
    for (int trial = 0; trial < most_trials && !accepted; ++trial) {
      for (std::size_t j = 0; j < x.size(); ++j) next[j] = x[j] + length * d[j];
      value = objective(next, next_gradient);
      ++result.evaluations;
      if (!(value <= result.value + sufficient * length * slope)) {  // also when value is not a number
        high = length;
      } else if (detail::dot(next_gradient, d) < curvature * slope) {
        low = length;
      } else {
        accepted = true;
        break;
      }
      length = high > 0 ? 0.5 * (low + high) : 2.0 * low;
    }
    if (!accepted) break;

    detail::curvature_pair pair{std::vector<double>(x.size()), std::vector<double>(x.size()), 0};
    for (std::size_t j = 0; j < x.size(); ++j) {
      pair.step[j] = next[j] - x[j];
      pair.change[j] = next_gradient[j] - gradient[j];
    }
    const double along = detail::dot(pair.step, pair.change);
    if (along > 0) {
      pair.inverse = 1.0 / along;
      pairs.push_back(std::move(pair));
      if (pairs.size() > std::size_t(options.memory)) pairs.pop_front();
    }
    x.swap(next);
    gradient.swap(next_gradient);
    result.value = value;
    ++result.iterations;
  }
  return result;
}

}  // namespace coop

#endif
