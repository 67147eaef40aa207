// SPDX-License-Identifier: MIT
//
// Reading a confusion matrix (train/evaluate.hpp): which classes are taken for which.
#ifndef COOP_ANALYSIS_CONFUSION_HPP
#define COOP_ANALYSIS_CONFUSION_HPP

#include <coop/config.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace coop {

/// Pictures of one class that were taken for another.
struct confused_pair {
  index_t label = 0;       ///< the class it is
  index_t prediction = 0;  ///< the class it was taken for
  std::int64_t count = 0;  ///< pictures

  friend bool operator==(const confused_pair&, const confused_pair&) = default;
};

/// The pairs of a (C, C) matrix, rows labels and columns predictions, that are confused most often, most first; of
/// equals the first in the matrix. At most `most`, and none that never happened.
inline std::vector<confused_pair> most_confused(std::span<const std::int64_t> confusion, index_t classes,
                                                std::size_t most) {
  check<shape_error>(classes >= 0 && confusion.size() == std::size_t(classes) * std::size_t(classes), [&] {
    return "confusion matrix: expected " + std::to_string(classes) + " x " + std::to_string(classes) +
           " counts, got " + std::to_string(confusion.size());
  });
  std::vector<confused_pair> pairs;
  for (index_t label = 0; label < classes; ++label) {
    for (index_t prediction = 0; prediction < classes; ++prediction) {
      const std::int64_t count =
          confusion[std::size_t(label) * std::size_t(classes) + std::size_t(prediction)];
      if (label != prediction && count > 0) pairs.push_back({label, prediction, count});
    }
  }
  const std::size_t kept = std::min(most, pairs.size());
  const auto is_before = [](const confused_pair& a, const confused_pair& b) {
    return std::tuple(-a.count, a.label, a.prediction) < std::tuple(-b.count, b.label, b.prediction);
  };
  std::partial_sort(pairs.begin(), pairs.begin() + std::ptrdiff_t(kept), pairs.end(), is_before);
  pairs.resize(kept);
  return pairs;
}

}  // namespace coop

#endif
