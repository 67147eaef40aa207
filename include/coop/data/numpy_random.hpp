// SPDX-License-Identifier: MIT
//
// NumPy's legacy generator, np.random.seed and the functions beside it, as far as the published linear probe
// draws its pictures with it. Frozen by NumPy's policy: the same in every version (numpy/random/mtrand.pyx).
#ifndef COOP_DATA_NUMPY_RANDOM_HPP
#define COOP_DATA_NUMPY_RANDOM_HPP

#include <coop/config.hpp>
#include <coop/data/mersenne_twister.hpp>
#include <coop/error.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace coop {

/// np.random.RandomState(seed) for a seed of at most 32 bits.
class numpy_random {
 public:
  /// As np.random.seed(seed) leaves it.
  explicit numpy_random(std::uint32_t seed) : generator_(seed) {}

  /// Uniform in [0, greatest], the end included: as many low bits as the greatest has, drawn until they fit.
  std::uint32_t interval(std::uint32_t greatest) {
    if (greatest == 0) return 0;
    const std::uint32_t mask = ~std::uint32_t{0} >> std::countl_zero(greatest);
    std::uint32_t value = generator_() & mask;
    while (value > greatest) value = generator_() & mask;
    return value;
  }

  /// np.random.permutation(n).
  std::vector<index_t> permutation(index_t n) {
    std::vector<index_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), index_t{0});
    for (std::size_t i = order.size(); i-- > 1;) std::swap(order[i], order[interval(std::uint32_t(i))]);
    return order;
  }

  /// np.random.choice(n, k, replace=False): k different indices; 0 <= k <= n.
  std::vector<index_t> choice(index_t n, index_t k) {
    COOP_ASSERT(0 <= k && k <= n);
    std::vector<index_t> chosen = permutation(n);
    chosen.resize(static_cast<std::size_t>(k));
    return chosen;
  }

 private:
  mersenne_twister generator_;
};

}  // namespace coop

#endif
