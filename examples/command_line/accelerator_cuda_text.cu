// SPDX-License-Identifier: MIT
//
// Text towers and learners of all backbones on a GPU.
#include "accelerator_cuda.hpp"

#include <coop/clip/text.hpp>
#include <coop/model/learner.hpp>

namespace app {

namespace {

using learning = learner_on<coop::device::cuda>;

/// f<Tower>() for the text tower of a backbone and an activation on a GPU.
template <class F>
auto for_text_tower(const std::string& backbone, const std::string& activation, const F& f) {
  return for_backbone(backbone, [&]<class B>() {
    return for_activation(activation, [&]<class A>() {
      return f.template operator()<coop::text_tower<typename B::text, coop::device::cuda, A>>();
    });
  });
}

template <class Tower, class C, class P>
learning open_cuda_learner(const std::shared_ptr<const Tower>& text, const coop::tokenizer& words,
                           const std::vector<std::string>& names, const coop::prompt<C, P>& how) {
  using learns = coop::prompt_learner<C, P, Tower>;
  return learning(
      std::make_shared<recorded_learner<learns>>(std::make_unique<learns>(*text, words, names, how)), text);
}

}  // namespace

text_tower cuda_text(const coop::device::cuda& gpu, const device& host, const std::string& backbone,
                     const std::string& activation, const weights_archive& archive) {
  return for_text_tower(backbone, activation, [&]<class Tower>() {
    return text_tower(std::make_shared<const hosted_text<Tower>>(
        host, std::make_shared<const Tower>(gpu, archive, coop::nn::direction::forward_only)));
  });
}

learning cuda_learner(const coop::device::cuda& gpu, const std::string& backbone,
                      const std::string& activation, const weights_archive& archive,
                      const coop::tokenizer& words, const std::vector<std::string>& names,
                      const prompt_description& how) {
  return for_text_tower(backbone, activation, [&]<class Tower>() {
    const auto text = std::make_shared<const Tower>(gpu, archive);
    return coop::dispatch(
        [&]<class C, class P>() {
          return open_cuda_learner(text, words, names,
                                   coop::prompt<C, P>{.length = how.length,
                                                      .words = how.words,
                                                      .seed = how.seed,
                                                      .skipped = how.skipped,
                                                      .half = how.half});
        },
        how.context, how.placement);
  });
}

}  // namespace app
