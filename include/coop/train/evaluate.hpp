// SPDX-License-Identifier: MIT
//
// How good a classifier is: accuracy, error and macro F1 as the published evaluation computes them, each
// class by itself, and who is taken for whom. A prediction is the first of the largest logits. All rates are
// per cent; macro F1 is the mean over the classes that occur among the labels.
#ifndef COOP_TRAIN_EVALUATE_HPP
#define COOP_TRAIN_EVALUATE_HPP

#include <coop/data/feature_set.hpp>
#include <coop/device/concepts.hpp>  // scalar_of
#include <coop/tensor/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace coop {

/// Something that gives a row of features one logit a class.
template <class C>
concept Classifier = requires(const C& classifier, view<const scalar_of<C>, 2> features,
                              view<scalar_of<C>, 2> logits) {
  { classifier.classes() } -> std::convertible_to<index_t>;
  { classifier.width() } -> std::convertible_to<index_t>;
  classifier.logits(features, logits);
};

/// One class in a report. Rates of what never occurs are 0.
struct class_report {
  std::string name = {};       ///< of the class
  std::int64_t total = 0;      // labels that say this class
  std::int64_t correct = 0;    // of these, how many were found
  std::int64_t predicted = 0;  // predictions that say this class

  /// Recall in percent; 0 of a class without pictures.
  [[nodiscard]] double accuracy() const { return total ? 100.0 * double(correct) / double(total) : 0.0; }
  /// Harmonic mean of precision and recall, in percent.
  [[nodiscard]] double f1() const {
    const std::int64_t sum = total + predicted;  // 2 TP + FP + FN
    return sum ? 200.0 * double(correct) / double(sum) : 0.0;
  }
};

/// The outcome of an evaluation.
struct report {
  std::int64_t total = 0;               ///< pictures
  std::int64_t correct = 0;             ///< of them
  double accuracy = 0;                  ///< percent
  double error = 0;                     ///< percent
  double macro_f1 = 0;                  ///< percent, the mean over classes
  std::vector<class_report> classes;    ///< by label
  std::vector<std::int64_t> confusion;  // (C, C): row is the label, column the prediction

  /// Mean over the classes that occur of each one's accuracy.
  [[nodiscard]] double mean_class_accuracy() const {
    double sum = 0;
    std::int64_t present = 0;
    for (const auto& c : classes) {
      sum += c.accuracy();
      present += c.total > 0;
    }
    return present ? sum / double(present) : 0.0;
  }
};

/// The report of predictions beside the labels they should have been.
inline report summarize(std::span<const index_t> predictions, std::span<const index_t> labels,
                        const std::vector<std::string>& class_names) {
  COOP_ASSERT(predictions.size() == labels.size());
  const std::size_t classes = class_names.size();
  report r;
  r.total = std::int64_t(labels.size());
  r.confusion.assign(classes * classes, 0);
  for (const auto& name : class_names) r.classes.push_back({.name = name});
  for (std::size_t i = 0; i < labels.size(); ++i) {
    check<shape_error>(labels[i] >= 0 && std::size_t(labels[i]) < classes, [&] {
      return "evaluate: label of picture " + std::to_string(i) + ": expected one of the " +
             std::to_string(classes) + " classes, got " + std::to_string(labels[i]);
    });
    const auto label = std::size_t(labels[i]);
    const auto prediction = std::size_t(predictions[i]);
    ++r.confusion[label * classes + prediction];
    ++r.classes[label].total;
    ++r.classes[prediction].predicted;
    r.classes[label].correct += label == prediction;
    r.correct += label == prediction;
  }
  double f1 = 0;
  std::int64_t present = 0;
  for (const auto& c : r.classes) {
    if (c.total == 0) continue;
    f1 += c.f1();
    ++present;
  }
  r.accuracy = r.total ? 100.0 * double(r.correct) / double(r.total) : 0.0;
  r.error = r.total ? 100.0 - r.accuracy : 0.0;
  r.macro_f1 = present ? f1 / double(present) : 0.0;
  return r;
}

/// The predicted class of every row of a feature set, `batch` rows at a time. A logit that is not a number is
/// an error, and so are features of other weights, or of pictures prepared otherwise, than a classifier that says was
/// made for.
template <Classifier C>
std::vector<index_t> predictions_of(const C& classifier, const feature_set& features, index_t batch = 256) {
  const auto device = classifier.device();
  using D = std::remove_cvref_t<decltype(device)>;
  using T = typename D::scalar;
  const index_t n = index_t(features.size());
  const index_t width = features.width;
  const index_t classes = classifier.classes();
  check<shape_error>(n == 0 || width == classifier.width(), [&] {
    return "evaluate: width of the features: expected " + std::to_string(classifier.width()) +
           " as the classifier was made for, got " + std::to_string(width);
  });
  if constexpr (requires { feature_origin{classifier.facts().weights_sha256, ""}; }) {
    expect_origin(features.origin, {classifier.facts().weights_sha256, classifier.facts().preprocessing},
                  "evaluate: features", "the classifier");
  }
  batch = std::min(batch, n);
  tensor<T, 2, D> rows(device, shape<2>{batch, width});      // (B, E)
  tensor<T, 2, D> logits(device, shape<2>{batch, classes});  // (B, C)
  std::vector<T> values(std::size_t(batch) * std::size_t(width));
  std::vector<T> scores(std::size_t(batch) * std::size_t(classes));
  std::vector<index_t> predictions;
  predictions.reserve(std::size_t(n));
  for (index_t begin = 0; begin < n; begin += batch) {
    const index_t count = std::min(batch, n - begin);
    const auto first = features.values.begin() + std::ptrdiff_t(begin) * width;
    std::copy(first, first + std::ptrdiff_t(count) * width, values.begin());
    const auto part = rows.view().slice(0, count);
    const auto out = logits.view().slice(0, count);
    device.upload(view<const T, 2>{values.data(), shape<2>{count, width}}, part);
    classifier.logits(view<const T, 2>(part), out);
    device.download(view<const T, 2>(out), view<T, 2>{scores.data(), shape<2>{count, classes}});
    device.synchronize();
    for (index_t i = 0; i < count; ++i) {
      const T* row = scores.data() + std::ptrdiff_t(i) * classes;
      check(std::all_of(row, row + classes, [](T x) { return !std::isnan(x); }), [&] {
        return "evaluate: picture " + std::to_string(begin + i) +
               ": its features or the classifier are not numbers";
      });
      predictions.push_back(index_t(std::max_element(row, row + classes) - row));
    }
  }
  return predictions;
}

/// How a classifier does on a feature set. Names are the set's, when it has one for each class of the
/// classifier, else numbers.
template <Classifier C>
report evaluate(const C& classifier, const feature_set& features) {
  std::vector<std::string> names = features.class_names;
  check<shape_error>(names.empty() || names.size() == std::size_t(classifier.classes()), [&] {
    return "evaluate: classes of the data: expected " + std::to_string(classifier.classes()) +
           " as the classifier knows, got " + std::to_string(names.size());
  });
  for (index_t c = index_t(names.size()); c < classifier.classes(); ++c) names.push_back(std::to_string(c));
  return summarize(predictions_of(classifier, features), features.labels, names);
}

namespace detail {

inline std::string one_decimal(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", x);
  return text;
}

inline std::string with_thousands(std::int64_t n) {
  std::string text = std::to_string(n);
  for (std::ptrdiff_t at = std::ptrdiff_t(text.size()) - 3; at > 0; at -= 3)
    text.insert(std::size_t(at), ",");
  return text;
}

}  // namespace detail

/// The block that the published evaluation prints.
[[nodiscard]] inline std::string to_text(const report& r) {
  return "=> result\n* total: " + detail::with_thousands(r.total) +
         "\n* correct: " + detail::with_thousands(r.correct) +
         "\n* accuracy: " + detail::one_decimal(r.accuracy) + "%\n* error: " + detail::one_decimal(r.error) +
         "%\n* macro_f1: " + detail::one_decimal(r.macro_f1) + "%\n";
}

/// The table of classes that the published evaluation prints, the mean over the classes last.
[[nodiscard]] inline std::string per_class_text(const report& r) {
  std::string text = "=> per-class result\n";
  for (std::size_t c = 0; c < r.classes.size(); ++c) {
    const auto& row = r.classes[c];
    text += "* class: " + std::to_string(c) + " (" + row.name +
            ")\ttotal: " + detail::with_thousands(row.total) +
            "\tcorrect: " + detail::with_thousands(row.correct) +
            "\tacc: " + detail::one_decimal(row.accuracy()) + "%\n";
  }
  return text + "* average: " + detail::one_decimal(r.mean_class_accuracy()) + "%\n";
}

}  // namespace coop

#endif
