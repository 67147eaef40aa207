// SPDX-License-Identifier: MIT
//
// Image towers of ViT-L/14 and ViT-L/14@336px.
#include "towers_image.hpp"

template app::image_tower app::open_image<coop::backbone::vit_l14>(const app::device&,
                                                                   const coop::safetensors&);
template app::image_tower app::open_image<coop::backbone::vit_l14_336>(const app::device&,
                                                                       const coop::safetensors&);
