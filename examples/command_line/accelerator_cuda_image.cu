// SPDX-License-Identifier: MIT
//
// Image towers of all backbones on a GPU, and files to features there.
#include "accelerator_cuda.hpp"
#include "data.hpp"

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
  const auto there = std::make_shared<const tower>(gpu, archive);
  using samples = picture_encoders::samples;
  return image_tower(
      std::make_shared<const hosted_image<tower>>(host, there),
      {.whole =
           [there](samples pictures, const coop::preprocessing& how, const coop::encode_options& options) {
             return coop::encode(*there, pictures, picture_source{}, how, options);
           },
       .views =
           [there](samples pictures, const coop::train_transform& change, const coop::preprocessing& how,
                   const coop::view_options& options) {
             return coop::encode_views(*there, pictures, picture_source{}, change, how, options);
           }});
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
