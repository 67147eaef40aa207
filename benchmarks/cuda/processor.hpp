// SPDX-License-Identifier: MIT
//
// How the devices of every machine are opened for a measurement.
#ifndef COOP_BENCHMARKS_CUDA_PROCESSOR_HPP
#define COOP_BENCHMARKS_CUDA_PROCESSOR_HPP

#include <coop/device/cpu.hpp>
#include <coop/device/precision.hpp>

#include "../../tests/support/far_device.hpp"
#include "../options.hpp"

#include <string>

namespace coop::benchmarks {

/// The far device with the words that a measurement asks for.
struct far_in_words : tests::far {
  [[nodiscard]] std::string description() const { return "far, float32 products"; }
};

inline auto processor(const options& o) {
  return [threads = o.number("threads")](precision products) {
    return device::cpu({.threads = threads, .products = products});
  };
}
inline auto far_device(precision products) {
  static_cast<void>(offered_precision(products, "far", {precision::float32}));
  return far_in_words{};
}

}  // namespace coop::benchmarks

#endif
