// SPDX-License-Identifier: MIT
//
// Every layer compiles for a GPU: towers, learner, loss and optimizer are instantiated with device::cuda, so that what
// a kernel cannot hold is told here and not to a user. Compiled for every architecture of the build; linked into the
// tests of the device.
#include <coop/clip/literal_text.hpp>
#include <coop/clip/resnet.hpp>
#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/device/cuda.hpp>
#include <coop/device/recording.hpp>
#include <coop/model/classifier.hpp>
#include <coop/model/learner.hpp>
#include <coop/train/fit.hpp>
#include <coop/train/loss.hpp>
#include <coop/train/optimizer.hpp>

#include "seeded_archive.hpp"

using coop::device::cuda;

namespace coop::tests {

using cuda_text = text_shape<64, 1, 2, 8>;
using cuda_text_tower = text_tower<cuda_text, cuda>;
using cuda_vit = vit_shape<8, 4, 64, 2, 8>;
using cuda_resnet = resnet_shape<32, 2, 8, 1, 1, 1, 1>;

}  // namespace coop::tests

template class coop::tensor<float, 2, cuda>;
template class coop::nn::linear<cuda>;
template class coop::nn::layer_norm<cuda>;
template class coop::text_plan<cuda>;
template class coop::text_workspace<cuda>;
template class coop::text_tower<coop::tests::cuda_text, cuda>;
template class coop::text_tower<coop::tests::cuda_text, cuda, coop::nn::gelu>;
template coop::text_tower<coop::tests::cuda_text, cuda>::text_tower(const cuda&,
                                                                    const coop::tests::seeded_archive&,
                                                                    coop::nn::direction);
template class coop::nn::convolution<cuda>;
template class coop::nn::winograd<cuda>;
template class coop::vit_tower<coop::tests::cuda_vit, cuda, coop::nn::quick_gelu>;
template class coop::vit_tower<coop::tests::cuda_vit, cuda, coop::nn::gelu>;
template coop::vit_tower<coop::tests::cuda_vit, cuda, coop::nn::quick_gelu>::vit_tower(
    const cuda&, const coop::tests::seeded_archive&);
template class coop::resnet_tower<coop::tests::cuda_resnet, cuda>;
template class coop::literal_text<coop::tests::cuda_text_tower>;
template class coop::prompt_assembly<cuda>;
template class coop::prompt_learner<coop::context::unified, coop::placement::end,
                                    coop::tests::cuda_text_tower>;
template class coop::prompt_learner<coop::context::class_specific, coop::placement::front,
                                    coop::tests::cuda_text_tower>;
template class coop::classifier<cuda>;
template class coop::sgd::state<cuda>;
template class coop::adamw::state<cuda>;
template coop::loss_result coop::cross_entropy<cuda>(const cuda&, coop::view<const float, 2>,
                                                     coop::view<const float, 2>,
                                                     std::span<const coop::index_t>, float,
                                                     coop::view<float, 2>, coop::loss_workspace<cuda>&);
