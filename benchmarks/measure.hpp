// SPDX-License-Identifier: MIT
//
// What several benchmarks measure alike, on any device: the seconds of a call, the best product that a device reaches,
// which is the ceiling that everything made of products is held against, and memory.
#ifndef COOP_BENCHMARKS_MEASURE_HPP
#define COOP_BENCHMARKS_MEASURE_HPP

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

#include <coop/device/concepts.hpp>
#include <coop/tensor/tensor.hpp>

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
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

/// Seconds from the asking to the device's having done it.
template <class D, class F>
by_clocks time_on(const D& device, F&& f) {
  device.synchronize();
  return time_of([&] {
    f();
    device.synchronize();
  });
}

/// How often a call is repeated.
struct repetition {
  double seconds = 10;     // in all, after which no more begin
  std::size_t most = 100;  // groups of calls
  std::size_t warm_up = 1;
};

/// The median of a call that was repeated.
struct repeated_call {
  by_clocks median;
  std::size_t calls = 0;
};

/// Seconds of f() when it is asked for again and again. Short calls are timed some at a time, so that a device is asked
/// for the next one while it is busy with the last, as in a training run.
template <class D, class F>
repeated_call repeat(const D& device, const repetition& how, const F& f) {
  constexpr double shortest = 0.02;
  for (std::size_t i = 0; i < how.warm_up; ++i) f();
  const by_clocks once = time_on(device, f);
  const auto at_once = std::size_t(std::clamp(shortest / once.wall, 1.0, 100.0));
  std::vector<double> wall, processor;
  if (at_once == 1) {
    wall.push_back(once.wall);
    processor.push_back(once.processor);
  }
  double all = once.wall;
  while (wall.empty() || (all < how.seconds && wall.size() < how.most)) {
    const by_clocks some = time_on(device, [&] {
      for (std::size_t i = 0; i < at_once; ++i) f();
    });
    wall.push_back(some.wall / double(at_once));
    processor.push_back(some.processor / double(at_once));
    all += some.wall;
  }
  return {{median(wall), median(processor)}, wall.size() * at_once};
}

/// Numbers in [-1, 1) without a pattern: processors that save power on equal numbers would seem faster than they are.
template <Device D, int Rank>
tensor<typename D::scalar, Rank, D> noise(const D& device, shape<Rank> extents) {
  std::vector<typename D::scalar> values(extents.size());
  std::uint32_t state = 1;
  for (auto& value : values) {
    state = state * 1664525u + 1013904223u;
    value = typename D::scalar(float(state >> 8) / float(1 << 23) - 1.0f);
  }
  return to_device(device, view<const typename D::scalar, Rank>{values.data(), extents});
}

/// Best product of the device at the shape of an MLP's first layer, (rows, width) by (width, 4 width), in the precision
/// that it was asked for, in floating-point operations a second.
template <Device D>
by_clocks ceiling(const D& device, index_t width, int tries, index_t rows = 896) {
  using T = typename D::scalar;
  const auto x = noise(device, shape<2>{rows, width});
  const auto w = noise(device, shape<2>{4 * width, width});
  tensor<T, 2, D> y(device, shape<2>{rows, 4 * width});
  const auto frozen = device.freeze(w.view(), op::transposed, rounding::allowed);
  by_clocks best{1e9, 1e9};
  for (int i = 0; i < tries; ++i) {
    const auto once = time_on(device, [&] { device.multiply(x.view(), frozen, {}, false, y.view()); });
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

/// The most memory, beyond what there was at the beginning, that a measurement had: a device's own where it keeps count
/// of it, else the process's.
template <Device D>
class memory_meter {
  static constexpr bool counts = requires(const D& d) { d.memory_use(); };

 public:
  explicit memory_meter(const D& device) : device_(device) {
    if constexpr (counts) {
      device_.synchronize();
      device_.forget_peak_memory();
      before_ = device_.memory_use().now;
    } else {
      forget_peak_memory();
      before_ = memory_of_process("VmRSS:");
    }
  }
  [[nodiscard]] std::size_t most() const {
    if constexpr (counts) {
      return std::max(device_.memory_use().peak, before_) - before_;
    } else {
      return std::max(memory_of_process("VmHWM:"), before_) - before_;
    }
  }

 private:
  D device_;
  std::size_t before_ = 0;
};

}  // namespace coop::benchmarks

#endif
