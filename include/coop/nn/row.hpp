// SPDX-License-Identifier: MIT
//
// What every layer does to a row: sums over it and passes along it. The loops run in strips of a fixed number
// of lanes, so that a CPU's compiler vectorises them at plain -O2 and the order of every sum is fixed; on a
// team of many workers each takes its own elements and the team adds up. Passes of one kind and length give a
// worker the same elements each time; what one worker wrote in one kind of pass and another reads in the next needs
// a sum, a max or a sync between.
#ifndef COOP_NN_ROW_HPP
#define COOP_NN_ROW_HPP

#include <coop/device/concepts.hpp>

#include <limits>

namespace coop::nn {

/// Where the search for a largest number begins. A constant, for device code may not call numeric_limits.
template <class T>
inline constexpr T below_all = -std::numeric_limits<T>::infinity();

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

/// The sum of f(i) over the elements of one worker of many: strips of Lanes of them from its own on.
template <class T, index_t Lanes, class F>
COOP_HOST_DEVICE inline T sum_of_strips(index_t worker, index_t workers, index_t n, const F& f) {
  T partial[Lanes] = {};
  const index_t step = workers * Lanes;
  index_t i = worker * Lanes;
  for (; i + Lanes <= n; i += step) {
    for (index_t lane = 0; lane < Lanes; ++lane) partial[lane] += f(i + lane);
  }
  for (index_t lane = 0; i + lane < n && lane < Lanes; ++lane) partial[lane] += f(i + lane);
  fold<Lanes / 2>(partial);
  return partial[0];
}

}  // namespace detail

/// The sum of f(i) over i in [0, n), known to every worker of the team.
template <class T, class M, class F>
COOP_HOST_DEVICE inline T row_sum(const M& team, index_t n, const F& f) {
  return team.sum(detail::sum_of_strips<T, M::lanes>(team.first(), team.stride(), n, f));
}

/// The same by the worker that asks, which waits for nobody: where each has sums of its own to make.
template <class T, class M, class F>
COOP_HOST_DEVICE inline T sum_alone(const M&, index_t n, const F& f) {
  return detail::sum_of_strips<T, M::lanes>(0, 1, n, f);
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

/// The same for few: strips of one vector, so that a row of twenty is not a tail of twenty.
template <class M, class F>
COOP_HOST_DEVICE inline void few_each(const M& team, index_t n, const F& f) {
  constexpr index_t strip = M::lanes;
  const index_t step = team.stride() * strip;
  index_t i = team.first() * strip;
  for (; i + strip <= n; i += step) {
    COOP_INDEPENDENT_TURNS
    for (index_t lane = 0; lane < strip; ++lane) f(i + lane);
  }
  const index_t end = n - i < strip ? n : i + strip;
  for (; i < end; ++i) f(i);
}

/// The same where f calls the C library, of which no compiler makes vectors: none is asked to, and so none complains.
template <class M, class F>
COOP_HOST_DEVICE inline void row_each_alone(const M& team, index_t n, const F& f) {
  for (index_t i = team.first(); i < n; i += team.stride()) f(i);
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
