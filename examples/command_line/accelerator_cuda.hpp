// SPDX-License-Identifier: MIT
//
// What accelerator_cuda.cu asks of the two files that hold towers, so that these are compiled side by side and once.
#ifndef COOP_COMMAND_LINE_ACCELERATOR_CUDA_HPP
#define COOP_COMMAND_LINE_ACCELERATOR_CUDA_HPP

#include "accelerator.hpp"
#include "hosted.hpp"

#include <coop/device/cuda.hpp>
#include <coop/dispatch.hpp>

#include <string>
#include <vector>

namespace app {

image_tower_on<coop::device::cuda> cuda_image(const coop::device::cuda& gpu, const std::string& backbone,
                                              const std::string& activation, const weights_archive& archive);
text_tower cuda_text(const coop::device::cuda& gpu, const device& host, const std::string& backbone,
                     const std::string& activation, const weights_archive& archive);
learner_on<coop::device::cuda> cuda_learner(const coop::device::cuda& gpu, const std::string& backbone,
                                            const std::string& activation, const weights_archive& archive,
                                            const coop::tokenizer& words,
                                            const std::vector<std::string>& names,
                                            const prompt_description& how);

/// f<B>() for the backbone of that name.
template <class F>
auto for_backbone(const std::string& name, const F& f) {
  return coop::dispatch(f, coop::choose(coop::backbone::all{}, "backbone", name));
}
/// f<A>() for the activation of that name.
template <class F>
auto for_activation(const std::string& name, const F& f) {
  return coop::dispatch(f, coop::choose(activations{}, "activation", name));
}

}  // namespace app

#endif
