// SPDX-License-Identifier: MIT
//
// A learner is one thread's own; what learners share is const: the tower, the tokenizer, features that were computed
// once. So many runs side by side, each with another context or placement, learn what they would learn one by one.
#include <coop/device/devices.hpp>
#include <coop/model/learner.hpp>
#include <coop/train/features.hpp>
#include <coop/train/fit.hpp>
#include <coop/train/optimizer.hpp>
#include <coop/train/schedule.hpp>

#include "support/at_once.hpp"
#include "support/seeded_archive.hpp"
#include "support/seven_names.hpp"
#include "support/small_tokenizer.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(learners_side_by_side)

using namespace coop;
using tests::at_once;
using tests::in_turn;

namespace {

using tower_type = text_tower<tests::seven_names_text, device::cpu>;

const std::vector<std::string>& names = tests::seven_names;

/// What a run of two epochs learned: context, losses, text features.
template <Context C, Placement P>
std::vector<double> learned(const tower_type& tower, const tokenizer& words,
                            const cached_features<device::cpu>& source, prompt<C, P> how, bool in_chunks) {
  learner_options options{.memory_limit = 0};
  if (in_chunks) {
    const memory_plan whole = prompt_learner<C, P, tower_type>::plan(words, names, how, options);
    options.memory_limit = whole.fixed + whole.workspace * 6 / 10;
  }
  prompt_learner learner(tower, words, names, how, options);
  std::vector<double> all;
  static_cast<void>(fit(learner, source, sgd{}, cosine{.rate = 0.05, .epochs = 2},
                        [&](const batch_record& b) { all.push_back(b.loss); }));
  const auto context = to_host(tower.device(), view<const float, 2>(learner.parameters()));
  all.insert(all.end(), context.begin(), context.end());
  const auto made = learner.classifier();
  const auto text = to_host(tower.device(), made.text());
  all.insert(all.end(), text.begin(), text.end());
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(runs_of_every_pair_of_policies_share_a_tower_and_learn_as_if_alone) {
  const tokenizer words = tests::small_tokenizer();
  for (const int threads : {1, 3}) {
    const tower_type tower(device::cpu(threads), tests::seeded_archive{});
    const cached_features<device::cpu> source(tower.device(), tests::features_of_seven(20, 1), {.size = 8});
    const auto run = [&](index_t caller) {
      std::vector<double> all;
      index_t pair = 0;
      for_each_type(context::all{}, [&](auto c) {
        for_each_type(placement::all{}, [&](auto p) {
          if (pair++ != caller % 6) return;
          const prompt<typename decltype(c)::type, typename decltype(p)::type> how{
              .length = 4, .seed = std::uint64_t(caller) + 1};
          all = learned(tower, words, source, how, caller >= 6);
        });
      });
      return all;
    };

    const auto alone = in_turn(run);
    const auto together = at_once(run);

    for (const auto& one : alone) BOOST_TEST(!one.empty());
    BOOST_TEST((together == alone), threads << " threads of the device");
  }
}

BOOST_AUTO_TEST_SUITE_END()
