// SPDX-License-Identifier: MIT
//
// How a GPU is opened for a measurement.
#ifndef COOP_BENCHMARKS_CUDA_GPU_HPP
#define COOP_BENCHMARKS_CUDA_GPU_HPP

#include <coop/device/cuda.hpp>

#include "../options.hpp"

namespace coop::benchmarks {

inline auto gpu(const options& o) {
  return [ordinal = o.number("gpu")](precision products) {
    return device::cuda(cuda_options{.ordinal = ordinal, .products = products});
  };
}

}  // namespace coop::benchmarks

#endif
