// SPDX-License-Identifier: MIT
//
// Image towers of RN50x4, RN50x16 and RN50x64.
#include "towers_image.hpp"

template app::image_tower app::open_image<coop::backbone::rn50x4>(const app::device&,
                                                                  const coop::safetensors&);
template app::image_tower app::open_image<coop::backbone::rn50x16>(const app::device&,
                                                                   const coop::safetensors&);
template app::image_tower app::open_image<coop::backbone::rn50x64>(const app::device&,
                                                                   const coop::safetensors&);
