// SPDX-License-Identifier: MIT
//
// A GPU of NVIDIA's as a device: the same layers, run by the same two loops, a block of threads a row. Products are
// cuBLASLt's, on tensor cores where a precision below float32 was asked for. Everything is asked of one stream and
// happens in its order; a verb returns as soon as it has asked, except those that give numbers to the host.
//
// It exists where nvcc compiles (a .cu). A program that was compiled with it runs without a GPU until it opens one.
#ifndef COOP_DEVICE_CUDA_HPP
#define COOP_DEVICE_CUDA_HPP

#include <coop/device/concepts.hpp>
#include <coop/device/detail/batch_grid.hpp>
#include <coop/device/detail/cuda_context.hpp>
#include <coop/device/detail/cuda_layers.hpp>
#include <coop/device/detail/cuda_loops.hpp>
#include <coop/device/detail/cuda_products.hpp>
#include <coop/device/detail/cuda_staging.hpp>
#include <coop/device/detail/thread_team.hpp>
#include <coop/device/pass_sizes.hpp>
#include <coop/device/precision.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace coop {

/// How a GPU is used.
struct cuda_options {
  int ordinal = 0;                          ///< which, as CUDA_VISIBLE_DEVICES counts them
  precision products = precision::float32;  ///< by frozen matrices that may be rounded: a tower's layers
};

namespace detail {

/// What all copies of a device share.
struct cuda_state {
  explicit cuda_state(int ordinal) : context(std::make_shared<cuda_context>(ordinal)), products(context) {}
  std::shared_ptr<cuda_context> context;
  cuda_products products;
  thread_team host{int(std::clamp(std::thread::hardware_concurrency(), 1u, 16u))};  // for what is the host's
};

/// to(row, i) = value.
template <class T>
struct fill_row {
  T* to;
  std::ptrdiff_t stride;
  index_t width;
  T value;
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    for (index_t i = team.first(); i < width; i += team.stride()) to[row * stride + i] = value;
  }
};
/// to(i * stride) = value.
template <class T>
struct fill_each {
  T* to;
  std::ptrdiff_t stride;
  T value;
  COOP_HOST_DEVICE void operator()(index_t i) const { to[i * stride] = value; }
};
/// c <- factor c.
template <class T>
struct scale_row {
  view<T, 2> c;
  T factor;
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    for (index_t i = team.first(); i < c.columns(); i += team.stride()) c(row, i) *= factor;
  }
};
/// y(row, :) = bias [+ y(row, :)].
template <class T>
struct bias_row {
  view<T, 2> y;
  const T* bias;
  bool accumulate;
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    for (index_t i = team.first(); i < y.columns(); i += team.stride())
      y(row, i) = bias[i] + (accumulate ? y(row, i) : T(0));
  }
};

/// Rows of the first axis and the bytes between them, of a view that is read and one that is written.
template <class U, int Rank>
byte_rows rows_of(view<const U, Rank> from, view<U, Rank> to) {
  COOP_ASSERT(from.extents == to.extents);
  const auto rows = std::size_t(from.rows());
  const std::size_t width = rows == 0 ? 0 : from.size() / rows * sizeof(U);
  return {width, rows, std::size_t(from.stride) * sizeof(U), std::size_t(to.stride) * sizeof(U)};
}

/// Device work that can be started again as a whole. The first call does f's work; the second records it; from then on
/// a call starts what was recorded.
template <class F>
class cuda_recording {
 public:
  cuda_recording(std::shared_ptr<cuda_state> state, F f) : state_(std::move(state)), f_(std::move(f)) {}
  cuda_recording(cuda_recording&& other) noexcept
      : state_(std::move(other.state_)),
        f_(std::move(other.f_)),
        begun_(other.begun_),
        graph_(std::exchange(other.graph_, nullptr)) {}
  cuda_recording& operator=(cuda_recording&&) = delete;
  ~cuda_recording() {
    if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
  }

  void operator()() {
    if (!begun_) {  // kernels are loaded, memory grows to its size
      begun_ = true;
      f_();
      return;
    }
    if (graph_ == nullptr) {
      cudaGraph_t recorded = state_->context->capture(f_);
      const cudaError_t status = cudaGraphInstantiate(&graph_, recorded, 0);
      cudaGraphDestroy(recorded);
      check_cuda(status, "cudaGraphInstantiate");
    }
    state_->context->enter();
    check_cuda(cudaGraphLaunch(graph_, state_->context->stream()), "cudaGraphLaunch");
  }

 private:
  std::shared_ptr<cuda_state> state_;
  F f_;
  bool begun_ = false;
  cudaGraphExec_t graph_ = nullptr;
};

}  // namespace detail

namespace device {

/// A GPU, computing in T (float for use, double where a test wants the truth). Copies share stream and memory.
template <class T>
class basic_cuda {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>);

 public:
  using scalar = T;
  static constexpr const char* name = "cuda";
  template <class U>
  using buffer = detail::cuda_buffer<U>;

  /// No GPU: what a layer holds before it is given one. Every verb of it is a device_error.
  basic_cuda() = default;
  /// The GPU of this number.
  explicit basic_cuda(int ordinal) : basic_cuda(cuda_options{.ordinal = ordinal}) {}
  /// Where there is no driver, no such GPU or one older than compute capability 8.0, a device_error says which.
  explicit basic_cuda(const cuda_options& options)
      : products_(precision_of(options)), state_(std::make_shared<detail::cuda_state>(options.ordinal)) {}

  /// Whether there is a GPU to open. Asks the driver and throws nothing.
  [[nodiscard]] static bool available() noexcept { return detail::cuda_devices() > 0; }

  /// The precision of frozen products.
  [[nodiscard]] precision products() const { return products_; }
  /// What is in use, in words: "cuda, NVIDIA H200, tf32 products".
  [[nodiscard]] std::string description() const {
    return std::string(name) + ", " + context().title() + ", " + std::string(coop::name(products_)) +
           " products";
  }

  /// Thought out and not measured. 64 pictures of a vision transformer are 12,000 rows: the narrowest product of a block
  /// is then 600 tiles of 128 by 128 for the 132 processors of an H100, where eight pictures would be 80; they take half
  /// a gigabyte. Patches and mixed tiles are larger than the second-level cache at any size that keeps all processors
  /// busy, so they are large. Winograd's products are float32: worth it where patches would be multiplied in float32
  /// too, and not where tensor cores multiply them some ten times as fast.
  [[nodiscard]] pass_sizes passes() const {
    return {.pictures = 64,
            .early_pictures = 64,
            .patch_bytes = std::int64_t(128) << 20,
            .tile_bytes = std::int64_t(128) << 20,
            .tiled_channels = products_ == precision::float32 ? index_t(32) : index_t(0)};
  }

  /// Bytes that were allocated and not yet given back, here and by copies of this device.
  [[nodiscard]] detail::cuda_memory_use memory_use() const { return context().memory_use(); }
  /// The peak counts from here on.
  void forget_peak_memory() const { context().forget_peak_memory(); }

  /// Uninitialised memory; of no numbers too, which is then not null.
  template <class U>
  [[nodiscard]] buffer<U> allocate(std::size_t n) const {
    context().enter();
    return buffer<U>(state().context, n);
  }
  /// The host's numbers may change when this returns.
  template <class U, int Rank>
  void upload(view<const U, Rank> from, view<U, Rank> to) const {
    context().upload(from.data, to.data, detail::rows_of(from, to));
  }
  /// The numbers are there when this returns.
  template <class U, int Rank>
  void download(view<const U, Rank> from, view<U, Rank> to) const {
    context().download(from.data, to.data, detail::rows_of(from, to));
  }
  template <class U, int Rank>
  void copy(view<const U, Rank> from, view<U, Rank> to) const {
    context().copy(from.data, to.data, detail::rows_of(from, to));
  }
  template <class U, int Rank>
  void fill(view<U, Rank> to, std::type_identity_t<U> value) const {
    if (to.size() == 0) return;
    if (value == U(0)) {  // of the numbers that are kept on a device, zero is the one of zero bytes
      return context().clear(to.data, detail::rows_of(view<const U, Rank>(to), to));
    }
    const auto rows = to.dense() ? index_t(1) : to.rows();
    const auto width = index_t(to.size() / std::size_t(rows));
    if (rows == 1) return for_each(width, detail::fill_each<U>{to.data, 1, value});
    if (width == 1) return for_each(rows, detail::fill_each<U>{to.data, to.stride, value});
    for_each_row(rows, detail::fill_row<U>{to.data, to.stride, width, value});
  }
  /// Waits until all that was asked for has happened. What went wrong on the GPU meanwhile is a device_error here.
  void synchronize() const {
    context().enter();
    context().synchronize();
  }

  /// c = alpha op(a) op(b) + beta c, never rounded. With beta = 0, c may hold anything.
  void gemm(op op_a, op op_b, T alpha, view<const T, 2> a, view<const T, 2> b, T beta, view<T, 2> c) const {
    const index_t inner = a.extent(op_a == op::transposed ? 0 : 1);
    COOP_ASSERT(a.extent(op_a == op::transposed ? 1 : 0) == c.rows());
    COOP_ASSERT(b.extent(op_b == op::transposed ? 1 : 0) == inner &&
                b.extent(op_b == op::transposed ? 0 : 1) == c.columns());
    if (c.size() == 0) return;
    if (inner == 0) return scale(beta, c);
    state().products.run(shape_of(exact, op_a, op_b, inner, a, b, c), alpha, a.data, b.data, beta, c.data,
                         static_cast<const T*>(nullptr));
  }

  /// c(i) = op(a(i)) op(b(i)) for i in [0, count), such as one a head; operands on a grid of two distances are few
  /// calls. Where the device was asked for a precision below float32 it is tf32: only layers ask for these products.
  template <class A, class B, class C>
  void gemm_each(index_t count, op op_a, op op_b, const A& a, const B& b, const C& c) const {
    if (count <= 0) return;
    const view<const T, 2> a0 = a(0);
    const view<const T, 2> b0 = b(0);
    const view<T, 2> c0 = c(0);
    const index_t inner = a0.extent(op_a == op::transposed ? 0 : 1);
    const auto like = [](const auto& x, const auto& y) {
      return x.extents == y.extents && x.stride == y.stride;
    };
    const auto grid = detail::grid_of(
        count,
        [&](index_t i) {
          return detail::product_places{a(i).data - a0.data, b(i).data - b0.data, c(i).data - c0.data};
        },
        [&](index_t i) { return like(a(i), a0) && like(b(i), b0) && like(c(i), c0); });
    if (!grid.regular || inner == 0) {
      for (index_t i = 0; i < count; ++i) gemm(op_a, op_b, T(1), a(i), b(i), T(0), c(i));
      return;
    }
    if (c0.size() == 0) return;
    const auto kind = products_ == precision::float32 ? exact : detail::product_kind::tf32;
    const auto shape = shape_of(kind, op_a, op_b, inner, a0, b0, c0);
    run_batches(shape, grid, a0.data, b0.data, c0.data);
  }

  /// A (k, n) matrix to multiply by, kept as its transpose: so tensor cores read both operands along what is summed.
  class frozen {
   public:
    frozen() = default;
    [[nodiscard]] index_t inputs() const { return k_; }
    [[nodiscard]] index_t outputs() const { return n_; }
    [[nodiscard]] std::size_t bytes() const {
      return std::size_t(n_) * std::size_t(stride_) * (half_.data() ? sizeof(std::uint16_t) : sizeof(T));
    }

   private:
    friend class basic_cuda;
    index_t k_ = 0;
    index_t n_ = 0;
    index_t stride_ = 0;  // k, and zeros up to 16 bytes
    detail::product_kind kind_ = detail::product_kind::float32;
    buffer<T> values_;
    buffer<std::uint16_t> half_;  // bfloat16 or float16 instead
  };

  /// w on the device, or its transpose, for products from the right; in the device's precision where rounding is allowed.
  [[nodiscard]] frozen freeze(view<const T, 2> w, op orientation, rounding may = rounding::none) const {
    const bool turned = orientation == op::as_is;  // it is kept (n, k)
    frozen f;
    f.k_ = w.extent(turned ? 0 : 1);
    f.n_ = w.extent(turned ? 1 : 0);
    f.kind_ = may == rounding::allowed ? kind_of(products_) : exact;
    const bool half = f.kind_ == detail::product_kind::bfloat16 || f.kind_ == detail::product_kind::float16;
    const index_t granule = half ? 8 : index_t(16 / sizeof(T));
    f.stride_ = (f.k_ + granule - 1) / granule * granule;
    const std::size_t size = std::size_t(f.n_) * std::size_t(f.stride_);
    const shape<2> extents{f.n_, f.stride_};
    if (!half) {
      f.values_ = allocate<T>(size);
      lay_out(w, turned, f.k_, view<T, 2>{f.values_.data(), extents});
      return f;
    }
    f.half_ = allocate<std::uint16_t>(size);
    if constexpr (std::is_same_v<T, float>) {
      if (f.kind_ == detail::product_kind::bfloat16) {
        lay_out(w, turned, f.k_, half_view<__nv_bfloat16>(f.half_.data(), extents));
      } else {
        lay_out(w, turned, f.k_, half_view<__half>(f.half_.data(), extents));
      }
    }
    return f;
  }

  /// The same of a matrix in the host's memory, which goes through pinned memory piece by piece. Its bytes are those of
  /// the precision either way.
  [[nodiscard]] frozen freeze_from_host(view<const T, 2> w, op orientation, rounding may = rounding::none,
                                        storage = storage::fast) const {
    buffer<T> there = allocate<T>(w.size());
    const view<T, 2> matrix{there.data(), w.extents};
    upload(w, matrix);
    return freeze(view<const T, 2>(matrix), orientation, may);
  }

  /// y = x w, + bias if it has elements, + y if `accumulate`; then finish(team, row, 0, n) for y's rows. x (rows, k),
  /// w (k, n), y (rows, n), bias (n).
  template <class Finish = as_multiplied>
  void multiply(view<const T, 2> x, const frozen& w, view<const T, 1> bias, bool accumulate, view<T, 2> y,
                const Finish& finish = {}) const {
    COOP_ASSERT(x.extent(1) == w.k_ && y.extent(1) == w.n_ && x.extent(0) == y.extent(0));
    if (y.size() == 0) return;
    if constexpr (std::is_same_v<T, float>) {
      if (w.half_.data() != nullptr) {
        if (w.kind_ == detail::product_kind::bfloat16) {
          multiply_narrowed<__nv_bfloat16>(x, w, bias, accumulate, y);
        } else {
          multiply_narrowed<__half>(x, w, bias, accumulate, y);
        }
      } else {
        run(x.data, x.stride, w.k_, w.values_.data(), w, bias.size() ? bias.data : nullptr, accumulate, y);
      }
    } else {  // cuBLASLt adds no bias in double
      if (bias.size()) for_each_row(y.rows(), detail::bias_row<T>{y, bias.data, accumulate});
      run(x.data, x.stride, w.k_, w.values_.data(), w, static_cast<const T*>(nullptr),
          accumulate || bias.size() > 0, y);
    }
    if constexpr (!std::is_same_v<Finish, as_multiplied>) {
      detail::cuda_finish_rows(context(), y.rows(), y.columns(), finish);
    }
  }

  /// y(i) = x(i) w(i) for i in [0, count), as multiply() does each; x, w and y map an index to a view, a frozen matrix and
  /// a view. Where all lie on a grid, and are not rounded, they are few calls.
  template <class X, class W, class Y>
  void multiply_each(index_t count, const X& x, const W& w, const Y& y) const {
    if (count <= 0) return;
    const view<const T, 2> x0 = x(0);
    const frozen& w0 = w(0);
    const view<T, 2> y0 = y(0);
    const auto like = [&](index_t i) {
      const frozen& wi = w(i);
      return x(i).extents == x0.extents && x(i).stride == x0.stride && y(i).extents == y0.extents &&
             y(i).stride == y0.stride && wi.k_ == w0.k_ && wi.n_ == w0.n_ && wi.kind_ == w0.kind_;
    };
    const auto place = [&](index_t i) {
      return detail::product_places{x(i).data - x0.data, w(i).values_.data() - w0.values_.data(),
                                    y(i).data - y0.data};
    };
    const bool half = w0.half_.data() != nullptr;
    const auto grid = half ? detail::batch_grid{.regular = false} : detail::grid_of(count, place, like);
    if (!grid.regular || y0.size() == 0) {
      for (index_t i = 0; i < count; ++i) multiply(x(i), w(i), {}, false, y(i));
      return;
    }
    const view<const T, 2> weights{w0.values_.data(), shape<2>{w0.n_, w0.k_}, w0.stride_};
    const auto shape = shape_of(w0.kind_, op::as_is, op::transposed, w0.k_, x0, weights, y0);
    run_batches(shape, grid, x0.data, weights.data, y0.data);
  }

  /// f(i) for i in [0, n) on threads of the host, side by side: work of the host's such as reading files.
  template <class F>
  void on_host(index_t n, const F& f) const {
    state().host.run(n, f);
  }

  /// f(i) for i in [0, n), in any order.
  template <class F>
  void for_each(index_t n, const F& f) const {
    detail::cuda_for_each(context(), n, f);
  }

  /// f(team, row) for row in [0, rows), in any order; the team is a block of threads.
  template <class F>
  void for_each_row(index_t rows, const F& f) const {
    detail::cuda_for_each_row(context(), rows, f);
  }

  /// Pinned memory of the host for what goes up beside the device's work, or comes down behind it (device/staging.hpp).
  template <class U>
  [[nodiscard]] detail::cuda_upload<U> stage_upload(std::size_t n) const {
    return {state().context, n};
  }
  /// The same for what comes down.
  template <class U>
  [[nodiscard]] detail::cuda_download<U> stage_download(std::size_t n) const {
    return {state().context, n};
  }

  /// What f() asks of this device, to be started again and again at the price of one start (device/recording.hpp).
  template <class F>
  [[nodiscard]] detail::cuda_recording<F> record(F f) const {
    state();
    return {state_, std::move(f)};
  }

 private:
  static constexpr detail::product_kind exact =
      std::is_same_v<T, float> ? detail::product_kind::float32 : detail::product_kind::float64;

  static precision precision_of(const cuda_options& options) {
    if constexpr (std::is_same_v<T, double>) {
      return offered_precision(options.products, "cuda in double", {precision::float32});
    } else {
      return options.products;
    }
  }
  static detail::product_kind kind_of(precision p) {
    if constexpr (std::is_same_v<T, double>) {
      return exact;
    } else {
      switch (p) {
        case precision::tf32:
          return detail::product_kind::tf32;
        case precision::bfloat16:
          return detail::product_kind::bfloat16;
        case precision::float16:
          return detail::product_kind::float16;
        case precision::float32:
          break;
      }
      return exact;
    }
  }

  detail::cuda_state& state() const {
    check<device_error>(state_ != nullptr, [] {
      return std::string("device cuda: expected one that was opened, device::cuda(cuda_options{...})");
    });
    return *state_;
  }
  detail::cuda_context& context() const { return *state().context; }

  static detail::product_shape shape_of(detail::product_kind kind, op op_a, op op_b, index_t inner,
                                        view<const T, 2> a, view<const T, 2> b, view<T, 2> c) {
    return {.kind = kind,
            .rows = c.rows(),
            .inner = inner,
            .columns = c.columns(),
            .op_a = op_a,
            .op_b = op_b,
            .stride_a = a.stride,
            .stride_b = b.stride,
            .stride_c = c.stride};
  }

  /// y = x w [+ bias] [+ y] with operands of type In; both have `inner` numbers a row.
  template <class In>
  void run(const In* x, std::ptrdiff_t stride, index_t inner, const In* weights, const frozen& w,
           const T* bias, bool accumulate, view<T, 2> y) const {
    state().products.run({.kind = w.kind_,
                          .rows = y.rows(),
                          .inner = inner,
                          .columns = y.columns(),
                          .op_a = op::as_is,
                          .op_b = op::transposed,
                          .stride_a = stride,
                          .stride_b = w.stride_,
                          .stride_c = y.stride},
                         T(1), x, weights, T(accumulate ? 1 : 0), y.data, bias);
  }

  /// Products of one shape that lie on a grid, from product 0's operands on.
  void run_batches(detail::product_shape shape, const detail::batch_grid& grid, const T* a, const T* b,
                   T* c) const {
    shape.batch = grid.batch;
    shape.between = grid.between_products;
    for (index_t call = 0; call < grid.calls; ++call) {
      const auto at = detail::times(grid.between_calls, call);
      state().products.run(shape, T(1), a + at[0], b + at[1], T(0), c + at[2],
                           static_cast<const T*>(nullptr));
    }
  }

  /// multiply() by 16-bit weights: x is rounded first, into memory that all such products share.
  template <class Half>
  void multiply_narrowed(view<const float, 2> x, const frozen& w, view<const float, 1> bias, bool accumulate,
                         view<float, 2> y) const {
    const shape<2> extents{x.rows(), w.stride_};
    state().products.with_scratch(extents.size() * sizeof(Half), [&](void* memory) {
      const view<Half, 2> narrow{static_cast<Half*>(memory), extents};
      if (detail::in_quads(x.data, x.stride, 4)) {
        const std::int64_t quads = std::int64_t(extents.size()) / 4;
        const auto blocks = std::min<std::int64_t>((quads + 255) / 256, context().processors() * 8);
        context().enter();
        detail::cuda_narrow_quads<<<unsigned(blocks), 256, 0, context().stream()>>>(x, narrow);
        detail::check_cuda(cudaGetLastError(), "start of a kernel that rounds");
      } else {
        for_each_row(x.rows(), detail::narrow_row<Half>{x, narrow});
      }
      // The zeros at the rows' ends are multiplied too: so every row begins on 16 bytes.
      run(static_cast<const Half*>(narrow.data), narrow.stride, w.stride_,
          reinterpret_cast<const Half*>(w.half_.data()), w, bias.size() ? bias.data : nullptr, accumulate, y);
    });
  }

  template <class Half>
  static view<Half, 2> half_view(std::uint16_t* data, shape<2> extents) {
    return {reinterpret_cast<Half*>(data), extents};
  }

  /// w (n, k), or its transpose where `turned`, into rows that are filled with zeros.
  template <class To>
  void lay_out(view<const T, 2> w, bool turned, index_t inner, view<To, 2> to) const {
    if (to.size() == 0) return;
    const dim3 grid(unsigned((to.columns() + detail::turn_side - 1) / detail::turn_side),
                    unsigned((to.rows() + detail::turn_side - 1) / detail::turn_side));
    const dim3 block(detail::turn_side, detail::turn_rows);
    context().enter();
    if (turned) {
      detail::cuda_lay_out<true><<<grid, block, 0, context().stream()>>>(w, to, inner);
    } else {
      detail::cuda_lay_out<false><<<grid, block, 0, context().stream()>>>(w, to, inner);
    }
    detail::check_cuda(cudaGetLastError(), "start of a kernel that lays out weights");
  }

  /// c <- beta c.
  void scale(T beta, view<T, 2> c) const {
    if (beta == T(0)) return fill(c, T(0));
    for_each_row(c.rows(), detail::scale_row<T>{c, beta});
  }

  precision products_ = precision::float32;
  std::shared_ptr<detail::cuda_state> state_;
};

/// A GPU in single precision: the device of everyday use.
using cuda = basic_cuda<float>;
static_assert(Device<cuda>);

}  // namespace device
}  // namespace coop

#endif
