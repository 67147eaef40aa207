// SPDX-License-Identifier: MIT
//
// Image towers under formula weights and what PyTorch computed with the same (tests/parity/make_towers.py).
#ifndef COOP_TESTS_TOWERS_HPP
#define COOP_TESTS_TOWERS_HPP

#include <coop/io/archive.hpp>

#include "formula_weights.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

namespace coop::tests {

/// How far towers may be from PyTorch's float64, relative to the largest feature.
namespace tolerance {
inline constexpr double exact =
    2e-7;  // the fixture is stored in float32: half a unit in its last place, and slack
inline constexpr double tower = 2e-5;  // float32 sums of up to 4608 products, some fifty layers deep
}  // namespace tolerance

/// Features that PyTorch computed.
inline std::vector<float> reference(const std::string& name) {
  return safetensors(
             (std::filesystem::path(__FILE__).parent_path().parent_path() / "data" / "towers.safetensors")
                 .string())
      .read(name);
}

/// The largest difference over the largest number of `expected`.
template <class T, class U>
double greatest_difference(const std::vector<T>& found, const std::vector<U>& expected) {
  if (found.size() != expected.size()) return HUGE_VAL;
  double apart = 0;
  double largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double difference = std::abs(double(found[i]) - double(expected[i]));
    if (!(difference <= apart)) apart = difference;  // and so NaN stays
    largest = std::max(largest, std::abs(double(expected[i])));
  }
  return apart / largest;
}

/// Features of `count` formula pictures under `tower`.
template <class Tower>
auto features_of(const Tower& tower, index_t count) {
  using T = typename Tower::device_type::scalar;
  const auto pixels = formula_pictures(count, Tower::size());
  const std::vector<T> pictures(pixels.begin(), pixels.end());
  std::vector<T> features(std::size_t(count) * std::size_t(Tower::embed()));
  tower.encode(view<const T, 4>{pictures.data(), shape<4>{count, Tower::size(), Tower::size(), 3}},
               view<T, 2>{features.data(), shape<2>{count, Tower::embed()}});
  return features;
}

}  // namespace coop::tests

#endif
