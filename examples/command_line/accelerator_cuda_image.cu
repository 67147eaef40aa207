// SPDX-License-Identifier: MIT
//
// Image towers of all backbones on a GPU.
#include "accelerator_cuda.hpp"

#include <coop/clip/architecture.hpp>
#include <coop/clip/resnet.hpp>
#include <coop/clip/vit.hpp>

namespace app {

namespace {

using image = image_tower_on<coop::device::cuda>;

template <class B, class... A>
image open_cuda_image(const coop::device::cuda& gpu, const weights_archive& archive) {
  using tower = typename B::template image_tower<coop::device::cuda, A...>;
  coop::check_image_architecture<B>(archive);
  return image(std::make_shared<const tower>(gpu, archive));
}

}  // namespace

image cuda_image(const coop::device::cuda& gpu, const std::string& backbone, const std::string& activation,
                 const weights_archive& archive) {
  return for_backbone(backbone, [&]<class B>() {
    if constexpr (coop::image_architecture_of<B>().kind == coop::tower_kind::resnet) {
      return open_cuda_image<B>(gpu, archive);
    } else {
      return for_activation(activation, [&]<class A>() { return open_cuda_image<B, A>(gpu, archive); });
    }
  });
}

}  // namespace app
