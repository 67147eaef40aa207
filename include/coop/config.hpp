// SPDX-License-Identifier: MIT
//
// What the compiler is: the only header that asks. Everything above reads these names and never
// a compiler macro, so that a .cpp and a .cu see the same bodies and differ only in what exists.
#ifndef COOP_CONFIG_HPP
#define COOP_CONFIG_HPP

#include <cstdint>

#if defined(__CUDACC__)
/// Whether the compiler is nvcc, so that device::cuda exists.
#define COOP_HAS_CUDA 1
/// What runs on the host and on a GPU.
#define COOP_HOST_DEVICE __host__ __device__
/// A kernel. Hidden: of two libraries in one program that hold the same kernel, each must start its own.
#define COOP_KERNEL __attribute__((visibility("hidden"))) __global__
#else
#define COOP_HAS_CUDA 0
#define COOP_HOST_DEVICE
#endif

/// Whether functions may carry instructions of x86-64 that the program asks for when it runs.
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define COOP_X86_DISPATCH 1
#else
#define COOP_X86_DISPATCH 0
#endif

/// Whether the matrix tiles of x86-64 (AMX) may be asked for: the kernel lends them to a process that does.
#if COOP_X86_DISPATCH && defined(__linux__)
#define COOP_X86_TILES 1
#else
#define COOP_X86_TILES 0
#endif

/// Whether a CBLAS is linked, whose products device::cpu may then use: set by the target coop::blas.
#ifndef COOP_WITH_BLAS
#define COOP_WITH_BLAS 0
#endif

/// Before a loop whose turns do not touch each other's data: lets the compiler vectorise what it cannot
/// prove. Where sanitizers or -Os stand against it clang++ is not asked, because it would warn that it cannot.
#if defined(__clang__)
#if defined(__OPTIMIZE_SIZE__) || __has_feature(undefined_behavior_sanitizer)
#define COOP_INDEPENDENT_TURNS
#else
#define COOP_INDEPENDENT_TURNS _Pragma("clang loop vectorize(assume_safety)")
#endif
#elif defined(__GNUC__)
#define COOP_INDEPENDENT_TURNS _Pragma("GCC ivdep")
#else
#define COOP_INDEPENDENT_TURNS
#endif

namespace coop {

/// Extents and loop counters; offsets into memory are std::ptrdiff_t, bytes std::size_t.
using index_t = std::int32_t;

}  // namespace coop

#endif
