// SPDX-License-Identifier: MIT
//
// The plainest rival that learns: a class is the mean direction of its pictures, and a picture belongs to the mean it
// is nearest to. Unit features are averaged by class and brought back to unit length, so the outcome is a classifier
// like any other, with pictures' features where those of texts would be.
#ifndef COOP_MODEL_NEAREST_MEAN_HPP
#define COOP_MODEL_NEAREST_MEAN_HPP

#include <coop/data/feature_set.hpp>
#include <coop/model/classifier.hpp>
#include <coop/nn/parameters.hpp>   // upload
#include <coop/train/features.hpp>  // unit_rows

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// The classifier of the mean directions of `train`. Class names are the set's where `facts` has none; `method` is set
/// to "nearest-mean" when empty. A class without pictures is an error, and so are pictures that cancel each other.
template <Device D>
[[nodiscard]] classifier<D> nearest_mean(const D& device, const feature_set& train,
                                         classifier_facts facts = {}) {
  if (facts.class_names.empty()) facts.class_names = train.class_names;
  const std::size_t classes = facts.class_names.size();
  const std::size_t width = std::size_t(train.width);
  check<choice_error>(classes > 0, [] { return std::string("nearest mean: no class names"); });
  expect_origin(train.origin, {facts.weights_sha256, facts.preprocessing}, "nearest mean: features",
                "the classifier");

  const auto unit =
      to_host(device, view<const typename D::scalar, 2>(detail::unit_rows(device, train).view()));
  std::vector<double> sums(classes * width, 0.0);
  std::vector<index_t> pictures(classes, 0);
  for (std::size_t i = 0; i < train.labels.size(); ++i) {
    const index_t label = train.labels[i];
    check<shape_error>(label >= 0 && std::size_t(label) < classes, [&] {
      return "nearest mean: label of picture " + std::to_string(i) + ": expected one of the " +
             std::to_string(classes) + " classes, got " + std::to_string(label);
    });
    ++pictures[std::size_t(label)];
    for (std::size_t j = 0; j < width; ++j)
      sums[std::size_t(label) * width + j] += double(unit[i * width + j]);
  }

  std::vector<float> means(classes * width);
  for (std::size_t c = 0; c < classes; ++c) {
    check<choice_error>(pictures[c] > 0, [&] {
      return "nearest mean: class '" + facts.class_names[c] + "': expected at least one picture, got none";
    });
    double square = 0;
    for (std::size_t j = 0; j < width; ++j) square += sums[c * width + j] * sums[c * width + j];
    const double length = std::sqrt(square);
    check(length > 1e-6 * pictures[c], [&] {
      return "nearest mean: class '" + facts.class_names[c] + "': its " + std::to_string(pictures[c]) +
             " pictures cancel each other and have no mean direction";
    });
    for (std::size_t j = 0; j < width; ++j) means[c * width + j] = float(sums[c * width + j] / length);
  }
  if (facts.method.empty()) facts.method = "nearest-mean";
  const auto text = nn::upload(device, means, shape<2>{index_t(classes), train.width});
  return classifier<D>(device, text.view(), std::move(facts));
}

}  // namespace coop

#endif
