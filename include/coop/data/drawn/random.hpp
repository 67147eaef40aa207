// SPDX-License-Identifier: MIT
//
// The dice of the drawn worlds: a counter hashed by splitmix64's finaliser, and the choices made with it.
// The standard distributions are left out because each library implements them in its own way; these are the
// same everywhere. Below them, noise on the integer lattice for grounds and grain.
#ifndef COOP_DATA_DRAWN_RANDOM_HPP
#define COOP_DATA_DRAWN_RANDOM_HPP

#include <coop/data/drawn/fixed.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace coop::drawing {

/// A bijection of 64 bits that leaves no pattern (splitmix64's finaliser).
constexpr std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// One seed of two; not symmetric in them.
constexpr std::uint64_t combine(std::uint64_t a, std::uint64_t b) {
  return scramble(scramble(a + 0x9e3779b97f4a7c15U) + b);
}

/// A stream of draws that its seed determines.
class dice {
 public:
  /// The same numbers for the same seed.
  constexpr explicit dice(std::uint64_t seed) : state_(scramble(seed)) {}

  /// 64 random bits.
  constexpr std::uint64_t next() { return scramble(state_ += 0x9e3779b97f4a7c15U); }

  /// A whole number in [0, count).
  constexpr int below(int count) { return int(((next() >> 32) * std::uint64_t(count)) >> 32); }

  /// A whole number in [low, high], both included.
  constexpr int among(int low, int high) { return low + below(high - low + 1); }

  /// A number in [low, high).
  constexpr fixed between(fixed low, fixed high) {
    return low + (high - low) * fixed::from_raw(std::int64_t(next() >> 48));
  }

  /// True in `percent` of a hundred throws.
  constexpr bool chance(fixed percent) { return between(0, 100) < percent; }

  /// About normal, mean 0 and deviation 1: the sum of four even draws.
  constexpr fixed bell() {
    fixed sum = -2;
    for (int i = 0; i < 4; ++i) sum += between(0, 1);
    return sum * fixed(1.7320508);
  }

  /// One of the options, all alike.
  template <class T, std::size_t Count>
  constexpr const T& one_of(const T (&options)[Count]) {
    return options[below(int(Count))];
  }
  /// One of a few, all alike.
  template <class T>
  constexpr T one_of(std::initializer_list<T> options) {
    return options.begin()[below(int(options.size()))];
  }
  /// The same of words.
  constexpr std::string_view one_of(std::initializer_list<std::string_view> options) {
    return options.begin()[below(int(options.size()))];
  }
  /// One of a container's, all alike.
  template <class Options>
  constexpr const auto& pick(const Options& options) {
    return options[std::size_t(below(int(options.size())))];
  }

  /// The position of one of the weights, drawn in proportion to them.
  constexpr int weighted(std::initializer_list<int> weights) {
    int total = 0;
    for (const int w : weights) total += w;
    int left = below(total), position = 0;
    for (const int w : weights) {
      if (left < w) break;
      left -= w;
      ++position;
    }
    return position;
  }

 private:
  std::uint64_t state_;
};

/// A hash of a lattice point under a seed, 32 bits.
constexpr std::uint32_t lattice_hash(int x, int y, std::uint32_t seed) {
  std::uint32_t h = std::uint32_t(x) * 374761393U + std::uint32_t(y) * 668265263U + seed * 2246822519U;
  h = (h ^ (h >> 16)) * 0x7feb352dU;
  h = (h ^ (h >> 15)) * 0x846ca68bU;
  return h ^ (h >> 16);
}

/// The same as a number in [0, 1).
constexpr fixed lattice(int x, int y, std::uint32_t seed) {
  return fixed::from_raw(lattice_hash(x, y, seed) >> 16);
}

/// Smooth noise in [0, 1]: lattice values, blended by a cubic.
constexpr fixed noise(fixed x, fixed y, std::uint32_t seed) {
  const int i = floor(x), j = floor(y);
  fixed u = fraction(x), v = fraction(y);
  u = u * u * (fixed(3) - fixed(2) * u);
  v = v * v * (fixed(3) - fixed(2) * v);
  const fixed a = lattice(i, j, seed), b = lattice(i + 1, j, seed);
  const fixed c = lattice(i, j + 1, seed), d = lattice(i + 1, j + 1, seed);
  const fixed top = a + (b - a) * u, bottom = c + (d - c) * u;
  return top + (bottom - top) * v;
}

/// Three octaves of it, in [0, 1].
constexpr fixed clouds(fixed x, fixed y, std::uint32_t seed) {
  return fixed(0.55) * noise(x, y, seed) + fixed(0.3) * noise(x * 2 + 7, y * 2 + 3, seed + 1) +
         fixed(0.15) * noise(x * 4 + 1, y * 4 + 9, seed + 2);
}

}  // namespace coop::drawing

#endif
