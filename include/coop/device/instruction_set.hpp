// SPDX-License-Identifier: MIT
//
// Which vector instructions this processor has, asked once at run time. The device's kernels carry their own
// target attributes, so a program compiled with plain -O2 still uses the whole machine.
#ifndef COOP_DEVICE_INSTRUCTION_SET_HPP
#define COOP_DEVICE_INSTRUCTION_SET_HPP

#include <coop/error.hpp>

#include <string>
#include <string_view>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(__CUDACC__)
#define COOP_X86_DISPATCH 1
#else
#define COOP_X86_DISPATCH 0
#endif

namespace coop {

/// Vector instructions in rising order; `portable` is whatever the translation unit was compiled for.
enum class instruction_set { portable, avx2, avx512, avx512_bf16 };

inline constexpr instruction_set instruction_sets[] = {instruction_set::portable, instruction_set::avx2,
                                                       instruction_set::avx512, instruction_set::avx512_bf16};

/// The word for a set, as instruction_set_named() takes it.
constexpr std::string_view name(instruction_set set) {
  constexpr std::string_view words[] = {"portable", "avx2", "avx512", "avx512_bf16"};
  return words[std::size_t(set)];
}

/// The best set that this processor offers.
inline instruction_set best_instruction_set() {
#if COOP_X86_DISPATCH
  static const instruction_set best = [] {
    __builtin_cpu_init();
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (avx512 && __builtin_cpu_supports("avx512bf16")) return instruction_set::avx512_bf16;
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
