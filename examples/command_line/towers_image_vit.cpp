// SPDX-License-Identifier: MIT
//
// Image towers of the vision transformers.
#include "towers_image.hpp"

template app::image_tower app::open_image<coop::backbone::vit_b32>(const app::device&,
                                                                   const coop::safetensors&);
template app::image_tower app::open_image<coop::backbone::vit_b16>(const app::device&,
                                                                   const coop::safetensors&);
template app::image_tower app::open_image<coop::backbone::vit_l14>(const app::device&,
                                                                   const coop::safetensors&);
template app::image_tower app::open_image<coop::backbone::vit_l14_336>(const app::device&,
                                                                       const coop::safetensors&);
template app::image_tower app::open_image<coop::backbone::mini_vit>(const app::device&,
                                                                    const coop::safetensors&);
