// SPDX-License-Identifier: MIT
//
// Which vector instructions this processor has, asked once at run time. The device's kernels carry their own
// target attributes, so a program compiled with plain -O2 still uses the whole machine.
#ifndef COOP_DEVICE_INSTRUCTION_SET_HPP
#define COOP_DEVICE_INSTRUCTION_SET_HPP

#include <coop/config.hpp>
#include <coop/error.hpp>
#include <coop/processor.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#if COOP_X86_TILES
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace coop {

/// Vector instructions in rising order; `portable` is whatever the translation unit was compiled for, `amx_bf16` is
/// AVX-512 for everything and matrix tiles for products of bfloat16.
enum class instruction_set { portable, avx2, avx512, avx512_bf16, amx_bf16 };

/// All of them, in rising order.
inline constexpr instruction_set instruction_sets[] = {instruction_set::portable, instruction_set::avx2,
                                                       instruction_set::avx512, instruction_set::avx512_bf16,
                                                       instruction_set::amx_bf16};

/// The word for a set, as instruction_set_named() takes it.
constexpr std::string_view name(instruction_set set) {
  constexpr std::string_view words[] = {"portable", "avx2", "avx512", "avx512_bf16", "amx_bf16"};
  return words[std::size_t(set)];
}

namespace detail {

/// Whether the processor has tiles of bfloat16 and the kernel lends them to this process: 8 KB of registers a thread,
/// which Linux gives only to those who ask (its "Using XSTATE features in user space applications").
inline bool may_use_tiles() {
#if COOP_X86_TILES
  constexpr unsigned tiles = 1u << 24;     // leaf 7, edx
  constexpr unsigned bfloat16 = 1u << 22;  // the same
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & tiles) || !(d & bfloat16)) return false;
  constexpr long ask_permission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long tile_data = 18;           // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, ask_permission, tile_data) == 0;
#else
  return false;
#endif
}

}  // namespace detail

/// The best set that this processor offers.
inline instruction_set best_instruction_set() {
#if COOP_X86_DISPATCH
  static const instruction_set best = [] {
    __builtin_cpu_init();
    // Matrices may be kept as halves; all known processors with AVX2 have the conversions.
    if (!detail::processor_has_f16c()) return instruction_set::portable;
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (avx512 && __builtin_cpu_supports("avx512bf16")) {
      return detail::may_use_tiles() ? instruction_set::amx_bf16 : instruction_set::avx512_bf16;
    }
    if (avx512) return instruction_set::avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return instruction_set::avx2;
    return instruction_set::portable;
  }();
  return best;
#else
  return instruction_set::portable;
#endif
}

/// The set that a word names, or the best one for "auto". A word that is unknown, or a set that this processor
/// lacks, is a choice_error with what it has.
inline instruction_set instruction_set_named(std::string_view word) {
  if (word == "auto") return best_instruction_set();
  std::string known = "auto";
  for (const instruction_set set : instruction_sets) {
    if (set > best_instruction_set()) break;
    if (name(set) == word) return set;
    known += ", " + std::string(name(set));
  }
  throw choice_error("instruction set '" + std::string(word) + "': expected one that this processor has (" +
                     known + ")");
}

}  // namespace coop

#endif
