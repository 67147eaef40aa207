// SPDX-License-Identifier: MIT
//
// The learning rate of every epoch. The published schedule is one epoch at 1e-5, then a cosine from 0.002
// whose period is the whole number of epochs and which starts counting after the warm-up, so that the last
// epoch's rate is small but not zero. A schedule is a value; the rate changes between epochs, never within
// one.
#ifndef COOP_TRAIN_SCHEDULE_HPP
#define COOP_TRAIN_SCHEDULE_HPP

#include <coop/config.hpp>

#include <cmath>
#include <concepts>

namespace coop {

/// How long to train, and the rate of epoch e in [0, epochs_total()).
template <class S>
concept Schedule = requires(const S& schedule, index_t epoch) {
  { schedule.epochs_total() } -> std::convertible_to<index_t>;
  { schedule.at(epoch) } -> std::convertible_to<double>;
};

/// The same rate in every epoch.
struct constant {
  double rate = 0.002;   ///< of every epoch
  index_t epochs = 200;  ///< in all

  [[nodiscard]] constexpr index_t epochs_total() const { return epochs; }
  [[nodiscard]] constexpr double at(index_t) const { return rate; }
};

/// From `rate` along half a cosine to zero, which epoch `epochs` would have.
struct cosine {
  double rate = 0.002;   ///< of the first epoch
  index_t epochs = 200;  ///< in all

  [[nodiscard]] constexpr index_t epochs_total() const { return epochs; }
  [[nodiscard]] double at(index_t epoch) const {
    constexpr double pi = 3.14159265358979323846;
    return rate * 0.5 * (1.0 + std::cos(pi * double(epoch) / double(epochs)));
  }
};

/// The first `epochs` at a fixed small rate, the rest as `then` begins; the total is that of `then`.
template <Schedule Then>
struct warmup {
  index_t epochs = 1;  ///< at the small rate
  double rate = 1e-5;  ///< the small rate
  Then then = {};      ///< what follows

  [[nodiscard]] constexpr index_t epochs_total() const { return then.epochs_total(); }
  [[nodiscard]] constexpr double at(index_t epoch) const {
    return epoch < epochs ? rate : then.at(epoch - epochs);
  }
};

/// The schedule of the paper for a number of epochs.
[[nodiscard]] inline warmup<cosine> paper_schedule(index_t epochs, double rate = 0.002) {
  return {.epochs = 1, .rate = 1e-5, .then = {.rate = rate, .epochs = epochs}};
}

static_assert(Schedule<constant> && Schedule<cosine> && Schedule<warmup<cosine>>);

}  // namespace coop

#endif
