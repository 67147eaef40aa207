// SPDX-License-Identifier: MIT
//
// The program of a build without CUDA: it says so.
#include "programs.hpp"

namespace coop::benchmarks {

namespace {
[[noreturn]] void refuse() { throw device_error(why_no_gpu().why); }
}  // namespace

no_gpu why_no_gpu() {
  return {.built = false, .why = "this program was built without CUDA (cmake --preset cuda builds it with)"};
}

template <>
json facts<on_gpu>(const options&) {
  refuse();
}
template <>
json ceilings<on_gpu>(const options&) {
  refuse();
}
template <>
json steps<on_gpu>(const options&) {
  refuse();
}
template <>
void answer_steps<on_gpu>(const options&) {
  refuse();
}
template <>
json encodings<on_gpu>(const options&) {
  refuse();
}
template <>
void answer_encodings<on_gpu>(const options&) {
  refuse();
}
template <>
json trainings<on_gpu>(const options&) {
  refuse();
}
template <>
json files<on_gpu>(const options&) {
  refuse();
}

}  // namespace coop::benchmarks
