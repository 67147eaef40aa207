// SPDX-License-Identifier: MIT
//
// A drawn task as features: the shots of several seeds and the test pictures, encoded once by any device's tower.
#ifndef COOP_TESTS_DRAWN_SHOTS_HPP
#define COOP_TESTS_DRAWN_SHOTS_HPP

#include <coop/clip/clip.hpp>
#include <coop/data/drawn.hpp>
#include <coop/data/few_shot.hpp>
#include <coop/train/features.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace coop::tests {

struct drawn_features {
  std::vector<feature_set> shots;  // of seeds 1, 2, ...
  feature_set test;
};

/// The features that backbone B's image tower gives a task.
template <Backbone B, class Tower>
drawn_features drawn_shots(const Tower& tower, const std::string& task, const drawn_counts& counts, int shots,
                           int seeds) {
  const dataset pictures = drawn_dataset(drawn_task_named(task), counts);
  const auto features = [&](const std::vector<sample>& some) {
    auto set =
        encode(tower, std::span<const sample>(some), no_decoder{}, preprocessing_of<B>(), {.batch = 64})
            .features;
    set.class_names = pictures.class_names;
    return set;
  };
  const feature_set pool = features(pictures.train);
  drawn_features all{{}, features(pictures.test)};
  for (int seed = 1; seed <= seeds; ++seed)
    all.shots.push_back(few_shot(pool, {.shots = shots, .seed = std::uint64_t(seed)}));
  return all;
}

}  // namespace coop::tests

#endif
