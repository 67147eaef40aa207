// SPDX-License-Identifier: MIT
#include "drivers_text.hpp"
#include "processor.hpp"
#include "programs.hpp"

namespace coop::benchmarks {

template <>
json steps<on_processor>(const options& o) {
  return step_rows(o, processor(o), measured_texts{});
}
template <>
json steps<on_far>(const options& o) {
  return step_rows(o, far_device, small_texts{});
}
template <>
void answer_steps<on_processor>(const options& o) {
  step_answers(o, processor(o), measured_texts{});
}
template <>
void answer_steps<on_far>(const options& o) {
  step_answers(o, far_device, small_texts{});
}

}  // namespace coop::benchmarks
