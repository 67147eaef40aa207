// SPDX-License-Identifier: MIT
//
// What several benchmarks measure: seconds, the best product of the device at a tower's shape, and memory.
#ifndef COOP_BENCHMARKS_MEASURE_HPP
#define COOP_BENCHMARKS_MEASURE_HPP

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

#include <coop/coop.hpp>

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace coop::benchmarks {

template <class F>
double seconds(F&& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Best product by a frozen matrix at the shape of a tower's MLP, in floating-point operations a second, in the
/// precision that the device was asked for.
inline double product_ceiling(const device::cpu& device, index_t width, int rounds = 40) {
  const index_t rows = 896;
  tensor<float, 2, device::cpu> x(device, shape<2>{rows, width}), w(device, shape<2>{4 * width, width}),
      y(device, shape<2>{rows, 4 * width});
  device.fill(x.view(), 0.5f);
  device.fill(w.view(), 0.25f);
  const auto frozen = device.freeze(std::as_const(w).view(), op::transposed, rounding::allowed);
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    best = std::min(best,
                    seconds([&] { device.multiply(std::as_const(x).view(), frozen, {}, false, y.view()); }));
  }
  return 2.0 * rows * double(width) * 4 * double(width) / best;
}

/// A number of kilobytes that Linux tells of this process, in bytes: "VmRSS:" now, "VmHWM:" at most.
inline std::size_t memory_of_process(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::size_t(std::atoll(line.c_str() + key.size())) * 1024;
  }
  return 0;
}

/// From here on "VmHWM:" counts anew; memory that nobody uses is given back first.
inline void forget_peak_memory() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;
}

}  // namespace coop::benchmarks

#endif
