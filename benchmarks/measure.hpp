// SPDX-License-Identifier: MIT
//
// What several benchmarks measure alike: the seconds of a call, the best product that a device reaches, which is the
// ceiling that everything made of products is held against, and memory.
#ifndef COOP_BENCHMARKS_MEASURE_HPP
#define COOP_BENCHMARKS_MEASURE_HPP

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

#include <coop/device/devices.hpp>
#include <coop/tensor/tensor.hpp>

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace coop::benchmarks {

/// The same quantity by the wall's clock and by the processor's, which counts the seconds of all threads and leaves out
/// those that other programs had.
struct by_clocks {
  double wall;
  double processor;
};

/// Seconds that f() takes.
template <class F>
by_clocks time_of(F&& f) {
  const auto wall = std::chrono::steady_clock::now();
  const auto processor = std::clock();
  f();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(),
          double(std::clock() - processor) / double(CLOCKS_PER_SEC)};
}
template <class F>
double seconds(F&& f) {
  return time_of(f).wall;
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Best product of the device at the shape of an MLP's first layer, (rows, width) by (width, 4 width), in the precision
/// that it was asked for, in floating-point operations a second.
inline by_clocks ceiling(const device::cpu& device, index_t width, int tries, index_t rows = 896) {
  tensor<float, 2, device::cpu> x(device, shape<2>{rows, width}), w(device, shape<2>{4 * width, width}),
      y(device, shape<2>{rows, 4 * width});
  device.fill(x.view(), 0.5f);
  device.fill(w.view(), 0.25f);
  const auto frozen = device.freeze(std::as_const(w).view(), op::transposed, rounding::allowed);
  by_clocks best{1e9, 1e9};
  for (int i = 0; i < tries; ++i) {
    const auto once = time_of([&] { device.multiply(std::as_const(x).view(), frozen, {}, false, y.view()); });
    best = {std::min(best.wall, once.wall), std::min(best.processor, once.processor)};
  }
  const double operations = 2.0 * rows * width * 4 * width;
  return {operations / best.wall, operations / best.processor};
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
