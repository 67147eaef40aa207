// SPDX-License-Identifier: MIT
//
// Smooth minimisation with limited memory: the one place where LBFGSpp is included, whose exceptions become a result.
// Steps are found by bisection for the weak Wolfe conditions, which keeps every curvature positive; a minimum is where
// no component of the gradient is larger than the tolerance, as SciPy and scikit-learn say it. In host memory and
// double precision, for problems whose cost is in the function, not in the direction.
#ifndef COOP_TRAIN_LBFGS_HPP
#define COOP_TRAIN_LBFGS_HPP

#include <coop/device/detail/eigen.hpp>  // before LBFGSpp includes Eigen
#include <coop/error.hpp>

#include <LBFGS.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <exception>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace coop {

/// When to stop, and how much to remember.
struct lbfgs_options {
  int memory = 10;          // pairs of steps and gradient changes
  int iterations = 1000;    ///< at most
  double tolerance = 1e-4;  // of the largest component of the gradient
};

/// Where a minimisation ended.
struct lbfgs_result {
  double value = 0;        ///< of the function
  int iterations = 0;      ///< done
  int evaluations = 0;     ///< of the function and its gradient
  bool converged = false;  // false: out of iterations, or no step made progress at this precision
};

/// Whether a gradient is as good as none: no component is larger than the tolerance.
struct no_larger_component {
  /// Whether every component of the gradient is at most the tolerance.
  bool operator()(std::span<const double> gradient, double tolerance) const {
    return std::all_of(gradient.begin(), gradient.end(), [=](double g) { return std::abs(g) <= tolerance; });
  }
};

namespace detail {

/// An objective as LBFGSpp calls it, and what is learned on the way.
template <class Objective, class Within>
class lbfgs_objective {
 public:
  lbfgs_objective(const Objective& objective, const Within& within, double tolerance)
      : objective_(objective), within_(within), tolerance_(tolerance) {}

  /// The gradient comes out as zero where it is within the tolerance, so that the solver's test of its length ends
  /// there. A point whose numbers are not finite is worse than any other, and no step leads to it.
  double operator()(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    const std::size_t n = std::size_t(x.size());
    ++evaluations;
    inside = true;
    const double value =
        objective_(std::span<const double>(x.data(), n), std::span<double>(gradient.data(), n));
    const bool numbers = std::isfinite(value) && gradient.allFinite();
    at_minimum = numbers && within_(std::span<const double>(gradient.data(), n), tolerance_);
    inside = false;
    if (at_minimum || !numbers) gradient.setZero();
    return numbers ? value : std::numeric_limits<double>::quiet_NaN();
  }

  int evaluations = 0;
  int steps = 0;
  bool inside = false;      // the objective, so an exception is its own
  bool at_minimum = false;  // at the last point
  bool stuck = false;

 private:
  const Objective& objective_;
  const Within& within_;
  double tolerance_;
};

/// A line search that stays where it was, and ends the minimisation, when it finds no step.
template <class Scalar>
struct lbfgs_line_search {
  template <class Objective>
  // NOLINTNEXTLINE(readability-identifier-naming): LBFGSpp calls it so
  static void LineSearch(Objective& f, Scalar& value, Eigen::VectorX<Scalar>& x,
                         Eigen::VectorX<Scalar>& gradient, Scalar& step,
                         const Eigen::VectorX<Scalar>& direction, const Eigen::VectorX<Scalar>& from,
                         const LBFGSpp::LBFGSParam<Scalar>& how) {
    const Scalar before = value;
    f.stuck = !(gradient.dot(direction) < 0);  // rounding has eaten the descent
    if (!f.stuck) {
      try {
        LBFGSpp::LineSearchBracketing<Scalar>::LineSearch(f, value, x, gradient, step, direction, from, how);
        ++f.steps;
      } catch (const std::exception&) {
        if (f.inside) throw;
        f.stuck = true;
      }
    }
    if (!f.stuck) return;
    x = from;
    value = before;
    gradient.setZero();
  }
};

}  // namespace detail

/// Minimises `objective`, called as value = objective(x, gradient) with a span of numbers to read and one to fill,
/// from and into `x`. within(gradient, tolerance) tells whether it has arrived, where the components of x are not those
/// that the tolerance is about.
template <class Objective, class Within = no_larger_component>
lbfgs_result minimize(const Objective& objective, std::vector<double>& x, const lbfgs_options& options = {},
                      const Within& within = {}) {
  check<choice_error>(options.memory >= 1, [&] {
    return "lbfgs: memory: expected at least 1, got " + std::to_string(options.memory);
  });
  check<choice_error>(options.iterations >= 1, [&] {
    return "lbfgs: iterations: expected at least 1, got " + std::to_string(options.iterations);
  });
  check<choice_error>(options.tolerance >= 0, [&] {
    return "lbfgs: tolerance: expected at least 0, got " + std::to_string(options.tolerance);
  });

  LBFGSpp::LBFGSParam<double> how;
  how.m = options.memory;
  how.max_iterations = options.iterations;
  how.epsilon = 0;  // lbfgs_objective knows when to stop
  how.epsilon_rel = 0;
  how.linesearch = LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_WOLFE;
  how.max_linesearch = 40;
  LBFGSpp::LBFGSSolver<double, detail::lbfgs_line_search> solver(how);

  detail::lbfgs_objective<Objective, Within> f(objective, within, options.tolerance);
  Eigen::VectorXd at = Eigen::Map<const Eigen::VectorXd>(x.data(), Eigen::Index(x.size()));
  lbfgs_result result;
  solver.minimize(f, at, result.value);
  x.assign(at.data(), at.data() + at.size());
  result.iterations = f.steps;
  result.evaluations = f.evaluations;
  result.converged = f.at_minimum && !f.stuck;
  return result;
}

}  // namespace coop

#endif
