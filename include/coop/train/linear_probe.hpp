// SPDX-License-Identifier: MIT
//
// The rival of the paper's figures: multinomial logistic regression on frozen picture features, L2 on the weights and
// not on the intercept, its strength sought on the validation pictures (lpclip, after CLIP's section 3.2):
//   minimise  mean log-loss + |W|^2 / (2 C n)      C from 1e-6 ... 1e6, then a bisection around the best
// Every fit starts from zero and ends where no component of the gradient of this mean is beyond the tolerance, as newer
// versions of scikit-learn divide it; older ones, which sum, stop elsewhere. With fewer pictures than features the weights
// are sought in the span of the pictures, where all steps from zero lie anyway.
#ifndef COOP_TRAIN_LINEAR_PROBE_HPP
#define COOP_TRAIN_LINEAR_PROBE_HPP

#include <coop/data/feature_set.hpp>
#include <coop/train/evaluate.hpp>  // Classifier, predictions_of
#include <coop/train/lbfgs.hpp>     // minimize
#include <coop/train/loss.hpp>      // cross_entropy

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// The search for C, constants of lpclip.
struct linear_probe_options {
  std::vector<double> costs = {1e-6, 1e-4, 1e-2, 1.0, 1e2, 1e4, 1e6};  // ascending
  int steps = 8;                         // of the bisection between a tenth and ten times the best of them
  double cost_without_validation = 1.0;  ///< C where there are no pictures to choose it by
  lbfgs_options solver = {};             ///< of every fit
};

/// Logits W f + b of features as they come, not normalised.
template <Device D>
class linear_classifier {
 public:
  using scalar = typename D::scalar;

  /// Weights (C, E) and bias (C) in the device's memory.
  linear_classifier(const D& device, view<const scalar, 2> weight, view<const scalar, 1> bias)
      : device_(device), weight_(device.freeze(weight, op::transposed)), bias_(device, bias.extents) {
    COOP_ASSERT(weight.rows() == bias.rows());
    device_.copy(bias, bias_.view());
  }

  [[nodiscard]] const D& device() const { return device_; }
  /// C and E.
  [[nodiscard]] index_t classes() const { return weight_.outputs(); }
  [[nodiscard]] index_t width() const { return weight_.inputs(); }

  /// Logits (B, C) of features (B, E).
  void logits(view<const scalar, 2> features, view<scalar, 2> out) const {
    check<shape_error>(features.columns() == width(), [&] {
      return "linear classifier: width of the features: expected " + std::to_string(width()) + ", got " +
             std::to_string(features.columns());
    });
    device_.multiply(features, weight_, bias_.view(), false, out);
  }

 private:
  D device_;
  typename D::frozen weight_;  // (E, C)
  tensor<scalar, 1, D> bias_;  // (C)
};

/// A fitted probe, and how it was found.
template <Device D>
struct linear_probe_result {
  linear_classifier<D> classifier;  ///< the one that was kept
  double cost;                      // C of the fit that was kept
  double validation_accuracy;       // per cent; 0 without validation pictures
};

namespace detail {

/// Rows as combinations of orthonormal ones: rows (N, E) = coordinates (N, R) basis' (R, E). When there are no
/// fewer rows than columns nothing would be won, and the basis stays empty: coordinates are the rows.
struct row_space {
  std::size_t rank = 0;
  std::vector<double> coordinates;  // (N, R)
  std::vector<double> basis;        // (E, R): column r is a direction
};

inline double lanes_dot(const double* a, const double* b, std::size_t n) {
  constexpr std::size_t lanes = 8;
  double partial[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) partial[lane] += a[i + lane] * b[i + lane];
  }
  double sum = 0;
  for (; i < n; ++i) sum += a[i] * b[i];
  for (const double p : partial) sum += p;
  return sum;
}

inline row_space row_space_of(const std::vector<float>& values, std::size_t n, std::size_t width) {
  row_space space;
  if (n >= width) {
    space.rank = width;
    space.coordinates.assign(values.begin(), values.end());
    return space;
  }
  std::vector<std::vector<double>> coordinates(n);
  std::vector<double> directions;  // (R, E)
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> rest(values.begin() + std::ptrdiff_t(i * width),
                             values.begin() + std::ptrdiff_t((i + 1) * width));
    const double norm = std::sqrt(lanes_dot(rest.data(), rest.data(), width));
    auto& own = coordinates[i];
    own.assign(space.rank, 0.0);
    for (int pass = 0; pass < 2; ++pass) {  // once more, for what rounding left of the first
      for (std::size_t r = 0; r < space.rank; ++r) {
        const double* q = directions.data() + r * width;
        const double along = lanes_dot(rest.data(), q, width);
        for (std::size_t j = 0; j < width; ++j) rest[j] -= along * q[j];
        own[r] += along;
      }
    }
    const double left = std::sqrt(lanes_dot(rest.data(), rest.data(), width));
    if (left <= 1e-7 * norm) continue;  // float features: a repeated picture
    for (double& x : rest) x /= left;
    directions.insert(directions.end(), rest.begin(), rest.end());
    own.push_back(left);
    ++space.rank;
  }
  for (auto& own : coordinates) {
    own.resize(space.rank, 0.0);
    space.coordinates.insert(space.coordinates.end(), own.begin(), own.end());
  }
  space.basis.resize(width * space.rank);
  for (std::size_t r = 0; r < space.rank; ++r) {
    for (std::size_t j = 0; j < width; ++j) space.basis[j * space.rank + r] = directions[r * width + j];
  }
  return space;
}

/// Fits for many C on the same pictures.
template <Device D>
class probe_fits {
 public:
  using T = typename D::scalar;

  probe_fits(const D& device, const feature_set& train, index_t classes, const lbfgs_options& solver)
      : device_(device),
        solver_(solver),
        labels_(train.labels),
        classes_(std::size_t(classes)),
        width_(std::size_t(train.width)),
        space_(row_space_of(train.values, train.labels.size(), std::size_t(train.width))),
        columns_(space_.rank + 1),
        pictures_(device, shape<2>{index_t(labels_.size()), index_t(columns_)}),
        weights_(device, shape<2>{classes, index_t(columns_)}),
        d_weights_(device, shape<2>{classes, index_t(columns_)}),
        staging_(classes_ * columns_) {
    std::vector<T> rows(labels_.size() * columns_);
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      const auto from = space_.coordinates.begin() + std::ptrdiff_t(i * space_.rank);
      std::transform(from, from + std::ptrdiff_t(space_.rank), rows.begin() + std::ptrdiff_t(i * columns_),
                     [](double x) { return T(x); });
      rows[i * columns_ + space_.rank] = T(1);  // the intercept's column
    }
    device_.upload(view<const T, 2>{rows.data(), pictures_.extents()}, pictures_.view());
    device_.synchronize();
  }

  /// The classifier for C = `cost`.
  linear_classifier<D> fit(double cost) {
    const double penalty = 1.0 / (cost * double(labels_.size()));
    const auto objective = [&](std::span<const double> w, std::span<double> gradient) {
      std::transform(w.begin(), w.end(), staging_.begin(), [](double x) { return T(x); });
      device_.upload(view<const T, 2>{staging_.data(), weights_.extents()}, weights_.view());
      double value =
          cross_entropy(device_, view<const T, 2>(pictures_.view()), view<const T, 2>(weights_.view()),
                        std::span<const index_t>(labels_), T(1), d_weights_.view(), workspace_)
              .loss;
      device_.download(view<const T, 2>(d_weights_.view()), view<T, 2>{staging_.data(), weights_.extents()});
      device_.synchronize();
      for (std::size_t c = 0; c < classes_; ++c) {
        for (std::size_t j = 0; j < columns_; ++j) {
          const std::size_t at = c * columns_ + j;
          const double pull = j < space_.rank ? penalty * w[at] : 0.0;
          gradient[at] = double(staging_[at]) + pull;
          value += 0.5 * pull * w[at];
        }
      }
      return value;
    };
    std::vector<double> solution(classes_ * columns_, 0.0);
    minimize(objective, solution, solver_,
             [this](std::span<const double> g, double tolerance) { return within(g, tolerance); });
    return expanded(solution);
  }

 private:
  /// Whether no component of a gradient is larger than the tolerance, as a gradient of the features' own weights. A
  /// direction's length bounds its largest component from both sides, so that few must be looked at one by one.
  [[nodiscard]] bool within(std::span<const double> gradient, double tolerance) const {
    if (space_.basis.empty()) return no_larger_component{}(gradient, tolerance);
    std::vector<std::size_t> doubtful;
    for (std::size_t c = 0; c < classes_; ++c) {
      const double* g = gradient.data() + c * columns_;
      const double length = std::sqrt(lanes_dot(g, g, space_.rank));
      if (std::abs(g[space_.rank]) > tolerance || length > tolerance * std::sqrt(double(width_)))
        return false;
      if (length > tolerance) doubtful.push_back(c);
    }
    return std::all_of(doubtful.begin(), doubtful.end(), [&](std::size_t c) {
      const double* g = gradient.data() + c * columns_;
      for (std::size_t j = 0; j < width_; ++j) {
        if (std::abs(lanes_dot(g, space_.basis.data() + j * space_.rank, space_.rank)) > tolerance)
          return false;
      }
      return true;
    });
  }

  /// A solution as weights of the features themselves.
  [[nodiscard]] linear_classifier<D> expanded(const std::vector<double>& solution) const {
    std::vector<T> weight(classes_ * width_);
    std::vector<T> bias(classes_);
    std::vector<double> row(width_);
    for (std::size_t c = 0; c < classes_; ++c) {
      const double* w = solution.data() + c * columns_;
      for (std::size_t j = 0; j < width_; ++j) {
        if (space_.basis.empty()) {
          row[j] = space_.rank == width_ ? w[j] : 0.0;  // pictures that are all zero span nothing
        } else {
          row[j] = lanes_dot(w, space_.basis.data() + j * space_.rank, space_.rank);
        }
      }
      std::transform(row.begin(), row.end(), weight.begin() + std::ptrdiff_t(c * width_),
                     [](double x) { return T(x); });
      bias[c] = T(w[space_.rank]);
    }
    const shape<2> extents{index_t(classes_), index_t(width_)};
    const auto on_device = to_device(device_, view<const T, 2>{weight.data(), extents});
    const auto bias_on_device =
        to_device(device_, view<const T, 1>{bias.data(), shape<1>{index_t(classes_)}});
    return linear_classifier<D>(device_, on_device.view(), bias_on_device.view());
  }

  D device_;
  lbfgs_options solver_;
  std::vector<index_t> labels_;
  std::size_t classes_;
  std::size_t width_;
  row_space space_;
  std::size_t columns_;  // R + 1
  tensor<T, 2, D> pictures_;
  tensor<T, 2, D> weights_;
  tensor<T, 2, D> d_weights_;
  loss_workspace<D> workspace_;
  std::vector<T> staging_;
};

template <Device D>
double accuracy_of(const linear_classifier<D>& classifier, const feature_set& features) {
  const auto guesses = predictions_of(classifier, features);
  std::size_t right = 0;
  for (std::size_t i = 0; i < guesses.size(); ++i) right += guesses[i] == features.labels[i];
  return 100.0 * double(right) / double(guesses.size());
}

}  // namespace detail

/// Fits a probe on `train`, choosing C by the accuracy on `validation`; of equally good C the largest.
/// Without validation pictures C is options.cost_without_validation.
template <Device D>
[[nodiscard]] linear_probe_result<D> linear_probe(const D& device, const feature_set& train,
                                                  const feature_set& validation,
                                                  const linear_probe_options& options = {}) {
  check(!train.labels.empty(),
        [] { return std::string("linear probe: nothing to learn from: no pictures"); });
  check<shape_error>(validation.labels.empty() || validation.width == train.width, [&] {
    return "linear probe: width of the validation features: expected " + std::to_string(train.width) +
           " as in training, got " + std::to_string(validation.width);
  });
  const index_t known = index_t(train.class_names.size());
  const index_t classes = std::max(known, *std::max_element(train.labels.begin(), train.labels.end()) + 1);
  detail::probe_fits<D> fits(device, train, classes, options.solver);
  if (validation.labels.empty() || options.costs.empty()) {
    return {fits.fit(options.cost_without_validation), options.cost_without_validation, 0.0};
  }

  double best = -1;
  double peak = 1;
  for (const double cost : options.costs) {  // ascending, so >= prefers the largest
    const double score = detail::accuracy_of(fits.fit(cost), validation);
    if (score >= best) {
      best = score;
      peak = cost;
    }
  }
  // As published: both ends are fitted in every step, and the worse one moves to the middle.
  const auto scored = [&](double cost) {
    auto classifier = fits.fit(cost);
    const double score = detail::accuracy_of(classifier, validation);
    return linear_probe_result<D>{std::move(classifier), cost, score};
  };
  if (options.steps <= 0) return scored(peak);
  auto left = scored(0.1 * peak);
  auto right = scored(10.0 * peak);
  for (int step = 1;; ++step) {
    const bool keep_right = left.validation_accuracy < right.validation_accuracy;
    if (step == options.steps) return keep_right ? std::move(right) : std::move(left);
    const double middle = std::sqrt(left.cost * right.cost);
    (keep_right ? left : right) = scored(middle);
  }
}

}  // namespace coop

#endif
