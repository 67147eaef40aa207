// SPDX-License-Identifier: MIT
//
// From an archive to towers and learners of one backbone. The three templates are the heavy part of the program; each
// is instantiated in one of the towers_*.cpp, so that a change anywhere else does not compile a tower again.
#ifndef COOP_COMMAND_LINE_TOWERS_HPP
#define COOP_COMMAND_LINE_TOWERS_HPP

#include "erased.hpp"

#include <coop/clip/backbone.hpp>
#include <coop/clip/names.hpp>
#include <coop/dispatch.hpp>
#include <coop/io/any_archive.hpp>
#include <coop/nn/elementwise.hpp>
#include <coop/prompt/context.hpp>
#include <coop/prompt/placement.hpp>
#include <coop/prompt/tokenizer.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace app {

/// What towers are read from: a file of any format, under OpenAI's names.
using weights_archive = coop::openai_names<coop::any_archive>;
/// What weights may have been trained with.
using activations = coop::type_list<coop::nn::quick_gelu, coop::nn::gelu>;

/// The policies as words have picked them.
using context_choice = decltype(coop::choose(coop::context::all{}, "context", ""));
using placement_choice = decltype(coop::choose(coop::placement::all{}, "placement", ""));

/// What is to be learnt.
struct prompt_description {
  context_choice context;
  placement_choice placement;
  index_t length = 16;
  std::string words = {};
  std::uint64_t seed = 1;
  std::uint64_t skipped = 0;  // outputs of the seed's generator before the noise
  bool half = false;          // noise of half precision
};

/// The image tower of backbone B. Without an activation, that of a ResNet, which has ReLU.
template <class B, class... A>
image_tower_on<device> open_image(const device& where, const weights_archive& archive);

/// The text tower of a shape, forward only.
template <class Text, class A>
text_tower open_text(const device& where, const weights_archive& archive);

/// A learner under the text tower of a shape.
template <class Text, class A>
learner_on<device> open_learner(const device& where, const weights_archive& archive,
                                const coop::tokenizer& words, const std::vector<std::string>& names,
                                const prompt_description& how);

}  // namespace app

#endif
