// SPDX-License-Identifier: MIT
//
// Python's `random` as far as few-shot subsets are drawn with it: the same seed picks the same pictures as
// the published code. Follows CPython's random.py and _randommodule.c (unchanged from 3.6 to 3.13).
#ifndef COOP_DATA_PYTHON_RANDOM_HPP
#define COOP_DATA_PYTHON_RANDOM_HPP

#include <coop/config.hpp>
#include <coop/data/mersenne_twister.hpp>
#include <coop/error.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

namespace coop {

/// random.Random(seed) for whole seeds of at least 0.
class python_random {
 public:
  /// As random.seed(seed) leaves it.
  explicit python_random(std::uint64_t seed) : generator_(from_seed(seed)) {}

  /// The top k of the next 32 bits; 1 <= k <= 32.
  std::uint32_t getrandbits(int k) {
    COOP_ASSERT(k >= 1 && k <= 32);
    return generator_() >> (32 - k);
  }

  /// Uniform in [0, n), n >= 1. Draws bits until they are below n: the width is that of n itself, not of n -
  /// 1.
  std::uint32_t below(std::uint32_t n) {
    COOP_ASSERT(n >= 1);
    const auto k = static_cast<int>(std::bit_width(n));
    std::uint32_t r = getrandbits(k);
    while (r >= n) r = getrandbits(k);
    return r;
  }

  /// random.sample(range(n), k): k different indices in the order drawn; 0 <= k <= n.
  std::vector<index_t> sample(index_t n, index_t k);

  /// random.shuffle.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i-- > 1;) std::swap(items[i], items[below(std::uint32_t(i + 1))]);
  }

 private:
  static mersenne_twister from_seed(std::uint64_t seed) {
    const std::array<std::uint32_t, 2> words{std::uint32_t(seed), std::uint32_t(seed >> 32)};
    return mersenne_twister(std::span<const std::uint32_t>(words.data(), words[1] != 0 ? 2u : 1u));
  }

  mersenne_twister generator_;
};

inline std::vector<index_t> python_random::sample(index_t n, index_t k) {
  COOP_ASSERT(0 <= k && k <= n);
  // Python weighs a list of n against a set of k; the choice decides which numbers are drawn.
  std::int64_t greatest_pool = 21;
  if (k > 5) {
    std::int64_t table = 1;
    while (table < 3 * std::int64_t(k)) table *= 4;
    greatest_pool += table;
  }
  std::vector<index_t> chosen;
  chosen.reserve(std::size_t(k));
  if (n <= greatest_pool) {
    std::vector<index_t> pool(static_cast<std::size_t>(n));
    std::iota(pool.begin(), pool.end(), index_t{0});
    for (index_t i = 0; i < k; ++i) {
      const std::uint32_t j = below(std::uint32_t(n - i));
      chosen.push_back(pool[j]);
      pool[j] = pool[std::size_t(n - i - 1)];
    }
    return chosen;
  }
  std::unordered_set<std::uint32_t> taken;
  for (index_t i = 0; i < k; ++i) {
    std::uint32_t j = below(std::uint32_t(n));
    while (!taken.insert(j).second) j = below(std::uint32_t(n));
    chosen.push_back(index_t(j));
  }
  return chosen;
}

}  // namespace coop

#endif
