// SPDX-License-Identifier: MIT
//
// Image towers on a GPU.
#include "drivers_image.hpp"
#include "gpu.hpp"
#include "programs.hpp"

namespace coop::benchmarks {

namespace {

encoder<device::cuda> of_a_gpu(const std::string& backbone, const device::cuda& device) {
  return formula_encoder(backbone, device,
                         type_list<backbone::rn50, backbone::rn101, backbone::vit_b32, backbone::vit_b16,
                                   backbone::vit_l14, backbone::mini_vit, backbone::mini_rn>{});
}

}  // namespace

template <>
json encodings<on_gpu>(const options& o) {
  return encoding_rows(o, gpu(o), of_a_gpu);
}
template <>
void answer_encodings<on_gpu>(const options& o) {
  encoding_answers(o, gpu(o), of_a_gpu);
}

}  // namespace coop::benchmarks
