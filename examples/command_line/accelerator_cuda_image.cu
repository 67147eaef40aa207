// SPDX-License-Identifier: MIT
//
// Image towers of all backbones on a GPU.
#include "accelerator_cuda.hpp"

#include <coop/clip/architecture.hpp>
#include <coop/clip/resnet.hpp>
#include <coop/clip/vit.hpp>

namespace app {

namespace {

template <class B, class... A>
image_tower open_cuda_image(const coop::device::cuda& gpu, const device& host,
                            const weights_archive& archive) {
  using tower = typename B::template image_tower<coop::device::cuda, A...>;
  coop::check_image_architecture<B>(archive);
  return image_tower(
      std::make_shared<const hosted_image<tower>>(host, std::make_shared<const tower>(gpu, archive)));
}

}  // namespace

image_tower cuda_image(const coop::device::cuda& gpu, const device& host, const std::string& backbone,
                       const std::string& activation, const weights_archive& archive) {
  return for_backbone(backbone, [&]<class B>() {
    if constexpr (coop::image_architecture_of<B>().kind == coop::tower_kind::resnet) {
      return open_cuda_image<B>(gpu, host, archive);
    } else {
      return for_activation(activation, [&]<class A>() { return open_cuda_image<B, A>(gpu, host, archive); });
    }
  });
}

}  // namespace app
