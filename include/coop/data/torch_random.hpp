// SPDX-License-Identifier: MIT
//
// PyTorch's CPU generator as far as CoOp's data stream and context initialisation draw from it: float32
// uniforms, integers, permutations and normal fills (ATen's DistributionTemplates, versions around 1.13).
// Every other random number of the library comes from here too, so one seed means one stream.
#ifndef COOP_DATA_TORCH_RANDOM_HPP
#define COOP_DATA_TORCH_RANDOM_HPP

#include <coop/config.hpp>
#include <coop/data/mersenne_twister.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace coop {

/// A seed for one of many independent streams of a run (an epoch, a picture): SplitMix64's finaliser over
/// both.
constexpr std::uint64_t mixed_seed(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t z = seed * 0x9e3779b97f4a7c15u + stream + 0x632be59bd9b4e019u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// torch.Generator() after manual_seed(seed); like there, only the low 32 bits of a seed count.
class torch_random {
 public:
  explicit torch_random(std::uint64_t seed) : generator_(std::uint32_t(seed)) {}

  void manual_seed(std::uint64_t seed) { generator_ = mersenne_twister(std::uint32_t(seed)); }

  /// Leaves out draws that the published code makes and this library does not need.
  void skip(std::uint64_t count) { generator_.skip(count); }

  /// float32 uniform in [from, to).
  float uniform(float from = 0, float to = 1) {
    const float u = float(generator_() & 0xffffffu) * 0x1p-24f;
    // PyTorch rounds the product before it adds; volatile keeps compilers from fusing the two.
    const volatile float product = u * (to - from);
    return product + from;
  }

  /// Uniform in [0, n), n >= 1.
  std::uint32_t integer(std::uint32_t n) {
    COOP_ASSERT(n >= 1);
    return generator_() % n;
  }

  /// The 63-bit number that data loaders draw as a seed.
  std::uint64_t seed_draw() {
    const std::uint64_t high = generator_();
    return ((high << 32) | generator_()) & 0x7fffffffffffffffu;
  }

  /// torch.randperm(n).
  std::vector<index_t> randperm(index_t n) {
    std::vector<index_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), index_t{0});
    for (index_t i = 0; i + 1 < n; ++i) {
      std::swap(order[std::size_t(i)], order[std::size_t(i) + integer(std::uint32_t(n - i))]);
    }
    return order;
  }

  /// torch.nn.init.normal_ of a float32 array of at least 16 elements; equal to PyTorch within 2e-8
  /// deviations, because its vectorised builds take logarithm and cosine from polynomials. Shorter arrays
  /// take the first elements of a fill of 16.
  void normal(std::span<float> values, float mean = 0, float deviation = 1);

 private:
  static constexpr std::size_t block = 16;

  void uniforms(std::span<float> values) {
    for (float& v : values) v = uniform();
  }

  /// Box and Muller on sixteen uniforms in place.
  static void to_normal(float* u, float mean, float deviation) {
    constexpr double two_pi = 6.283185307179586;
    for (std::size_t j = 0; j < block / 2; ++j) {
      const float radius = std::sqrt(-2.0f * std::log(1.0f - u[j]));
      const float angle = float(two_pi * double(u[j + 8]));
      u[j] = radius * std::cos(angle) * deviation + mean;
      u[j + 8] = radius * std::sin(angle) * deviation + mean;
    }
  }

  mersenne_twister generator_;
};

inline void torch_random::normal(std::span<float> values, float mean, float deviation) {
  if (values.size() < block) {
    std::array<float, block> whole{};
    normal(whole, mean, deviation);
    std::copy_n(whole.begin(), values.size(), values.begin());
    return;
  }
  uniforms(values);
  for (std::size_t i = 0; i + block <= values.size(); i += block) to_normal(&values[i], mean, deviation);
  if (values.size() % block != 0) {  // the last sixteen are drawn anew, over some that were done
    const std::span<float> last = values.last(block);
    uniforms(last);
    to_normal(last.data(), mean, deviation);
  }
}

}  // namespace coop

#endif
