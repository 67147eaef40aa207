// SPDX-License-Identifier: MIT
//
// Training steps on a GPU.
#include "drivers_text.hpp"
#include "gpu.hpp"
#include "programs.hpp"

namespace coop::benchmarks {

template <>
json steps<on_gpu>(const options& o) {
  return step_rows(o, gpu(o), measured_texts{});
}
template <>
void answer_steps<on_gpu>(const options& o) {
  step_answers(o, gpu(o), measured_texts{});
}

}  // namespace coop::benchmarks
