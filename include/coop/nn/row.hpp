// SPDX-License-Identifier: MIT
//
// What every layer does to a row: sums over it and passes along it. The loops run in strips of a fixed number
// of lanes, so that a CPU's compiler vectorises them at plain -O2 and the order of every sum is fixed; on a
// team of many workers each takes its own elements and the team adds up.
#ifndef COOP_NN_ROW_HPP
#define COOP_NN_ROW_HPP

#include <coop/device/concepts.hpp>

namespace coop::nn {

namespace detail {

/// partial[0] <- the sum of all, half onto half; the halves' widths are known to the compiler.
template <index_t Width, class T>
COOP_HOST_DEVICE inline void fold(T* partial) {
  if constexpr (Width > 0) {
    for (index_t lane = 0; lane < Width; ++lane) partial[lane] += partial[lane + Width];
    fold<Width / 2>(partial);
  }
}

/// store(i, sum of term(j)(i) over j in [0, count)) for i in [begin, begin + 2 Lanes): two groups of lanes, each no
/// more than compilers keep in registers at -O2.
template <class T, index_t Lanes, class F, class G>
COOP_HOST_DEVICE inline void sum_lanes(index_t begin, index_t count, const F& term, const G& store) {
  T low[Lanes] = {};
  T high[Lanes] = {};
  for (index_t j = 0; j < count; ++j) {
    const auto term_of = term(j);
    for (index_t lane = 0; lane < Lanes; ++lane) low[lane] += term_of(begin + lane);
    for (index_t lane = 0; lane < Lanes; ++lane) high[lane] += term_of(begin + Lanes + lane);
  }
  for (index_t lane = 0; lane < Lanes; ++lane) store(begin + lane, low[lane]);
  for (index_t lane = 0; lane < Lanes; ++lane) store(begin + Lanes + lane, high[lane]);
}

}  // namespace detail

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
  detail::fold<lanes / 2>(partial);
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

/// f(i) for every i in [0, n) by every worker of the team: what all need and none may wait for.
template <class M, class F>
COOP_HOST_DEVICE inline void each_alone(const M&, index_t n, const F& f) {
  constexpr index_t strip = M::lanes;
  index_t i = 0;
  for (; i + strip <= n; i += strip) {
    COOP_INDEPENDENT_TURNS
    for (index_t lane = 0; lane < strip; ++lane) f(i + lane);
  }
  for (; i < n; ++i) f(i);
}

/// store(i, sum over j in [0, count) of term(j)(i)) for every i in [0, n): a sum of rows, each element's in the order
/// of j, kept in registers until it is whole.
template <class T, class M, class F, class G>
COOP_HOST_DEVICE inline void sum_of_rows(const M& team, index_t n, index_t count, const F& term,
                                         const G& store) {
  constexpr index_t strip = 2 * M::lanes;
  const index_t step = team.stride() * strip;
  index_t i = team.first() * strip;
  for (; i + strip <= n; i += step) detail::sum_lanes<T, M::lanes>(i, count, term, store);
  for (index_t lane = 0; i + lane < n && lane < strip; ++lane) {
    T sum = T(0);
    for (index_t j = 0; j < count; ++j) sum += term(j)(i + lane);
    store(i + lane, sum);
  }
}

}  // namespace coop::nn

#endif
