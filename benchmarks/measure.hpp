// SPDX-License-Identifier: MIT
//
// What several benchmarks measure alike: the seconds of a call, and the best product that a device reaches, which is
// the ceiling that everything made of products is held against.
#ifndef COOP_BENCHMARKS_MEASURE_HPP
#define COOP_BENCHMARKS_MEASURE_HPP

#include <coop/device/devices.hpp>
#include <coop/tensor/tensor.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

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

/// Best product of the device at the shape of an MLP's first layer, (rows, width) by (width, 4 width), in
/// floating-point operations a second.
inline by_clocks ceiling(const device::cpu& device, index_t width, int tries, index_t rows = 896) {
  tensor<float, 2, device::cpu> x(device, shape<2>{rows, width}), w(device, shape<2>{4 * width, width}),
      y(device, shape<2>{rows, 4 * width});
  device.fill(x.view(), 0.5f);
  device.fill(w.view(), 0.25f);
  const auto frozen = device.freeze(std::as_const(w).view(), op::transposed);
  by_clocks best{1e9, 1e9};
  for (int i = 0; i < tries; ++i) {
    const auto once = time_of([&] { device.multiply(std::as_const(x).view(), frozen, {}, false, y.view()); });
    best = {std::min(best.wall, once.wall), std::min(best.processor, once.processor)};
  }
  const double operations = 2.0 * rows * width * 4 * width;
  return {operations / best.wall, operations / best.processor};
}

}  // namespace coop::benchmarks

#endif
