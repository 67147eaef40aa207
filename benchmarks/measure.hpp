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
#include <utility>

namespace coop::benchmarks {

/// Seconds that f() takes.
template <class F>
double seconds(F&& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Best product of the device at the shape of an MLP's first layer, (rows, width) by (width, 4 width), in
/// floating-point operations a second.
inline double ceiling(const device::cpu& device, index_t width, int tries, index_t rows = 896) {
  tensor<float, 2, device::cpu> x(device, shape<2>{rows, width}), w(device, shape<2>{4 * width, width}),
      y(device, shape<2>{rows, 4 * width});
  device.fill(x.view(), 0.5f);
  device.fill(w.view(), 0.25f);
  const auto frozen = device.freeze(std::as_const(w).view(), op::transposed);
  double best = 1e9;
  for (int i = 0; i < tries; ++i) {
    best = std::min(best,
                    seconds([&] { device.multiply(std::as_const(x).view(), frozen, {}, false, y.view()); }));
  }
  return 2.0 * rows * width * 4 * width / best;
}

}  // namespace coop::benchmarks

#endif
