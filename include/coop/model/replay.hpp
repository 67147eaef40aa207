// SPDX-License-Identifier: MIT
//
// A run that begins as the published program's run of the same seed begins, and sees the same pictures in the
// same batches: the one stream of PyTorch's main generator through the building of CLIP, the context vectors
// and the loader. Few-shot subsets come from Python's generator and are the published ones anyway
// (few_shot.hpp). What is computed with these numbers is not part of it: a GPU rounds otherwise.
#ifndef COOP_MODEL_REPLAY_HPP
#define COOP_MODEL_REPLAY_HPP

#include <coop/clip/construction.hpp>
#include <coop/data/replay.hpp>
#include <coop/data/torch_random.hpp>
#include <coop/error.hpp>
#include <coop/prompt/tree.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace coop {

namespace detail {

/// The published program takes seed 0 for none at all.
inline std::uint64_t published_seed(std::uint64_t seed) {
  check<choice_error>(seed >= 1, [] {
    return std::string("replay: seed: expected at least 1, because the published program ignores 0, got 0");
  });
  return seed;
}

}  // namespace detail

/// The prompt whose noise is the published initial context of backbone B under this seed; `half` as under the
/// published precision fp16, the default there, else as under fp32 and amp.
template <Backbone B, class C, class P>
prompt<C, P> replayed(prompt<C, P> how, std::uint64_t seed, bool half = false) {
  how.seed = detail::published_seed(seed);
  how.skipped = construction_draws<B>();
  how.half = half;
  return how;
}

/// The published loader of a run of this seed. `construction` is construction_draws of the backbone, and
/// `noise` how many numbers the context matrix has, 0 when it begins as words.
inline loader_replay replayed_loader(std::uint64_t seed, std::uint64_t construction, std::uint64_t noise,
                                     loader_options options = {}) {
  torch_random random(detail::published_seed(seed));
  random.skip(construction + (noise > 0 ? torch_random::normal_draws(noise) : 0));
  return loader_replay(std::move(random), options);
}

/// The published loader for this learner and the prompt that it was made of.
template <class Learner, class C, class P>
loader_replay replayed_loader(const Learner& learner, const prompt<C, P>& how, loader_options options = {}) {
  const auto context = learner.parameters();
  return replayed_loader(
      how.seed, how.skipped,
      how.words.empty() ? std::uint64_t(context.rows()) * std::uint64_t(context.columns()) : 0, options);
}

}  // namespace coop

#endif
