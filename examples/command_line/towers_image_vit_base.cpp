// SPDX-License-Identifier: MIT
//
// Image towers of ViT-B/32 and ViT-B/16.
#include "towers_image.hpp"

template app::image_tower app::open_image<coop::backbone::vit_b32>(const app::device&,
                                                                   const coop::safetensors&);
template app::image_tower app::open_image<coop::backbone::vit_b16>(const app::device&,
                                                                   const coop::safetensors&);
