// SPDX-License-Identifier: MIT
#include "drivers_image.hpp"
#include "processor.hpp"
#include "programs.hpp"

namespace coop::benchmarks {

template <>
json encodings<on_processor>(const options& o) {
  return encoding_rows(o, processor(o));
}
template <>
json encodings<on_far>(const options& o) {
  return encoding_rows(o, far_device);
}
template <>
void answer_encodings<on_processor>(const options& o) {
  encoding_answers(o, processor(o));
}
template <>
void answer_encodings<on_far>(const options& o) {
  encoding_answers(o, far_device);
}

}  // namespace coop::benchmarks
