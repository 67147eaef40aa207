// SPDX-License-Identifier: MIT
//
// PyTorch's CPU generator as far as CoOp's data stream and context initialisation draw from it: float32
// uniforms, integers, permutations and normal fills (ATen's DistributionTemplates, the same from 1.13 to
// 2.15; fills of binary16 as in 1.13, which 2.15 makes otherwise). Every other random number of the library
// comes from here too, so one seed means one stream.
#ifndef COOP_DATA_TORCH_RANDOM_HPP
#define COOP_DATA_TORCH_RANDOM_HPP

#include <coop/config.hpp>
#include <coop/data/mersenne_twister.hpp>
#include <coop/error.hpp>
#include <coop/io/half.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
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
  /// As torch.manual_seed(seed) leaves it.
  explicit torch_random(std::uint64_t seed) : generator_(std::uint32_t(seed)) {}

  /// Begins again with a seed.
  void manual_seed(std::uint64_t seed) { *this = torch_random(seed); }

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

  /// torch.nn.init.normal_ of a float32 array. Equal to PyTorch within some 1e-6 deviations: of 16 elements and
  /// more its vectorised builds take logarithm and cosine from polynomials. Fewer come one by one in double,
  /// and the second of a pair waits for the next short fill.
  void normal(std::span<float> values, double mean = 0, double deviation = 1);

  /// The same of an array of binary16 with at least 16 elements, as float32 numbers: what the published
  /// program begins with under its default precision. As in PyTorch 1.13, bit for bit.
  void normal_half(std::span<float> values, float mean = 0, float deviation = 1);

  /// Outputs of the generator that a normal fill of n elements takes; n >= 16.
  static constexpr std::uint64_t normal_draws(std::uint64_t n) { return n % block == 0 ? n : n + block; }

 private:
  static constexpr std::size_t block = 16;

  /// draw() for each value and fill(16 values) for each block; the last sixteen are drawn anew, over some that
  /// were done, when blocks do not divide the values.
  template <class Draw, class Fill>
  static void fill_blocks(std::span<float> values, const Draw& draw, const Fill& fill) {
    for (float& v : values) v = draw();
    for (std::size_t i = 0; i + block <= values.size(); i += block) fill(&values[i]);
    if (values.size() % block == 0) return;
    const std::span<float> last = values.last(block);
    for (float& v : last) v = draw();
    fill(last.data());
  }

  /// Box and Muller on sixteen uniforms in place.
  static void to_normal(float* u, float mean, float deviation) {
    for (std::size_t j = 0; j < block / 2; ++j) {
      const float radius = std::sqrt(-2.0f * std::log(1.0f - u[j]));
      const float angle = float(two_pi * double(u[j + 8]));
      u[j] = radius * std::cos(angle) * deviation + mean;
      u[j + 8] = radius * std::sin(angle) * deviation + mean;
    }
  }

  /// The same where every variable is a binary16 and every operation a float32.
  static void to_normal_half(float* u, float mean, float deviation) {
    for (std::size_t j = 0; j < block / 2; ++j) {
      const float radius = half(std::sqrt(-2.0f * std::log(1.0f - u[j])));
      const float angle = half(float(two_pi * double(u[j + 8])));
      u[j] = half(radius * std::cos(angle) * deviation + mean);
      u[j + 8] = half(radius * std::sin(angle) * deviation + mean);
    }
  }

  static float half(float value) { return float_from_half(half_from_float(value)); }

  /// float64 uniform in [0, 1).
  double uniform_double() {
    const std::uint64_t high = generator_();
    return double(((high << 32) | generator_()) & 0x1fffffffffffffu) * 0x1p-53;
  }

  double next_normal() {
    if (spare_) return *std::exchange(spare_, std::nullopt);
    const double first = uniform_double();
    const double radius = std::sqrt(-2.0 * std::log1p(-uniform_double()));
    spare_ = radius * std::sin(two_pi * first);
    return radius * std::cos(two_pi * first);
  }

  static constexpr double two_pi = 6.283185307179586;

  mersenne_twister generator_;
  std::optional<double> spare_;  // the second of a pair
};

inline void torch_random::normal(std::span<float> values, double mean, double deviation) {
  if (values.size() < block) {
    for (float& v : values) v = float(next_normal() * deviation + mean);
    return;
  }
  fill_blocks(
      values, [&] { return uniform(); }, [&](float* u) { to_normal(u, float(mean), float(deviation)); });
}

inline void torch_random::normal_half(std::span<float> values, float mean, float deviation) {
  COOP_ASSERT(values.size() >= block);
  fill_blocks(
      values, [&] { return float(generator_() & 0x7ffu) * 0x1p-11f; },
      [&](float* u) { to_normal_half(u, half(mean), half(deviation)); });
}

}  // namespace coop

#endif
