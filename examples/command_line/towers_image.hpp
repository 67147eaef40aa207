// SPDX-License-Identifier: MIT
//
// The body of open_image, for the files that instantiate it.
#ifndef COOP_COMMAND_LINE_TOWERS_IMAGE_HPP
#define COOP_COMMAND_LINE_TOWERS_IMAGE_HPP

#include "towers.hpp"

#include <coop/clip/clip.hpp>

#include <memory>

namespace app {

template <class B>
image_tower open_image(const device& where, const coop::safetensors& archive) {
  using tower = typename B::template image_tower<device>;
  coop::check_image_architecture<B>(archive);
  return image_tower(std::make_shared<const tower>(where, archive));
}

}  // namespace app

#endif
