// SPDX-License-Identifier: MIT
//
// Image towers of the vision transformers, with either activation.
#include "towers_image.hpp"

template app::image_tower_on<app::device> app::open_image<coop::backbone::vit_b32, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::vit_b32, coop::nn::gelu>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::vit_b16, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::vit_b16, coop::nn::gelu>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::vit_l14, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::vit_l14, coop::nn::gelu>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::vit_l14_336, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::vit_l14_336, coop::nn::gelu>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::mini_vit, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&);
template app::image_tower_on<app::device> app::open_image<coop::backbone::mini_vit, coop::nn::gelu>(
    const app::device&, const app::weights_archive&);
