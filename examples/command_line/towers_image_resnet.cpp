// SPDX-License-Identifier: MIT
//
// Image towers of the modified ResNets.
#include "towers_image.hpp"

template app::image_tower_on<app::device> app::open_image<coop::backbone::rn50>(const app::device&,
                                                                                const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::rn101>(const app::device&,
                                                                                 const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::rn50x4>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::rn50x16>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::rn50x64>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::mini_rn>(
    const app::device&, const app::weights_archive&);
