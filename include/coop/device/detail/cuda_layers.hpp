// SPDX-License-Identifier: MIT
//
// The better forms of row functors on a GPU: specialisations of cuda_rows by the functors' names, which are declared here
// and defined upstairs, in nn and clip. A functor that does not fit (another head size, rows that do not begin on
// 16 bytes, numbers other than float) is run as any other. What a warp does with a row is in warp_rows.hpp.
#ifndef COOP_DEVICE_DETAIL_CUDA_LAYERS_HPP
#define COOP_DEVICE_DETAIL_CUDA_LAYERS_HPP

#include <coop/device/detail/cuda_loops.hpp>
#include <coop/device/detail/warp_rows.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace coop::nn {
template <class T>
struct layer_norm_row;
template <class T>
struct layer_norm_row_backward;
template <class T>
struct softmax_row;
template <class T>
struct multiply_row;
template <class T>
struct self_attention_row;
template <class T>
struct ancestor_attention_row;
template <class T>
struct ancestor_attention_backward_row;
template <class T>
struct ancestor_attention_backward_key;
template <index_t Tile, class T>
struct winograd_back_row;
template <class T>
struct average_pool_row;
}  // namespace coop::nn

namespace coop::detail {

template <class T, index_t L, index_t C>
struct pool_tokens_row;  // of clip

template <index_t Tile, class T>
inline constexpr int blocks_wanted<nn::winograd_back_row<Tile, T>> = 1;
template <class T>
inline constexpr int blocks_wanted<nn::average_pool_row<T>> = 1;
template <class T, index_t L, index_t C>
inline constexpr int blocks_wanted<pool_tokens_row<T, L, C>> = 1;

inline constexpr int layer_warps = 8;
inline constexpr int layer_threads = layer_warps * warp_lanes;

/// f(warp, item) for items [0, n), a warp an item.
template <class F>
COOP_KERNEL void __launch_bounds__(layer_threads, 1) cuda_warp_kernel(index_t n, F f) {
  const index_t item = index_t(blockIdx.x) * layer_warps + index_t(threadIdx.x) / warp_lanes;
  if (item < n) f(cuda_warp{}, item);
}
template <class F>
void cuda_for_each_warp(const cuda_context& context, index_t n, const F& f) {
  expect_kernel_argument<F>();
  const unsigned blocks = unsigned((std::int64_t(n) + layer_warps - 1) / layer_warps);
  cuda_warp_kernel<<<blocks, layer_threads, 0, context.stream()>>>(n, f);
  check_cuda(cudaGetLastError(), "start of a kernel over warps");
}

// ---- Norms -------------------------------------------------------------------------------------------------

template <int N, class F>
struct layer_norm_by_warp {
  F f;
  __device__ void operator()(const cuda_warp& warp, index_t row) const { warp_layer_norm<N>(warp, f, row); }
};
template <int N, class F>
struct layer_norm_backward_by_warp {
  F f;
  __device__ void operator()(const cuda_warp& warp, index_t row) const {
    warp_layer_norm_backward<N>(warp, f, row);
  }
};

/// Starts By<N, F> for rows of 128 N numbers, if N is one that is compiled: CLIP's widths are 512, 640, 768 and 1024.
template <template <int, class> class By, class F>
bool run_by_width(const cuda_context& context, index_t rows, index_t width, const F& f) {
  const auto start = [&]<int N>() {
    cuda_for_each_warp(context, rows, By<N, F>{f});
    return true;
  };
  switch (width) {
    case 256:
      return start.template operator()<2>();
    case 512:
      return start.template operator()<4>();
    case 640:
      return start.template operator()<5>();
    case 768:
      return start.template operator()<6>();
    case 1024:
      return start.template operator()<8>();
    default:
      return false;
  }
}

template <>
struct cuda_rows<nn::layer_norm_row<float>> {
  template <class F>
  static bool run(const cuda_context& context, index_t rows, const F& f) {
    if (!in_quads(f.x.data, f.x.stride, f.x.columns()) || !in_quads(f.y.data, f.y.stride, 4) ||
        !in_quads(f.weight.data, 4, 4) || !in_quads(f.bias.data, 4, 4)) {
      return false;
    }
    return run_by_width<layer_norm_by_warp>(context, rows, f.x.columns(), f);
  }
};

template <>
struct cuda_rows<nn::layer_norm_row_backward<float>> {
  template <class F>
  static bool run(const cuda_context& context, index_t rows, const F& f) {
    if (!in_quads(f.x.data, f.x.stride, f.x.columns()) || !in_quads(f.dy.data, f.dy.stride, 4) ||
        !in_quads(f.dx.data, f.dx.stride, 4) || !in_quads(f.weight.data, 4, 4)) {
      return false;
    }
    return run_by_width<layer_norm_backward_by_warp>(context, rows, f.x.columns(), f);
  }
};

template <int N, class F>
struct softmax_by_warp {
  F f;
  __device__ void operator()(const cuda_warp& warp, index_t row) const { warp_softmax<N>(warp, f, row); }
};

template <>
struct cuda_rows<nn::softmax_row<float>> {
  template <class F>
  static bool run(const cuda_context& context, index_t rows, const F& f) {
    const index_t n = f.x.columns();  // 50, 145, 197, 257 or 577 positions
    if (n > 608) return false;
    if (n <= 64) {
      cuda_for_each_warp(context, rows, softmax_by_warp<2, F>{f});
    } else if (n <= 224) {
      cuda_for_each_warp(context, rows, softmax_by_warp<7, F>{f});
    } else if (n <= 288) {
      cuda_for_each_warp(context, rows, softmax_by_warp<9, F>{f});
    } else {
      cuda_for_each_warp(context, rows, softmax_by_warp<19, F>{f});
    }
    return true;
  }
};

// ---- Passes over single numbers: four a thread -------------------------------------------------------------

template <class F>
COOP_KERNEL void __launch_bounds__(each_threads) cuda_quad_kernel(unsigned all, unsigned a_row, F f) {
  for (unsigned i = blockIdx.x * each_threads + threadIdx.x; i < all; i += gridDim.x * each_threads) {
    f(index_t(i / a_row), index_t(i % a_row) * 4);
  }
}
/// f(row, column) for every fourth column, if all of them can be counted.
template <class F>
bool cuda_for_each_quad(const cuda_context& context, index_t rows, index_t columns, const F& f) {
  expect_kernel_argument<F>();
  const std::int64_t all = std::int64_t(rows) * (columns / 4);
  if (all == 0 || all >= std::numeric_limits<std::int32_t>::max()) return false;
  const std::int64_t blocks = (all + each_threads - 1) / each_threads;
  const std::int64_t most = std::int64_t(context.processors()) * 16;
  cuda_quad_kernel<<<unsigned(std::min(blocks, most)), each_threads, 0, context.stream()>>>(
      unsigned(all), unsigned(columns / 4), f);
  check_cuda(cudaGetLastError(), "start of a kernel over quads");
  return true;
}

/// x <- f(x) of an activation, and its slope where F keeps one.
template <class F>
struct activate_quad {
  F f;
  __device__ void operator()(index_t row, index_t column) const {
    using activation = typename F::activation;
    float* place = f.x.row(row) + column;
    quad x = load_quad(place);
    if constexpr (requires { f.slope; }) {
      quad slope;
      for (int k = 0; k < 4; ++k) {
        float y;
        activation::both(x.x[k], y, slope.x[k]);
        x.x[k] = y;
      }
      store_quad(f.slope.row(row) + column, slope);
    } else {
      for (float& value : x.x) value = activation::value(value);
    }
    store_quad(place, x);
  }
};

/// What applies an activation says which.
template <class F>
  requires requires(const F& f) {
    typename F::activation;
    { f.x } -> std::convertible_to<view<float, 2>>;
  }
struct cuda_rows<F> {
  static bool run(const cuda_context& context, index_t rows, const F& f) {
    if (!in_quads(f.x.data, f.x.stride, f.x.columns())) return false;
    if constexpr (requires { f.slope; }) {
      if (!in_quads(f.slope.data, f.slope.stride, 4)) return false;
    }
    return cuda_for_each_quad(context, rows, f.x.columns(), activate_quad<F>{f});
  }
};

template <class F>
struct multiply_quad {
  F f;
  __device__ void operator()(index_t row, index_t column) const {
    float* place = f.x.row(row) + column;
    quad x = load_quad(place);
    const quad factor = load_quad(f.factor.row(row) + column);
    for (int k = 0; k < 4; ++k) x.x[k] *= factor.x[k];
    store_quad(place, x);
  }
};

template <>
struct cuda_rows<nn::multiply_row<float>> {
  template <class F>
  static bool run(const cuda_context& context, index_t rows, const F& f) {
    if (!in_quads(f.x.data, f.x.stride, f.x.columns()) || !in_quads(f.factor.data, f.factor.stride, 4)) {
      return false;
    }
    return cuda_for_each_quad(context, rows, f.x.columns(), multiply_quad<F>{f});
  }
};

// ---- Attention ---------------------------------------------------------------------------------------------

/// Calls start<Size>() for a head size that is compiled; false for others.
template <class Start>
bool by_head_size(index_t size, const Start& start) {
  switch (size) {
    case 32:
      start.template operator()<32>();
      return true;
    case 64:
      start.template operator()<64>();
      return true;
    default:
      return false;
  }
}

template <int Size, class F>
struct self_attention_by_warp {
  F f;
  __device__ void operator()(const cuda_warp& warp, index_t row) const {
    warp_self_attention<Size>(warp, f, row);
  }
};

template <>
struct cuda_rows<nn::self_attention_row<float>> {
  template <class F>
  static bool run(const cuda_context& context, index_t rows, const F& f) {
    if (!in_quads(f.q.data, f.q.stride, 4) || !in_quads(f.k.data, f.k.stride, 4) ||
        !in_quads(f.v.data, f.v.stride, 4) || !in_quads(f.output.data, f.output.stride, 4)) {
      return false;
    }
    return by_head_size(f.q.columns() / f.heads, [&]<int Size>() {
      cuda_for_each_warp(context, rows, self_attention_by_warp<Size, F>{f});
    });
  }
};

/// Neighbouring rows have most of their ancestors in common, so a block takes eight of them under one head: their keys
/// are in its cache. A block's number is (rows / 8) * heads + head.
template <int Size, bool Backward, class F>
COOP_KERNEL void __launch_bounds__(layer_threads) cuda_ancestor_kernel(index_t rows, F f) {
  const index_t head = index_t(blockIdx.x) % f.heads;
  const index_t row = index_t(blockIdx.x) / f.heads * layer_warps + index_t(threadIdx.x) / warp_lanes;
  if (row >= rows) return;
  if constexpr (Backward) {
    warp_ancestor_attention_backward<Size>(cuda_warp{}, f, row, head);
  } else {
    warp_ancestor_attention<Size>(cuda_warp{}, f, row, head);
  }
}
template <bool Backward, class F>
bool run_ancestor_attention(const cuda_context& context, index_t rows, index_t width, const F& f) {
  expect_kernel_argument<F>();
  const std::int64_t blocks = (std::int64_t(rows) + layer_warps - 1) / layer_warps * f.heads;
  if (blocks > std::numeric_limits<std::int32_t>::max()) return false;
  return by_head_size(width / f.heads, [&]<int Size>() {
    cuda_ancestor_kernel<Size, Backward><<<unsigned(blocks), layer_threads, 0, context.stream()>>>(rows, f);
    check_cuda(cudaGetLastError(), "start of the kernel of attention to ancestors");
  });
}

template <>
struct cuda_rows<nn::ancestor_attention_row<float>> {
  template <class F>
  static bool run(const cuda_context& context, index_t rows, const F& f) {
    if (!in_quads(f.q.data, f.q.stride, 4) || !in_quads(f.k.data, f.k.stride, 4) ||
        !in_quads(f.v.data, f.v.stride, 4) || !in_quads(f.output.data, f.output.stride, 4)) {
      return false;
    }
    return run_ancestor_attention<false>(context, rows, f.q.columns(), f);
  }
};

template <>
struct cuda_rows<nn::ancestor_attention_backward_row<float>> {
  template <class F>
  static bool run(const cuda_context& context, index_t rows, const F& f) {
    if (!in_quads(f.doutput.data, f.doutput.stride, 4) || !in_quads(f.k.data, f.k.stride, 4) ||
        !in_quads(f.v.data, f.v.stride, 4) || !in_quads(f.dq.data, f.dq.stride, 4)) {
      return false;
    }
    return run_ancestor_attention<true>(context, rows, f.dq.columns(), f);
  }
};

/// A warp a node and head; where many rows ask a node, all warps of the block share them. The few nodes that all classes
/// have in common come first, so a block takes nodes that lie far apart and has at most one of them.
template <int Size, class F>
COOP_KERNEL void __launch_bounds__(layer_threads, 1) cuda_ancestor_key_kernel(index_t blocks_a_head, F f) {
  using rows = shared_rows<Size>;
  constexpr index_t many = 8 * warp_lanes;
  __shared__ quad parts[layer_warps][2][rows::quads * sharing_lanes];
  const index_t head = index_t(blockIdx.x) / blocks_a_head;
  const index_t first = index_t(blockIdx.x) % blocks_a_head;
  const index_t warp = index_t(threadIdx.x) / warp_lanes;
  const index_t lane = cuda_warp::lane();
  const index_t live = f.askers.first.rows();
  const auto asked = [&](index_t node) { return f.askers.last(node) - f.askers.first(node); };

  const index_t mine = first + warp * blocks_a_head;
  if (mine < live && asked(mine) <= many) {
    quad dk[rows::quads] = {};
    quad dv[rows::quads] = {};
    warp_ancestor_attention_key<Size>(cuda_warp{}, f, mine, head, 0, 1, dk, dv);
    rows::write(dk, lane, f.dk.row(mine) + head * Size);
    rows::write(dv, lane, f.dv.row(mine) + head * Size);
  }
  for (index_t node = first; node < live; node += blocks_a_head) {
    if (asked(node) <= many) continue;  // the same for all threads
    quad dk[rows::quads] = {};
    quad dv[rows::quads] = {};
    warp_ancestor_attention_key<Size>(cuda_warp{}, f, node, head, warp, layer_warps, dk, dv);
    if (lane < sharing_lanes) {
      for (int i = 0; i < rows::quads; ++i) {
        parts[warp][0][i * sharing_lanes + lane] = dk[i];
        parts[warp][1][i * sharing_lanes + lane] = dv[i];
      }
    }
    __syncthreads();
    if (warp < 2 && lane < rows::quads * sharing_lanes) {  // keys by the first warp, values by the second
      quad sum = parts[0][warp][lane];
      for (int other = 1; other < layer_warps; ++other) add_times(sum, 1.0f, parts[other][warp][lane]);
      store_quad((warp == 0 ? f.dk : f.dv).row(node) + head * Size + lane * 4, sum);
    }
    __syncthreads();
  }
}

template <>
struct cuda_rows<nn::ancestor_attention_backward_key<float>> {
  template <class F>
  static bool run(const cuda_context& context, index_t, const F& f) {
    if (!in_quads(f.q.data, f.q.stride, 4) || !in_quads(f.doutput.data, f.doutput.stride, 4) ||
        !in_quads(f.dk.data, f.dk.stride, 4) || !in_quads(f.dv.data, f.dv.stride, 4)) {
      return false;
    }
    const index_t blocks_a_head = (f.askers.first.rows() + layer_warps - 1) / layer_warps;
    return by_head_size(f.dk.columns() / f.heads, [&]<int Size>() {
      cuda_ancestor_key_kernel<Size>
          <<<unsigned(blocks_a_head * f.heads), layer_threads, 0, context.stream()>>>(blocks_a_head, f);
      check_cuda(cudaGetLastError(), "start of the kernel of attention to ancestors, keys");
    });
  }
};

}  // namespace coop::detail

#endif
