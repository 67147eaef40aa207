// SPDX-License-Identifier: MIT
//
// The body of open_image, for the files that instantiate it.
#ifndef COOP_COMMAND_LINE_TOWERS_IMAGE_HPP
#define COOP_COMMAND_LINE_TOWERS_IMAGE_HPP

#include "towers.hpp"

#include <coop/clip/architecture.hpp>
#include <coop/clip/resnet.hpp>
#include <coop/clip/vit.hpp>

#include <memory>

namespace app {

template <class B, class... A>
image_tower_on<device> open_image(const device& where, const weights_archive& archive) {
  using tower = typename B::template image_tower<device, A...>;
  coop::check_image_architecture<B>(archive);
  return image_tower_on<device>(std::make_shared<const tower>(where, archive));
}

}  // namespace app

#endif
