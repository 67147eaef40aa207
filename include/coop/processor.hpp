// SPDX-License-Identifier: MIT
//
// Which instructions beside vectors this processor has, asked once at run time: what reading files and keeping weights
// profit from.
#ifndef COOP_PROCESSOR_HPP
#define COOP_PROCESSOR_HPP

#include <coop/config.hpp>

#if COOP_X86_DISPATCH
#include <cpuid.h>
#endif

namespace coop::detail {

#if COOP_X86_DISPATCH

/// SHA-256 by instructions of its own, and those of SSE that go with them.
inline bool processor_has_sha() {
  static const bool has = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0 || (c & bit_SSSE3) == 0) return false;
    constexpr unsigned sha = 1u << 29;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & sha) != 0;
  }();
  return has;
}

/// binary16 to float32, eight at once; the operating system keeps the registers.
inline bool processor_has_f16c() {
  static const bool has = [] {
    __builtin_cpu_init();
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __builtin_cpu_supports("avx") && __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
  }();
  return has;
}

#endif

}  // namespace coop::detail

#endif
