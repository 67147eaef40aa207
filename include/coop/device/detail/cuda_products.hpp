// SPDX-License-Identifier: MIT
//
// Products of a GPU, by cuBLASLt. Its matrices lie column by column, ours row by row: what it calls C = A B is our
// c' = b' a', so our right operand is its A. Which algorithm is best for given shapes, distances and alignments it is
// asked once; the memory it works in is there from the beginning, one for the one stream.
#ifndef COOP_DEVICE_DETAIL_CUDA_PRODUCTS_HPP
#define COOP_DEVICE_DETAIL_CUDA_PRODUCTS_HPP

#include <coop/device/concepts.hpp>
#include <coop/device/detail/batch_grid.hpp>
#include <coop/device/detail/cuda_context.hpp>

#include <cublasLt.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>

namespace coop::detail {

/// In which numbers a product is made: what the operands are, and how they are multiplied.
enum class product_kind { float32, tf32, bfloat16, float16, float64 };

constexpr cudaDataType operand_type(product_kind kind) {
  constexpr cudaDataType types[] = {CUDA_R_32F, CUDA_R_32F, CUDA_R_16BF, CUDA_R_16F, CUDA_R_64F};
  return types[int(kind)];
}
constexpr cudaDataType result_type(product_kind kind) {
  return kind == product_kind::float64 ? CUDA_R_64F : CUDA_R_32F;
}
constexpr cublasComputeType_t compute_type(product_kind kind) {
  if (kind == product_kind::float64) return CUBLAS_COMPUTE_64F;
  return kind == product_kind::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
}

/// c = alpha op(a) op(b) + beta c + bias, `batch` of them at these distances.
struct product_shape {
  product_kind kind = product_kind::float32;
  index_t rows = 0;     // of c
  index_t inner = 0;    // what is summed over
  index_t columns = 0;  // of c
  op op_a = op::as_is;
  op op_b = op::as_is;
  std::ptrdiff_t stride_a = 0;
  std::ptrdiff_t stride_b = 0;
  std::ptrdiff_t stride_c = 0;
  bool biased = false;
  index_t batch = 1;
  product_places between{};
  std::array<unsigned, 3> alignment{};  // bytes, of a, b and c

  friend auto operator<=>(const product_shape&, const product_shape&) = default;
};

/// The largest power of two up to 256 that divides an address.
inline unsigned alignment_of_address(const void* address) {
  const auto bits = reinterpret_cast<std::uintptr_t>(address) | 256u;
  return unsigned(bits & (~bits + 1));
}

/// The cache of a device's products, and the memory they work in.
class cuda_products {
 public:
  explicit cuda_products(std::shared_ptr<cuda_context> context) : context_(std::move(context)) {
    context_->enter();
    check_blas(cublasLtCreate(&handle_.value), "cublasLtCreate");
    workspace_ = cuda_buffer<std::byte>(context_, workspace_bytes);
  }

  /// One product or a batch of them. `bias` has `columns` numbers, or is null.
  template <class In, class T>
  void run(product_shape what, T alpha, const In* a, const In* b, T beta, T* c, const T* bias) {
    what.biased = bias != nullptr;
    what.alignment = {alignment_of_address(a), alignment_of_address(b), alignment_of_address(c)};
    context_->enter();
    const std::lock_guard lock(mutex_);
    auto& found = plans_[what];
    if (!found) found = std::make_unique<plan>(handle_.value, what);
    if (bias != nullptr) {
      check_blas(cublasLtMatmulDescSetAttribute(found->operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias,
                                                sizeof bias),
                 "cublasLtMatmulDescSetAttribute");
    }
    check_blas(cublasLtMatmul(handle_.value, found->operation, &alpha, b, found->right, a, found->left, &beta,
                              c, found->result, c, found->result, &found->algorithm, workspace_.data(),
                              workspace_bytes, context_->stream()),
               "cublasLtMatmul");
  }

  /// Calls f(memory of at least so many bytes), which no product of another thread touches meanwhile. Of a stream's
  /// work what comes next may use it again.
  template <class F>
  void with_scratch(std::size_t bytes, const F& f) {
    const std::lock_guard lock(scratch_mutex_);
    if (bytes > scratch_bytes_) {
      scratch_ = cuda_buffer<std::byte>(context_, bytes);
      scratch_bytes_ = bytes;
    }
    f(static_cast<void*>(scratch_.data()));
  }

 private:
  static constexpr std::size_t workspace_bytes = std::size_t(32) << 20;  // what NVIDIA advises for an H100

  /// A product as cuBLASLt wants it described, and the algorithm that it advised.
  struct plan {
    cublasLtMatmulDesc_t operation = nullptr;
    cublasLtMatrixLayout_t left = nullptr;  // our a: its B
    cublasLtMatrixLayout_t right = nullptr;
    cublasLtMatrixLayout_t result = nullptr;
    cublasLtMatmulAlgo_t algorithm{};

    plan(cublasLtHandle_t handle, const product_shape& p) {
      try {
        describe(p);
        choose(handle, p);
      } catch (...) {
        destroy();
        throw;
      }
    }
    plan(const plan&) = delete;
    plan& operator=(const plan&) = delete;
    ~plan() { destroy(); }

   private:
    void describe(const product_shape& p) {
      check_blas(cublasLtMatmulDescCreate(&operation, compute_type(p.kind), result_type(p.kind)),
                 "cublasLtMatmulDescCreate");
      const auto say = [&](cublasLtMatmulDescAttributes_t attribute, const auto& value) {
        check_blas(cublasLtMatmulDescSetAttribute(operation, attribute, &value, sizeof value),
                   "cublasLtMatmulDescSetAttribute");
      };
      const auto spelt = [](op o) { return o == op::transposed ? CUBLAS_OP_T : CUBLAS_OP_N; };
      say(CUBLASLT_MATMUL_DESC_TRANSA, spelt(p.op_b));
      say(CUBLASLT_MATMUL_DESC_TRANSB, spelt(p.op_a));
      if (p.biased) {
        say(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
        say(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, result_type(p.kind));
      }
      const auto lay = [&](cublasLtMatrixLayout_t& layout, cudaDataType type, index_t rows, index_t columns,
                           std::ptrdiff_t stride, std::ptrdiff_t between) {
        check_blas(
            cublasLtMatrixLayoutCreate(&layout, type, std::uint64_t(columns), std::uint64_t(rows), stride),
            "cublasLtMatrixLayoutCreate");
        if (p.batch == 1) return;
        const std::int32_t count = p.batch;
        const std::int64_t distance = between;
        check_blas(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count,
                                                    sizeof count),
                   "cublasLtMatrixLayoutSetAttribute");
        check_blas(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                                                    &distance, sizeof distance),
                   "cublasLtMatrixLayoutSetAttribute");
      };
      const bool turned_a = p.op_a == op::transposed;
      const bool turned_b = p.op_b == op::transposed;
      lay(left, operand_type(p.kind), turned_a ? p.inner : p.rows, turned_a ? p.rows : p.inner, p.stride_a,
          p.between[0]);
      lay(right, operand_type(p.kind), turned_b ? p.columns : p.inner, turned_b ? p.inner : p.columns,
          p.stride_b, p.between[1]);
      lay(result, result_type(p.kind), p.rows, p.columns, p.stride_c, p.between[2]);
    }

    void choose(cublasLtHandle_t handle, const product_shape& p) {
      struct owned {
        cublasLtMatmulPreference_t value = nullptr;
        ~owned() {
          if (value != nullptr) cublasLtMatmulPreferenceDestroy(value);
        }
      } preference;
      check_blas(cublasLtMatmulPreferenceCreate(&preference.value), "cublasLtMatmulPreferenceCreate");
      const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
        check_blas(cublasLtMatmulPreferenceSetAttribute(preference.value, attribute, &value, sizeof value),
                   "cublasLtMatmulPreferenceSetAttribute");
      };
      prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace_bytes);
      prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, std::uint32_t(p.alignment[1]));
      prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, std::uint32_t(p.alignment[0]));
      prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, std::uint32_t(p.alignment[2]));
      prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, std::uint32_t(p.alignment[2]));
      cublasLtMatmulHeuristicResult_t best{};
      int found = 0;
      const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
          handle, operation, right, left, result, result, preference.value, 1, &best, &found);
      check<device_error>(status == CUBLAS_STATUS_SUCCESS && found > 0, [&] {
        return "cuBLASLt: cublasLtMatmulAlgoGetHeuristic: no way to multiply (" + std::to_string(p.rows) +
               ", " + std::to_string(p.inner) + ") by (" + std::to_string(p.inner) + ", " +
               std::to_string(p.columns) + "), " + std::to_string(p.batch) +
               " of them: " + cublasLtGetStatusName(status);
      });
      algorithm = best.algo;
    }

    void destroy() noexcept {
      if (operation != nullptr) cublasLtMatmulDescDestroy(operation);
      for (cublasLtMatrixLayout_t layout : {left, right, result}) {
        if (layout != nullptr) cublasLtMatrixLayoutDestroy(layout);
      }
    }
  };
  struct owned_handle {
    cublasLtHandle_t value = nullptr;
    ~owned_handle() {
      if (value != nullptr) cublasLtDestroy(value);
    }
  };

  std::shared_ptr<cuda_context> context_;
  owned_handle handle_;
  cuda_buffer<std::byte> workspace_;
  std::mutex mutex_;
  std::map<product_shape, std::unique_ptr<plan>> plans_;
  std::mutex scratch_mutex_;
  cuda_buffer<std::byte> scratch_;
  std::size_t scratch_bytes_ = 0;
};

/// A number as a narrower one, or as it is.
template <class To, class From>
__device__ To narrowed(From x) {
  if constexpr (std::is_same_v<To, __nv_bfloat16>) {
    return __float2bfloat16_rn(x);
  } else if constexpr (std::is_same_v<To, __half>) {
    return __float2half_rn(x);
  } else {
    return To(x);
  }
}

inline constexpr int turn_side = 32;
inline constexpr int turn_rows = 8;

/// to(j, p) = from(p, j) where Turned, else from(j, p); zero for p from `inner` to to.columns(). Square tiles go through
/// shared memory, so that both are read and written along their rows.
template <bool Turned, class From, class To>
COOP_KERNEL void __launch_bounds__(turn_side* turn_rows)
    cuda_lay_out(view<const From, 2> from, view<To, 2> to, index_t inner) {
  __shared__ From tile[turn_side][turn_side + 1];
  const index_t p0 = index_t(blockIdx.x) * turn_side;
  const index_t j0 = index_t(blockIdx.y) * turn_side;
  const index_t x = index_t(threadIdx.x);
  const index_t n = to.rows();
  for (index_t y = index_t(threadIdx.y); y < turn_side; y += turn_rows) {
    if constexpr (Turned) {
      tile[x][y] = p0 + y < inner && j0 + x < n ? from(p0 + y, j0 + x) : From(0);
    } else {
      tile[y][x] = j0 + y < n && p0 + x < inner ? from(j0 + y, p0 + x) : From(0);
    }
  }
  __syncthreads();
  for (index_t y = index_t(threadIdx.y); y < turn_side; y += turn_rows) {
    if (j0 + y < n && p0 + x < to.columns()) to(j0 + y, p0 + x) = narrowed<To>(tile[y][x]);
  }
}

/// Rows of float32 as rows of 16-bit numbers, zeros to the end of a row; four numbers a thread.
template <class To>
COOP_KERNEL void __launch_bounds__(256) cuda_narrow_quads(view<const float, 2> from, view<To, 2> to) {
  struct alignas(8) four {
    To values[4];
  };
  const index_t quads = to.columns() / 4;
  const std::int64_t all = std::int64_t(to.rows()) * quads;
  const std::int64_t step = std::int64_t(gridDim.x) * 256;
  for (std::int64_t i = std::int64_t(blockIdx.x) * 256 + threadIdx.x; i < all; i += step) {
    const index_t row = index_t(i / quads);
    const index_t p = index_t(i % quads) * 4;
    four out;
    if (p + 4 <= from.columns()) {
      const float4 x = *reinterpret_cast<const float4*>(from.row(row) + p);
      out = {{narrowed<To>(x.x), narrowed<To>(x.y), narrowed<To>(x.z), narrowed<To>(x.w)}};
    } else {
      for (index_t k = 0; k < 4; ++k)
        out.values[k] = narrowed<To>(p + k < from.columns() ? from(row, p + k) : 0.0f);
    }
    *reinterpret_cast<four*>(to.row(row) + p) = out;
  }
}

/// The same, a number a thread, wherever rows begin.
template <class To>
struct narrow_row {
  view<const float, 2> from;
  view<To, 2> to;
  template <class M>
  __device__ void operator()(const M& team, index_t row) const {
    for (index_t p = team.first(); p < to.columns(); p += team.stride()) {
      to(row, p) = narrowed<To>(p < from.columns() ? from(row, p) : 0.0f);
    }
  }
};

}  // namespace coop::detail

#endif
