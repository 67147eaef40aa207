// SPDX-License-Identifier: MIT
//
// What every layer does to a row: sums over it and passes along it. The loops run in strips of a fixed number
// of lanes, so that a CPU's compiler vectorises them at plain -O2 and the order of every sum is fixed; on a
// team of many workers each takes its own elements and the team adds up.
#ifndef COOP_NN_ROW_HPP
#define COOP_NN_ROW_HPP

#include <coop/device/concepts.hpp>

namespace coop::nn {

/// The sum of f(i) over i in [0, n), known to every worker of the team.
template <class T, class M, class F>
COOP_HOST_DEVICE inline T row_sum(const M& team, index_t n, const F& f) {
  constexpr index_t lanes = M::lanes;
  T partial[lanes] = {};
  const index_t step = team.stride() * lanes;
  index_t i = team.first() * lanes;
  for (; i + lanes <= n; i += step) {
    for (index_t lane = 0; lane < lanes; ++lane) partial[lane] += f(i + lane);
  }
  for (index_t lane = 0; i + lane < n && lane < lanes; ++lane) partial[lane] += f(i + lane);
  for (index_t width = lanes / 2; width > 0; width /= 2) {
    for (index_t lane = 0; lane < width; ++lane) partial[lane] += partial[lane + width];
  }
  return team.sum(partial[0]);
}

/// f(i) for every i in [0, n), each once; the calls must not touch each other's elements.
template <class M, class F>
COOP_HOST_DEVICE inline void row_each(const M& team, index_t n, const F& f) {
  // Two strips at once: a loop of sixteen turns would be unrolled before the compiler thinks of vectors.
  constexpr index_t strip = M::lanes > 1 ? 2 * M::lanes : 1;
  const index_t step = team.stride() * strip;
  index_t i = team.first() * strip;
  for (; i + strip <= n; i += step) {
    COOP_INDEPENDENT_TURNS
    for (index_t lane = 0; lane < strip; ++lane) f(i + lane);
  }
  for (index_t lane = 0; i + lane < n && lane < strip; ++lane) f(i + lane);
}

}  // namespace coop::nn

#endif
