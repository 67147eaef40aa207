// SPDX-License-Identifier: MIT
//
// The workers of a GPU on one row: a block, or one of its warps. Every worker knows every sum, and it is the same sum,
// made in one order.
#ifndef COOP_DEVICE_DETAIL_CUDA_TEAM_HPP
#define COOP_DEVICE_DETAIL_CUDA_TEAM_HPP

#include <coop/device/concepts.hpp>
#include <coop/device/detail/warp_rows.hpp>  // warp_lanes

namespace coop::detail {

inline constexpr unsigned whole_warp = 0xffffffffu;

/// The 32 threads that step together. What lanes write is seen by the others after sync().
struct cuda_warp {
  __device__ static index_t lane() { return index_t(threadIdx.x) % warp_lanes; }
  /// The sum over lanes that differ in the bits of `Below` from Width / 2 down: over neighbours [Width k, Width (k + 1)).
  template <int Width = warp_lanes, class T>
  __device__ static T sum(T x) {
#pragma unroll
    for (int other = Width / 2; other > 0; other /= 2) x += __shfl_xor_sync(whole_warp, x, other);
    return x;
  }
  /// The sum over lanes that are equal modulo Width.
  template <int Width, class T>
  __device__ static T sum_across(T x) {
#pragma unroll
    for (int other = warp_lanes / 2; other >= Width; other /= 2) x += __shfl_xor_sync(whole_warp, x, other);
    return x;
  }
  template <class T>
  __device__ static T max(T x) {
#pragma unroll
    for (int other = warp_lanes / 2; other > 0; other /= 2) {
      const T y = __shfl_xor_sync(whole_warp, x, other);
      x = y > x ? y : x;
    }
    return x;
  }
  /// x of another lane.
  template <class T>
  __device__ static T of_lane(T x, index_t lane) {
    return __shfl_sync(whole_warp, x, lane);
  }
  __device__ static void sync() { __syncwarp(); }
};

/// A block of so many threads as the team of one row.
template <int Threads>
struct cuda_block {
  static_assert(Threads % warp_lanes == 0 && Threads <= 1024);
  static constexpr index_t lanes = 1;  // neighbours read neighbours: one transaction a warp
  static constexpr int warps = Threads / warp_lanes;

  __device__ static index_t first() { return index_t(threadIdx.x); }
  __device__ static index_t stride() { return Threads; }
  __device__ static void sync() { __syncthreads(); }

  template <class T>
  __device__ static T sum(T x) {
    return over_warps(cuda_warp::sum(x), [](T a, T b) { return a + b; });
  }
  template <class T>
  __device__ static T max(T x) {
    return over_warps(cuda_warp::max(x), [](T a, T b) { return b > a ? b : a; });
  }

 private:
  /// All warps' numbers as one, by every thread in the same order.
  template <class T, class F>
  __device__ static T over_warps(T x, const F& both) {
    if constexpr (warps == 1) {
      cuda_warp::sync();  // as the others do, so that a sum is a point where workers meet
      return x;
    }
    __shared__ T of_warp[warps];
    if (threadIdx.x % warp_lanes == 0) of_warp[threadIdx.x / warp_lanes] = x;
    __syncthreads();
    T all = of_warp[0];
#pragma unroll
    for (int warp = 1; warp < warps; ++warp) all = both(all, of_warp[warp]);
    __syncthreads();  // before anybody writes the next ones
    return all;
  }
};

}  // namespace coop::detail

#endif
