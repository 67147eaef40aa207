// SPDX-License-Identifier: MIT
//
// Whole training runs on any device: of features shaped as ImageNet's are, and of a drawn task with the miniature's
// weights, from pictures to accuracy.
#ifndef COOP_BENCHMARKS_WHOLE_HPP
#define COOP_BENCHMARKS_WHOLE_HPP

#include <coop/clip/clip.hpp>
#include <coop/io/json.hpp>
#include <coop/model/learner.hpp>
#include <coop/train/evaluate.hpp>
#include <coop/train/features.hpp>
#include <coop/train/fit.hpp>
#include <coop/train/optimizer.hpp>
#include <coop/train/schedule.hpp>

#include "../tests/support/drawn_shots.hpp"
#include "class_names.hpp"
#include "measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop::benchmarks {

/// Features of `each` pictures of every class, that lie about the tower's own feature of "a photo of a {}.": there is
/// something to learn, and it is learned.
template <class Tower>
feature_set features_about_texts(const Tower& tower, const tokenizer& words,
                                 const std::vector<std::string>& names, index_t each, std::uint32_t seed) {
  std::vector<std::vector<std::int32_t>> prompts;
  for (const std::string& name : names) {
    auto ids = words.ids("a photo of a " + name + ".");
    ids.insert(ids.begin(), words.start());
    ids.push_back(words.end());
    prompts.push_back(std::move(ids));
  }
  const auto& device = tower.device();
  const auto encoded = tower.encode(prompts);
  const auto centres = to_host(device, encoded.view());
  const index_t width = Tower::embed();
  feature_set set;
  set.width = width;
  set.class_names = names;
  std::uint32_t state = seed;
  for (index_t c = 0; c < index_t(names.size()); ++c) {
    const auto* centre = centres.data() + std::ptrdiff_t(c) * width;
    double square = 0;
    for (index_t e = 0; e < width; ++e) square += double(centre[e]) * double(centre[e]);
    const float size = float(std::sqrt(square / width));
    for (index_t i = 0; i < each; ++i) {
      for (index_t e = 0; e < width; ++e) {
        state = state * 1664525u + 1013904223u;
        const float noise = float(state >> 8) / float(1 << 23) - 1.0f;
        set.values.push_back(float(centre[e]) + 1.5f * size * noise);
      }
      set.labels.push_back(c);
    }
  }
  return set;
}

/// A training run: epochs, seconds, losses, and the accuracy on other features. It ends early after so many seconds,
/// and says after how many epochs.
template <Context C, Placement P, class Tower>
json trained(const Tower& tower, const tokenizer& words, const feature_set& train, const feature_set& test,
             const prompt<C, P>& how, index_t epochs, double most_seconds) {
  const auto& device = tower.device();
  const memory_meter meter(device);
  json row = {{"device", device.description()},
              {"context", C::name},
              {"placement", P::name},
              {"classes", train.class_names.size()},
              {"pictures", train.labels.size()},
              {"epochs", epochs}};
  double planting = 0;
  double learning = 0;
  double judging = 0;
  planting = seconds([&] {
    prompt_learner learner(tower, words, train.class_names, how, {.memory_limit = 0});
    const cached_features source(device, train, {.size = 32, .seed = how.seed});
    std::vector<double> losses;
    const auto begin = std::chrono::steady_clock::now();
    const auto passed = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    history past;
    learning = seconds([&] {
      past =
          fit(learner, source, sgd{}, warmup<cosine>{.then = {.epochs = epochs}}, [&](const epoch_record& e) {
            losses.push_back(e.loss);
            return passed() < most_seconds;
          });
      device.synchronize();
    });
    check(past.finite() && !losses.empty(), [&] { return "whole: " + to_text(past); });
    judging = seconds([&] { row["accuracy"] = evaluate(learner.classifier(), test).accuracy; });
    row["epochs_done"] = losses.size();
    row["steps"] = std::int64_t(losses.size()) * source.batches();
    row["first_loss"] = losses.front();
    row["last_loss"] = losses.back();
  });
  row["seconds"] = learning;
  row["seconds_a_step"] = learning / std::max(1.0, row["steps"].get<double>());
  row["seconds_before"] = planting - learning - judging;
  row["seconds_of_evaluation"] = judging;
  row["used_bytes"] = meter.most();
  return row;
}

inline void print_training(const json& r) {
  std::printf(
      "%-42s %-15s %-7s %5d classes %6d pictures %3d of %3d epochs %9.3f s, %9.6f s a step, loss %.4f to "
      "%.4f, "
      "%.2f %% right\n",
      r["device"].get<std::string>().c_str(), r["context"].get<std::string>().c_str(),
      r["placement"].get<std::string>().c_str(), r["classes"].get<int>(), r["pictures"].get<int>(),
      r["epochs_done"].get<int>(), r["epochs"].get<int>(), r["seconds"].get<double>(),
      r["seconds_a_step"].get<double>(), r["first_loss"].get<double>(), r["last_loss"].get<double>(),
      r["accuracy"].get<double>());
  std::fflush(stdout);
}

}  // namespace coop::benchmarks

#endif
