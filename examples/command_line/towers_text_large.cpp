// SPDX-License-Identifier: MIT
//
// Text towers and learners of RN50x4, RN50x16, RN50x64, ViT-L/14 and ViT-L/14@336px.
#include "towers_text.hpp"

template app::text_tower app::open_text<coop::backbone::rn50x4::text, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&);
template app::learner_on<app::device> app::open_learner<coop::backbone::rn50x4::text, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&, const coop::tokenizer&, const std::vector<std::string>&,
    const app::prompt_description&);
template app::text_tower app::open_text<coop::backbone::vit_l14::text, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&);
template app::learner_on<app::device> app::open_learner<coop::backbone::vit_l14::text, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&, const coop::tokenizer&, const std::vector<std::string>&,
    const app::prompt_description&);
template app::text_tower app::open_text<coop::backbone::rn50x64::text, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&);
template app::learner_on<app::device> app::open_learner<coop::backbone::rn50x64::text, coop::nn::quick_gelu>(
    const app::device&, const app::weights_archive&, const coop::tokenizer&, const std::vector<std::string>&,
    const app::prompt_description&);
