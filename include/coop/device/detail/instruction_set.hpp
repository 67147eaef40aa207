// SPDX-License-Identifier: MIT
//
// Which vector instructions this processor has, asked once at run time. The kernels below this folder carry
// their own target attributes, so a program compiled with plain -O2 still uses the whole machine.
#ifndef COOP_DEVICE_DETAIL_INSTRUCTION_SET_HPP
#define COOP_DEVICE_DETAIL_INSTRUCTION_SET_HPP

#include <coop/config.hpp>

namespace coop::detail {

/// Vector instructions in rising order; `portable` is whatever the translation unit was compiled for.
enum class instruction_set { portable, avx2, avx512 };

/// The best set that this processor offers.
inline instruction_set best_instruction_set() {
#if COOP_X86_DISPATCH
  static const instruction_set best = [] {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
      return instruction_set::avx512;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return instruction_set::avx2;
    return instruction_set::portable;
  }();
  return best;
#else
  return instruction_set::portable;
#endif
}

}  // namespace coop::detail

#endif
