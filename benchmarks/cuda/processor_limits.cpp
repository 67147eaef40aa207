// SPDX-License-Identifier: MIT
#include "drivers_limits.hpp"
#include "processor.hpp"
#include "programs.hpp"

#include <thread>

namespace coop::benchmarks {

namespace {
std::vector<json> nothing_else(precision, const product_extents&, const repetition&) { return {}; }
}  // namespace

template <>
json facts<on_processor>(const options& o) {
  return {{"device", processor(o)(precision::float32).description()},
          {"threads", std::thread::hardware_concurrency()}};
}
template <>
json facts<on_far>(const options&) {
  return {{"device", "far"}};
}
template <>
json ceilings<on_processor>(const options& o) {
  return ceiling_rows(o, processor(o), nothing_else);
}
template <>
json ceilings<on_far>(const options& o) {
  return ceiling_rows(o, far_device, nothing_else);
}

}  // namespace coop::benchmarks
