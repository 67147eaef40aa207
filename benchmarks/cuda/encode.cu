// SPDX-License-Identifier: MIT
//
// Image towers on a GPU.
#include "drivers_image.hpp"
#include "gpu.hpp"
#include "programs.hpp"

namespace coop::benchmarks {

template <>
json encodings<on_gpu>(const options& o) {
  return encoding_rows(o, gpu(o));
}
template <>
void answer_encodings<on_gpu>(const options& o) {
  encoding_answers(o, gpu(o));
}

}  // namespace coop::benchmarks
