// SPDX-License-Identifier: MIT
//
// The training loop. It knows something with parameters and a gradient (a Learner) and something that yields
// unit features with labels (a FeatureSource); no prompt, no picture, no file. One step is five lines, in the
// order of the paper's method section: features come, texts are encoded, they meet in the loss, the gradient
// goes the one way back, the context moves. The loss comes to the host while the gradient is on its way, so a device
// never stands still for it; only the last line waits, because a loss that is no number must not reach the context.
#ifndef COOP_TRAIN_FIT_HPP
#define COOP_TRAIN_FIT_HPP

#include <coop/train/features.hpp>   // FeatureSource
#include <coop/train/loss.hpp>       // cross_entropy
#include <coop/train/observer.hpp>   // records, history
#include <coop/train/optimizer.hpp>  // Optimizer
#include <coop/train/schedule.hpp>   // Schedule

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace coop {

/// Something that learns: from its parameters it makes one unit text feature a class, and takes the loss's
/// gradient to them back to its parameters. forward() and backward() come in pairs.
template <class L>
concept Learner = requires(L& learner, const L& kept, view<const typename device_of<L>::scalar, 2> d_text) {
  { learner.forward() } -> std::convertible_to<view<const typename device_of<L>::scalar, 2>>;
  learner.backward(d_text);
  { learner.parameters() } -> std::same_as<view<typename device_of<L>::scalar, 2>>;
  { learner.gradient() } -> std::convertible_to<view<const typename device_of<L>::scalar, 2>>;
  { kept.scale() } -> std::convertible_to<float>;
};

namespace detail {

template <class D, class T>
bool all_finite(const D& device, view<T, 2> values) {
  const auto host = to_host(device, view<const T, 2>(values));
  return std::all_of(host.begin(), host.end(), [](T x) { return std::isfinite(x); });
}

}  // namespace detail

/// Trains from `first_epoch` to the schedule's last, going on from `state`. With the same source and
/// schedule, and parameters and state as they were after epoch first_epoch - 1, this repeats an unbroken run
/// bit for bit. A loss that is infinite or not a number ends the training before it reaches the parameters;
/// the history says where.
template <Learner L, class S, class State, Schedule R, Observer... Observers>
  requires FeatureSource<S, device_of<L>> && OptimizerState<State, typename device_of<L>::scalar> history
  fit(L& learner, S& source, State& state, const R& schedule, index_t first_epoch, Observers&&... observers) {
    using D = device_of<L>;
    using T = typename D::scalar;
    check(source.size() > 0,
          [] { return std::string("fit: nothing to learn from: the source has no pictures"); });
    const D device = learner.device();
    history past;
    loss_workspace<D> workspace;
    tensor<T, 2, D> d_text;
    const auto stop = [&past](stop_reason reason, index_t epoch, index_t batch) {
      past.stopped_by = reason;
      past.stopped_epoch = epoch;
      past.stopped_batch = batch;
      return false;
    };

    for (index_t epoch = first_epoch;
         epoch < schedule.epochs_total() && past.stopped_by == stop_reason::all_epochs; ++epoch) {
      const auto begin = std::chrono::steady_clock::now();
      batch_record now{.epoch = epoch,
                       .epochs = schedule.epochs_total(),
                       .batches = source.batches(),
                       .rate = schedule.at(epoch)};
      epoch_record mean{.epoch = epoch, .epochs = now.epochs, .rate = now.rate};
      index_t done = 0;

      source.for_each(epoch, [&](view<const T, 2> features, std::span<const index_t> labels) {
        const view<const T, 2> text = learner.forward();  // (C, E)
        if (d_text.extents() != text.extents) d_text = tensor<T, 2, D>(device, text.extents);
        take_labels(device, labels, text.rows(), workspace);
        begin_cross_entropy(device, features, text, T(learner.scale()), d_text.view(), workspace);
        fetch_cross_entropy(features.rows(), workspace);
        learner.backward(d_text.view());
        const auto [loss, accuracy] = fetched_cross_entropy(workspace);
        now.batch = done++;
        if (!std::isfinite(loss)) return stop(stop_reason::not_finite, epoch, now.batch);
        state.step(learner.parameters(), learner.gradient(), now.rate);

        now.loss = loss;
        now.accuracy = accuracy;
        mean.loss += (loss - mean.loss) / double(done);
        mean.accuracy += (accuracy - mean.accuracy) / double(done);
        return detail::tell_all(std::as_const(now), observers...) ||
               stop(stop_reason::observer, epoch, now.batch);
      });
      if (past.stopped_by != stop_reason::all_epochs) break;
      if (!detail::all_finite(device, learner.parameters())) {  // a last step whose loss nobody would see
        stop(stop_reason::not_finite, epoch, now.batch);
        break;
      }
      mean.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      past.epochs.push_back(mean);
      if (!detail::tell_all(std::as_const(mean), observers...)) stop(stop_reason::observer, epoch, now.batch);
    }
    return past;
  }

/// Trains from the start: a fresh state of the optimizer, all epochs of the schedule.
template <Learner L, class S, class O, Schedule R, Observer... Observers>
  requires FeatureSource<S, device_of<L>> && Optimizer<O, device_of<L>> history
  fit(L& learner, S& source, const O& optimizer, const R& schedule, Observers&&... observers) {
    typename O::template state<device_of<L>> state(optimizer, learner.device(), learner.parameters().extents);
    return fit(learner, source, state, schedule, index_t(0), std::forward<Observers>(observers)...);
  }

}  // namespace coop

#endif
