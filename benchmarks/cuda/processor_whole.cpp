// SPDX-License-Identifier: MIT
#include "drivers_whole.hpp"
#include "processor.hpp"
#include "programs.hpp"

namespace coop::benchmarks {

template <>
json trainings<on_processor>(const options& o) {
  return training_rows(o, processor(o), measured_wholes{});
}
template <>
json trainings<on_far>(const options& o) {
  return training_rows(o, far_device, small_wholes{});
}
template <>
json files<on_processor>(const options& o) {
  return file_rows(o, processor(o), measured_wholes{});
}
template <>
json files<on_far>(const options& o) {
  return file_rows(o, far_device, small_wholes{});
}

}  // namespace coop::benchmarks
