// SPDX-License-Identifier: MIT
//
// Image towers of the miniatures.
#include "towers_image.hpp"

template app::image_tower app::open_image<coop::backbone::mini_vit>(const app::device&,
                                                                    const coop::safetensors&);
template app::image_tower app::open_image<coop::backbone::mini_rn>(const app::device&,
                                                                   const coop::safetensors&);
