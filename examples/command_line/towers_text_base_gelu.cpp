// SPDX-License-Identifier: MIT
//
// Text towers and learners of the miniatures, RN50, RN101, ViT-B/32 and ViT-B/16, with the exact GELU. Kernels do
// not depend on a tower's shape, so towers that share a file share their code.
#include "towers_text.hpp"

template app::text_tower app::open_text<coop::backbone::mini_vit::text, coop::nn::gelu>(
    const app::device&, const app::weights_archive&);
template app::learner_on<app::device> app::open_learner<coop::backbone::mini_vit::text, coop::nn::gelu>(
    const app::device&, const app::weights_archive&, const coop::tokenizer&, const std::vector<std::string>&,
    const app::prompt_description&);
template app::text_tower app::open_text<coop::backbone::rn50::text, coop::nn::gelu>(
    const app::device&, const app::weights_archive&);
template app::learner_on<app::device> app::open_learner<coop::backbone::rn50::text, coop::nn::gelu>(
    const app::device&, const app::weights_archive&, const coop::tokenizer&, const std::vector<std::string>&,
    const app::prompt_description&);
template app::text_tower app::open_text<coop::backbone::rn101::text, coop::nn::gelu>(
    const app::device&, const app::weights_archive&);
template app::learner_on<app::device> app::open_learner<coop::backbone::rn101::text, coop::nn::gelu>(
    const app::device&, const app::weights_archive&, const coop::tokenizer&, const std::vector<std::string>&,
    const app::prompt_description&);
