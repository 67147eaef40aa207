// SPDX-License-Identifier: MIT
//
// Whole runs on a GPU.
#include "drivers_whole.hpp"
#include "gpu.hpp"
#include "programs.hpp"

namespace coop::benchmarks {

template <>
json trainings<on_gpu>(const options& o) {
  return training_rows(o, gpu(o), measured_wholes{});
}
template <>
json files<on_gpu>(const options& o) {
  return file_rows(o, gpu(o), measured_wholes{});
}

}  // namespace coop::benchmarks
