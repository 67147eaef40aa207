// SPDX-License-Identifier: MIT
#include "drivers_image.hpp"
#include "processor.hpp"
#include "programs.hpp"

namespace coop::benchmarks {

namespace {

encoder<device::cpu> of_the_processor(const std::string& backbone, const device::cpu& device) {
  return formula_encoder(backbone, device);
}
encoder<far_in_words> of_the_far_device(const std::string& backbone, const far_in_words& device) {
  return formula_encoder(backbone, device, type_list<backbone::mini_vit, backbone::mini_rn>{});
}

}  // namespace

template <>
json encodings<on_processor>(const options& o) {
  return encoding_rows(o, processor(o), of_the_processor);
}
template <>
json encodings<on_far>(const options& o) {
  return encoding_rows(o, far_device, of_the_far_device);
}
template <>
void answer_encodings<on_processor>(const options& o) {
  encoding_answers(o, processor(o), of_the_processor);
}
template <>
void answer_encodings<on_far>(const options& o) {
  encoding_answers(o, far_device, of_the_far_device);
}

}  // namespace coop::benchmarks
