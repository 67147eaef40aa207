// SPDX-License-Identifier: MIT
//
// Text towers and learners of RN50x4.
#include "towers_text.hpp"

template app::text_tower app::open_text<coop::backbone::rn50x4::text>(const app::device&,
                                                                      const coop::safetensors&);
template app::learner app::open_learner<coop::backbone::rn50x4::text>(const app::device&,
                                                                      const coop::safetensors&,
                                                                      const coop::tokenizer&,
                                                                      const std::vector<std::string>&,
                                                                      const app::prompt_description&);
