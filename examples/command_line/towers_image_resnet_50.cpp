// SPDX-License-Identifier: MIT
//
// Image towers of RN50 and RN101.
#include "towers_image.hpp"

template app::image_tower app::open_image<coop::backbone::rn50>(const app::device&, const coop::safetensors&);
template app::image_tower app::open_image<coop::backbone::rn101>(const app::device&,
                                                                 const coop::safetensors&);
