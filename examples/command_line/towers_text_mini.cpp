// SPDX-License-Identifier: MIT
//
// Text towers and learners of both miniatures.
#include "towers_text.hpp"

template app::text_tower app::open_text<coop::backbone::mini_vit::text>(const app::device&,
                                                                        const coop::safetensors&);
template app::learner app::open_learner<coop::backbone::mini_vit::text>(const app::device&,
                                                                        const coop::safetensors&,
                                                                        const coop::tokenizer&,
                                                                        const std::vector<std::string>&,
                                                                        const app::prompt_description&);
