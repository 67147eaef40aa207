// SPDX-License-Identifier: MIT
//
// The bodies of open_text and open_learner, for the files that instantiate them.
#ifndef COOP_COMMAND_LINE_TOWERS_TEXT_HPP
#define COOP_COMMAND_LINE_TOWERS_TEXT_HPP

#include "towers.hpp"

#include <coop/clip/text.hpp>
#include <coop/model/learner.hpp>

#include <memory>

namespace app {

template <class Text, class A>
text_tower open_text(const device& where, const weights_archive& archive) {
  using tower = coop::text_tower<Text, device, A>;
  return text_tower(std::make_shared<const tower>(where, archive, coop::nn::direction::forward_only));
}

template <class Text, class A>
learner_on<device> open_learner(const device& where, const weights_archive& archive,
                                const coop::tokenizer& words, const std::vector<std::string>& names,
                                const prompt_description& how) {
  using tower = coop::text_tower<Text, device, A>;
  const auto text = std::make_shared<const tower>(where, archive);
  return coop::dispatch(
      [&]<class C, class P>() {
        const coop::prompt<C, P> description{.length = how.length,
                                             .words = how.words,
                                             .seed = how.seed,
                                             .skipped = how.skipped,
                                             .half = how.half};
        return learner_on<device>(
            std::make_shared<coop::prompt_learner<C, P, tower>>(*text, words, names, description), text);
      },
      how.context, how.placement);
}

}  // namespace app

#endif
