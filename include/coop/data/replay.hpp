// SPDX-License-Identifier: MIT
//
// The random choices of PyTorch's DataLoader with a RandomSampler and worker processes: which picture is in
// which batch of an epoch, and how it is cropped. With the generator where the published program has it when
// training begins, these are the published batches. All of it is a function of the epoch, so that a resumed
// run replays the rest of an unbroken one. Follows torch/utils/data (the same from 1.13 to 2.15).
#ifndef COOP_DATA_REPLAY_HPP
#define COOP_DATA_REPLAY_HPP

#include <coop/data/source_picture.hpp>  // picture_extents
#include <coop/data/torch_random.hpp>
#include <coop/data/transform.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// How the loader that is replayed was set up.
struct loader_options {
  index_t workers = 8;  // CoOp's NUM_WORKERS
  /// Passes over other pictures after each epoch: 1 to find the best on a validation set.
  index_t evaluations = 0;
};

/// A loader's draws, epoch by epoch.
class loader_replay {
 public:
  /// `start` is the main generator as it is when the first epoch begins.
  explicit loader_replay(torch_random start, loader_options options = {})
      : start_(std::move(start)), options_(options) {
    check<choice_error>(options.workers >= 1 && options.evaluations >= 0, [&] {
      return "replay: expected at least 1 worker and 0 evaluations, got " + std::to_string(options.workers) +
             " and " + std::to_string(options.evaluations);
    });
  }

  /// What an epoch draws from the main generator.
  struct seeds {
    std::uint64_t base = 0;     // worker w is seeded with base + w
    std::uint64_t sampler = 0;  // of the permutation
  };
  /// The seeds of an epoch, from 0.
  [[nodiscard]] seeds seeds_of(index_t epoch) const {
    constexpr std::uint64_t of_training = 4;    // outputs: two seeds of two
    constexpr std::uint64_t of_evaluation = 2;  // its loader's base seed
    torch_random random = start_;
    random.skip(std::uint64_t(epoch) * (of_training + of_evaluation * std::uint64_t(options_.evaluations)));
    const std::uint64_t base = random.seed_draw();
    return {base, random.seed_draw()};
  }

  /// The order of the pictures in an epoch.
  [[nodiscard]] std::vector<index_t> order(index_t pictures, index_t epoch) const {
    return torch_random(seeds_of(epoch).sampler).randperm(pictures);
  }

  /// The crops of an epoch. `pictures` are the sizes in the order of the epoch, as far as batches are filled
  /// from them. A worker makes every workers-th batch with one generator, picture after picture.
  template <CroppingTransform Change>
  [[nodiscard]] std::vector<random_crop> crops(const Change& change,
                                               std::span<const picture_extents> pictures, index_t batch,
                                               index_t epoch) const {
    COOP_ASSERT(batch >= 1);
    const std::uint64_t base = seeds_of(epoch).base;
    std::vector<torch_random> generators;
    for (index_t w = 0; w < options_.workers; ++w) generators.emplace_back(base + std::uint64_t(w));
    std::vector<random_crop> chosen;
    chosen.reserve(pictures.size());
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const std::size_t worker = i / std::size_t(batch) % generators.size();
      chosen.push_back(change.choose(pictures[i].height, pictures[i].width, generators[worker]));
    }
    return chosen;
  }

 private:
  torch_random start_;
  loader_options options_;
};

}  // namespace coop

#endif
