// SPDX-License-Identifier: MIT
//
// What tests of whole runs of learning share: a text tower of two small layers, seven names of which two are one word
// and some begin as others do, and features of pictures of them.
#ifndef COOP_TESTS_SUPPORT_SEVEN_NAMES_HPP
#define COOP_TESTS_SUPPORT_SEVEN_NAMES_HPP

#include "support/numeric.hpp"
#include "support/small_tokenizer.hpp"

#include <coop/clip/backbone.hpp>
#include <coop/data/feature_set.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace coop::tests {

inline constexpr index_t seven_names_width = 10;  // of a feature
using seven_names_text = text_shape<24, 2, 2, seven_names_width, 32, small_vocabulary>;

inline const std::vector<std::string> seven_names{"cat",  "cat dog",   "cat dog bird", "tern",
                                                  "tern", "house_cat", "kite (bird)"};

/// Features by formula, row i of class i * step % 7.
inline feature_set features_of_seven(index_t rows, index_t step) {
  feature_set set;
  set.width = seven_names_width;
  set.values = numbers<float>(std::size_t(rows * seven_names_width), 5);
  for (index_t i = 0; i < rows; ++i) set.labels.push_back(i * step % 7);
  set.class_names = seven_names;
  return set;
}

}  // namespace coop::tests

#endif
