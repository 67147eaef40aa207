// SPDX-License-Identifier: MIT
//
// What commands see of the device that computes: pictures in files become features, features teach a learner, and what
// was learnt is fetched. In between all of it stays where it is computed, the processor or another device; hosted.hpp has
// the one way in which each of them does so.
#ifndef COOP_COMMAND_LINE_LEARNING_HPP
#define COOP_COMMAND_LINE_LEARNING_HPP

#include "erased.hpp"

#include <coop/data/feature_set.hpp>
#include <coop/train/features.hpp>
#include <coop/train/observer.hpp>
#include <coop/train/optimizer.hpp>
#include <coop/train/schedule.hpp>
#include <coop/train/views.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace app {

/// What is used through its base: it has one place, and is destroyed through it too.
class interface {
 public:
  interface() = default;
  interface(const interface&) = delete;
  interface& operator=(const interface&) = delete;
  virtual ~interface() = default;
};

/// Features of pictures, where they were made or read.
class encoded_pictures : public interface {
 public:
  [[nodiscard]] virtual index_t pictures() const = 0;
  /// E.
  [[nodiscard]] virtual index_t width() const = 0;
  /// A copy of them at the host.
  [[nodiscard]] coop::feature_set fetched() const {
    coop::feature_set all = values();
    all.class_names = class_names;
    all.origin = origin;
    return all;
  }

  std::vector<std::string> class_names = {};  // by label; may be empty
  coop::feature_origin origin = {};
  std::vector<coop::skipped_picture> skipped = {};

 private:
  [[nodiscard]] virtual coop::feature_set values() const = 0;
};

/// Features from a file.
class read_features final : public encoded_pictures {
 public:
  explicit read_features(coop::feature_set all) : all_(std::move(all)) {
    class_names = all_.class_names;
    origin = all_.origin;
  }
  [[nodiscard]] index_t pictures() const override { return all_.pictures(); }
  [[nodiscard]] index_t width() const override { return all_.width; }

 private:
  [[nodiscard]] coop::feature_set values() const override { return all_; }
  coop::feature_set all_;
};

/// Batches of unit features for the learner of a device.
class lessons : public interface {};

/// An image tower and the decoder before it.
class image_tower : public interface {
 public:
  using samples = std::span<const coop::sample>;

  [[nodiscard]] virtual std::shared_ptr<encoded_pictures> encode(
      samples pictures, const coop::preprocessing& how, const coop::encode_options& options) const = 0;
  /// Of views that are cut and mirrored as the paper's training pictures are.
  [[nodiscard]] virtual std::shared_ptr<encoded_pictures> encode_views(
      samples pictures, const coop::preprocessing& how, const coop::view_options& options) const = 0;
  /// Pictures that are cut, mirrored and encoded anew in every epoch, by a tower that outlives them.
  [[nodiscard]] virtual std::unique_ptr<const lessons> encode_anew(samples pictures,
                                                                   const coop::preprocessing& how,
                                                                   const coop::batch_options& batches,
                                                                   int threads) const = 0;
};

/// Any schedule, as its rates.
class rates {
 public:
  template <coop::Schedule S>
  explicit rates(const S& schedule) {
    for (index_t epoch = 0; epoch < schedule.epochs_total(); ++epoch) all_.push_back(schedule.at(epoch));
  }
  [[nodiscard]] index_t epochs_total() const { return index_t(all_.size()); }
  [[nodiscard]] double at(index_t epoch) const { return all_[std::size_t(epoch)]; }

 private:
  std::vector<double> all_;
};

/// Those of the schedule of that name: "constant", or the paper's.
inline rates rates_of(const std::string& schedule, index_t epochs, double rate) {
  return schedule == "constant" ? rates(coop::constant{.rate = rate, .epochs = epochs})
                                : rates(coop::paper_schedule(epochs, rate));
}

/// Who is told of steps and epochs; each answers whether to go on.
struct watcher {
  std::function<bool(const coop::batch_record&)> step = {};
  std::function<bool(const coop::epoch_record&)> epoch = {};

  bool operator()(const coop::batch_record& r) const { return !step || step(r); }
  bool operator()(const coop::epoch_record& r) const { return !epoch || epoch(r); }
};

/// A prompt learner and its optimizer, SGD.
class learner : public interface {
 public:
  /// M, the number of context vectors of a class.
  [[nodiscard]] virtual index_t length() const = 0;
  /// E, the width of its features.
  [[nodiscard]] virtual index_t embed() const = 0;
  /// Of the context, (rows, W).
  [[nodiscard]] virtual coop::shape<2> extents() const = 0;
  /// The context, row by row.
  [[nodiscard]] virtual std::vector<float> context() const = 0;
  /// Takes as many numbers.
  virtual void set_context(std::span<const float> values) = 0;
  /// What the optimizer remembers.
  [[nodiscard]] virtual coop::optimizer_memory memory() const = 0;
  virtual void restore(const coop::optimizer_memory& memory) = 0;

  /// Features, of one view or more a picture, in batches. Those that this learner's device has made stay there.
  [[nodiscard]] virtual std::unique_ptr<const lessons> learn_from(
      const encoded_pictures& features, const coop::batch_options& batches) const = 0;
  /// Goes on with context and memory as they are; lessons are those of its own device.
  virtual coop::history fit(const lessons& from, const rates& schedule, index_t first_epoch,
                            const watcher& told) = 0;
  [[nodiscard]] virtual coop::classifier<device> classifier(coop::classifier_facts facts) = 0;
};

}  // namespace app

#endif
