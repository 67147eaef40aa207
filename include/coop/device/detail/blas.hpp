// SPDX-License-Identifier: MIT
//
// Products by whatever CBLAS the program is linked with: for processors that have a better one than the kernels here.
// Threads are the library's own; the order of its sums is its affair, so results may depend on their number.
#ifndef COOP_DEVICE_DETAIL_BLAS_HPP
#define COOP_DEVICE_DETAIL_BLAS_HPP

#include <coop/config.hpp>
#include <coop/tensor/view.hpp>

#if COOP_WITH_BLAS
#include <cblas.h>
#endif

namespace coop::detail {

#if COOP_WITH_BLAS
inline constexpr bool has_blas = true;

/// y = x w + beta y. x (rows, k), w (k, n), y (rows, n).
inline void blas_multiply(view<const float, 2> x, view<const float, 2> w, float beta, view<float, 2> y) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, x.extent(0), w.extent(1), w.extent(0), 1.0f, x.data,
              int(x.stride), w.data, int(w.stride), beta, y.data, int(y.stride));
}
#else
inline constexpr bool has_blas = false;
inline void blas_multiply(view<const float, 2>, view<const float, 2>, float, view<float, 2>) {}
#endif

}  // namespace coop::detail

#endif
