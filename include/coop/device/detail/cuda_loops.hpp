// SPDX-License-Identifier: MIT
//
// The two loops of a GPU: a thread an index, a block a row. Where a row functor has a better form on a GPU, the device
// has it, not the layer: cuda_rows<F> is specialised for the functor, by name, and the loop takes that kernel. Its
// generic form stays the truth, and what runs where the better form does not fit.
#ifndef COOP_DEVICE_DETAIL_CUDA_LOOPS_HPP
#define COOP_DEVICE_DETAIL_CUDA_LOOPS_HPP

#include <coop/device/detail/cuda_context.hpp>
#include <coop/device/detail/cuda_team.hpp>

#include <cstdint>
#include <type_traits>

namespace coop::detail {

/// Threads of the block that walks a row: 128 keep a row of 512 in four steps, and 16 blocks fill a multiprocessor.
inline constexpr int row_threads = 128;
inline constexpr int each_threads = 256;

/// How many blocks of a row functor a multiprocessor must hold at least; 0 leaves registers to the compiler, which would
/// rather spill a few than hold fewer blocks. 1 is for those that need many.
template <class F>
inline constexpr int blocks_wanted = 0;

template <class F>
COOP_KERNEL void __launch_bounds__(each_threads) cuda_each_kernel(index_t n, F f) {
  const std::int64_t step = std::int64_t(gridDim.x) * each_threads;
  for (std::int64_t i = std::int64_t(blockIdx.x) * each_threads + threadIdx.x; i < n; i += step)
    f(index_t(i));
}

template <class F>
COOP_KERNEL void __launch_bounds__(row_threads, blocks_wanted<F>) cuda_row_kernel(F f) {
  f(cuda_block<row_threads>{}, index_t(blockIdx.x));
}

/// What a kernel takes: plain bytes, few enough for its parameters.
template <class F>
constexpr void expect_kernel_argument() {
  static_assert(std::is_trivially_copyable_v<F>, "coop: a functor for a device holds views and numbers only");
  static_assert(sizeof(F) <= 4000, "coop: a functor for a device is handed over as a kernel's parameter");
}

/// A row functor's better form: run() starts it and answers true, or answers false where it does not fit.
template <class F>
struct cuda_rows {
  static bool run(const cuda_context&, index_t, const F&) { return false; }
};

template <class F>
void cuda_for_each(const cuda_context& context, index_t n, const F& f) {
  expect_kernel_argument<F>();
  if (n <= 0) return;
  context.enter();
  const std::int64_t blocks = (std::int64_t(n) + each_threads - 1) / each_threads;
  const std::int64_t most = std::int64_t(context.processors()) * 8;
  cuda_each_kernel<<<unsigned(std::min(blocks, most)), each_threads, 0, context.stream()>>>(n, f);
  check_cuda(cudaGetLastError(), "start of a kernel over indices");
}

template <class F>
void cuda_for_each_row(const cuda_context& context, index_t rows, const F& f) {
  expect_kernel_argument<F>();
  if (rows <= 0) return;
  context.enter();
  if (cuda_rows<F>::run(context, rows, f)) return;
  cuda_row_kernel<<<unsigned(rows), row_threads, 0, context.stream()>>>(f);
  check_cuda(cudaGetLastError(), "start of a kernel over rows");
}

/// What finishes a product, as a row functor over all of its columns.
template <class Finish>
struct cuda_finish {
  Finish finish;
  index_t columns;
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    finish(team, row, index_t(0), columns);
  }
};

template <class Finish>
void cuda_finish_rows(const cuda_context& context, index_t rows, index_t columns, const Finish& finish) {
  if (rows <= 0) return;
  context.enter();
  if (cuda_rows<Finish>::run(context, rows, finish)) return;
  cuda_for_each_row(context, rows, cuda_finish<Finish>{finish, columns});
}

/// Whether rows of so many numbers of type T can be read and written 16 bytes at a time.
template <class T>
bool in_quads(const T* data, std::ptrdiff_t stride, index_t columns) {
  constexpr std::ptrdiff_t many = 16 / std::ptrdiff_t(sizeof(T));
  return reinterpret_cast<std::uintptr_t>(data) % 16 == 0 && stride % many == 0 && columns % many == 0;
}

}  // namespace coop::detail

#endif
