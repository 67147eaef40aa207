// SPDX-License-Identifier: MIT
//
// What the compiler is: the only header that asks. Everything above reads these names and never
// a compiler macro, so that a .cpp and a .cu see the same bodies and differ only in what exists.
#ifndef COOP_CONFIG_HPP
#define COOP_CONFIG_HPP

#include <cstdint>

#if defined(__CUDACC__)
#define COOP_HAS_CUDA 1
#define COOP_HOST_DEVICE __host__ __device__
#else
#define COOP_HAS_CUDA 0
#define COOP_HOST_DEVICE
#endif

namespace coop {

/// Extents and loop counters; offsets into memory are std::ptrdiff_t, bytes std::size_t.
using index_t = std::int32_t;

}  // namespace coop

#endif
