// SPDX-License-Identifier: MIT
//
// An archive without a file: every tensor that is asked for exists, filled by a formula of its name, so that
// tests have towers of any size. Weights shrink with their inputs, norms are near one: activations stay near
// one.
#ifndef COOP_TESTS_SEEDED_ARCHIVE_HPP
#define COOP_TESTS_SEEDED_ARCHIVE_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace coop::tests {

/// Uniform numbers in [-1, 1) from a counter: splitmix64 of (seed, i).
inline float seeded(std::uint64_t seed, std::uint64_t i) {
  std::uint64_t z = (seed * 0x9E3779B97F4A7C15u) + (i + 1) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return float(double(z >> 40) / double(1u << 23) - 1.0);
}

struct seeded_archive {
  std::uint64_t seed = 1;

  [[nodiscard]] std::vector<float> read(const std::string& name) const { return read(name, {}); }
  [[nodiscard]] std::vector<float> read(const std::string& name,
                                        const std::vector<std::int64_t>& extents) const {
    std::uint64_t hash = 14695981039346656037u + seed;
    for (const char c : name) hash = (hash ^ std::uint64_t(static_cast<unsigned char>(c))) * 1099511628211u;
    std::size_t n = 1;
    for (const auto e : extents) n *= std::size_t(e);
    const bool norm = name.find("ln_") != std::string::npos && name.find("weight") != std::string::npos;
    const float scale = extents.size() < 2 ? 0.1f : std::sqrt(3.0f / float(extents.back()));
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = seeded(hash, i) * scale + (norm ? 1.0f : 0.0f);
    return values;
  }
};

}  // namespace coop::tests

#endif
