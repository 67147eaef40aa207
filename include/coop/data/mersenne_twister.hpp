// SPDX-License-Identifier: MIT
//
// MT19937 (Matsumoto and Nishimura 1998) with both of its published seedings. Python, NumPy and PyTorch draw
// from this one generator and differ in how they seed it and in what they make of its outputs; see
// python_random.hpp, numpy_random.hpp and torch_random.hpp. The standard library's engine has only one of the
// seedings.
#ifndef COOP_DATA_MERSENNE_TWISTER_HPP
#define COOP_DATA_MERSENNE_TWISTER_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace coop {

/// The generator: 624 words of state, 32 bits a draw.
class mersenne_twister {
 public:
  /// The authors' init_genrand.
  explicit mersenne_twister(std::uint32_t seed) {
    state_[0] = seed;
    for (std::uint32_t i = 1; i < size; ++i) {
      state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
    }
  }

  /// The authors' init_by_array; at least one word.
  explicit mersenne_twister(std::span<const std::uint32_t> words) : mersenne_twister(19650218u) {
    std::size_t i = 1;
    std::size_t j = 0;
    const auto step_state = [&] {
      if (++i == size) {
        state_[0] = state_[size - 1];
        i = 1;
      }
    };
    for (std::size_t k = std::max(size, words.size()); k > 0; --k) {
      state_[i] =
          (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1664525u)) + words[j] + std::uint32_t(j);
      step_state();
      if (++j == words.size()) j = 0;
    }
    for (std::size_t k = size - 1; k > 0; --k) {
      state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1566083941u)) - std::uint32_t(i);
      step_state();
    }
    state_[0] = 0x80000000u;
  }

  /// The next 32 bits.
  std::uint32_t operator()() {
    if (next_ == size) twist();
    std::uint32_t y = state_[next_++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
  }

  /// Leaves out the next `count` outputs: whole states at a time, 200 million in a few tenths of a second.
  void skip(std::uint64_t count) {
    while (count > 0) {
      if (next_ == size) twist();
      const auto here = std::min<std::uint64_t>(count, size - next_);
      next_ += static_cast<std::size_t>(here);
      count -= here;
    }
  }

 private:
  static constexpr std::size_t size = 624;
  static constexpr std::size_t shift = 397;

  void twist() {
    const auto mixed = [&](std::size_t here, std::size_t after) {
      const std::uint32_t y = (state_[here] & 0x80000000u) | (state_[after] & 0x7fffffffu);
      return (y >> 1) ^ ((0u - (y & 1u)) & 0x9908b0dfu);  // no branch: compilers make vectors of it
    };
    for (std::size_t i = 0; i < size - shift; ++i) state_[i] = state_[i + shift] ^ mixed(i, i + 1);
    for (std::size_t i = size - shift; i < size - 1; ++i)
      state_[i] = state_[i + shift - size] ^ mixed(i, i + 1);
    state_[size - 1] = state_[shift - 1] ^ mixed(size - 1, 0);
    next_ = 0;
  }

  std::array<std::uint32_t, size> state_{};
  std::size_t next_ = size;
};

}  // namespace coop

#endif
