// SPDX-License-Identifier: MIT
//
// What commands see (learning.hpp) on a device: one template for the processor and every other. Pictures go there as
// their bytes, features stay there, so does the loss; the host sends labels and is told of losses. Texts, of which there
// are few, come back.
#ifndef COOP_COMMAND_LINE_HOSTED_HPP
#define COOP_COMMAND_LINE_HOSTED_HPP

#include "learning.hpp"

#include <coop/device/recording.hpp>
#include <coop/train/fit.hpp>

#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace app {

/// Features where a tower on a D left them.
template <class D>
class hosted_features final : public encoded_pictures {
 public:
  hosted_features(const D& there, coop::encoded_features<D> made) : device_(there), made_(std::move(made)) {
    skipped = std::exchange(made_.skipped, {});
  }
  [[nodiscard]] const coop::encoded_features<D>& made() const { return made_; }
  [[nodiscard]] index_t pictures() const override { return made_.size() / made_.views; }
  [[nodiscard]] index_t width() const override { return made_.values.extent(1); }

 private:
  [[nodiscard]] coop::feature_set values() const override {
    return {.values = coop::to_host(device_, made_.rows()),
            .width = width(),
            .labels = made_.labels,
            .class_names = {},
            .views = made_.views};
  }

  D device_;
  coop::encoded_features<D> made_;
};

/// A FeatureSource of the library, on a D.
template <class D>
class hosted_lessons : public lessons {
 public:
  using visitor = std::function<bool(constant_features, std::span<const index_t>)>;

  [[nodiscard]] virtual index_t size() const = 0;
  [[nodiscard]] virtual index_t batches() const = 0;
  virtual void for_each(index_t epoch, const visitor& visit) const = 0;
};

template <class D, class Source>
class lessons_of final : public hosted_lessons<D> {
 public:
  template <class... Made>
  explicit lessons_of(Made&&... of) : source_(std::forward<Made>(of)...) {}

  [[nodiscard]] index_t size() const override { return source_.size(); }
  [[nodiscard]] index_t batches() const override { return source_.batches(); }
  void for_each(index_t epoch, const typename hosted_lessons<D>::visitor& visit) const override {
    source_.for_each(epoch, visit);
  }

 private:
  Source source_;
};

/// An image tower on a D, and its decoder.
template <class D, coop::SourceDecoder Decode>
class hosted_image final : public image_tower {
 public:
  explicit hosted_image(image_tower_on<D> tower, Decode decoder = {})
      : tower_(std::move(tower)), decoder_(std::move(decoder)) {}

  [[nodiscard]] std::shared_ptr<encoded_pictures> encode(samples pictures, const coop::preprocessing& how,
                                                         const coop::encode_options& options) const override {
    return std::make_shared<hosted_features<D>>(
        tower_.device(), coop::encode_on_device(tower_, pictures, decoder_, how, options));
  }
  [[nodiscard]] std::shared_ptr<encoded_pictures> encode_views(
      samples pictures, const coop::preprocessing& how, const coop::view_options& options) const override {
    return std::make_shared<hosted_features<D>>(
        tower_.device(), coop::encode_views_on_device(tower_, pictures, decoder_, change(how), how, options));
  }
  [[nodiscard]] std::unique_ptr<const lessons> encode_anew(samples pictures, const coop::preprocessing& how,
                                                           const coop::batch_options& batches,
                                                           int threads) const override {
    using source = coop::augmented_features<image_tower_on<D>, Decode>;
    return std::make_unique<const lessons_of<D, source>>(
        tower_, std::vector<coop::sample>(pictures.begin(), pictures.end()), decoder_, change(how), how,
        batches, threads);
  }

 private:
  static coop::train_transform change(const coop::preprocessing& how) { return {.size = how.size}; }

  image_tower_on<D> tower_;
  Decode decoder_;
};

/// A text tower, its features the host's.
template <class Tower>
class hosted_text {
  using D = typename Tower::device_type;

 public:
  hosted_text(const app::device& host, std::shared_ptr<const Tower> tower)
      : host_(host), tower_(std::move(tower)) {}

  [[nodiscard]] const app::device& device() const { return host_; }
  [[nodiscard]] index_t embed() const { return tower_->embed(); }
  [[nodiscard]] index_t context_length() const { return tower_->context_length(); }
  [[nodiscard]] index_t vocabulary() const { return tower_->vocabulary(); }
  [[nodiscard]] float scale() const { return tower_->scale(); }
  [[nodiscard]] text_tower::matrix encode(text_tower::sequences texts) const {
    const coop::tensor<float, 2, D> made = tower_->encode(texts);
    text_tower::matrix features(host_, made.extents());
    tower_->device().download(made.view(), features.view());
    return features;
  }

 private:
  app::device host_;
  std::shared_ptr<const Tower> tower_;
};

/// A Learner whose way there and way back are the same in every step, and so are recorded: started as one each.
template <class Learner>
class recorded_learner {
  using D = coop::device_of<Learner>;

  struct forward_step {
    Learner* learns;
    constant_features* text;
    void operator()() const { *text = learns->forward(); }
  };
  struct backward_step {
    Learner* learns;
    constant_features d_text;
    void operator()() const { learns->backward(d_text); }
  };

 public:
  explicit recorded_learner(std::unique_ptr<Learner> learns)
      : device_(learns->device()),
        learns_(std::move(learns)),
        d_text_(device_, coop::shape<2>{learns_->classes(), learns_->tower().embed()}),
        forward_(coop::record(device_, forward_step{learns_.get(), &text_})),
        backward_(coop::record(device_, backward_step{learns_.get(), d_text_.view()})) {}
  recorded_learner(const recorded_learner&) = delete;
  recorded_learner& operator=(const recorded_learner&) = delete;

  [[nodiscard]] const D& device() const { return device_; }
  [[nodiscard]] index_t length() const { return learns_->length(); }
  [[nodiscard]] float scale() const { return learns_->scale(); }
  constant_features forward() {
    forward_();
    return text_;
  }
  void backward(constant_features d) {
    device_.copy(d, d_text_.view());  // whoever asks, what was recorded reads one address
    backward_();
  }
  [[nodiscard]] features_view parameters() { return learns_->parameters(); }
  [[nodiscard]] constant_features gradient() const { return learns_->gradient(); }
  [[nodiscard]] coop::classifier<D> classifier(coop::classifier_facts facts) {
    return learns_->classifier(std::move(facts));
  }

 private:
  D device_;
  std::unique_ptr<Learner> learns_;
  coop::tensor<float, 2, D> d_text_;  // (C, E)
  constant_features text_;            // where the learner leaves them
  coop::recording<D, forward_step> forward_;
  coop::recording<D, backward_step> backward_;
};

/// A learner on a D. `host` is where its classifier will be.
template <class D>
class hosted_learner final : public learner {
 public:
  hosted_learner(const app::device& host, learner_on<D> learns)
      : host_(host),
        device_(learns.device()),
        learns_(std::move(learns)),
        state_(coop::sgd{}, device_, learns_.parameters().extents) {}

  [[nodiscard]] index_t length() const override { return learns_.length(); }
  [[nodiscard]] index_t embed() const override { return learns_.embed(); }
  [[nodiscard]] coop::shape<2> extents() const override { return learns_.parameters().extents; }
  [[nodiscard]] std::vector<float> context() const override {
    return coop::to_host(device_, constant_features(learns_.parameters()));
  }
  void set_context(std::span<const float> values) override {
    COOP_ASSERT(values.size() == extents().size());
    device_.upload(constant_features{values.data(), extents()}, learns_.parameters());
    device_.synchronize();
  }
  [[nodiscard]] coop::optimizer_memory memory() const override { return state_.save(); }
  void restore(const coop::optimizer_memory& memory) override { state_.restore(memory); }

  [[nodiscard]] std::unique_ptr<const lessons> learn_from(const encoded_pictures& features,
                                                          const coop::batch_options& batches) const override {
    using source = coop::fixed_views<D>;
    if (const auto* made = dynamic_cast<const hosted_features<D>*>(&features))
      return std::make_unique<const lessons_of<D, source>>(device_, made->made(), batches);
    return std::make_unique<const lessons_of<D, source>>(device_, features.fetched(), batches);
  }
  coop::history fit(const lessons& from, const rates& schedule, index_t first_epoch,
                    const watcher& told) override {
    const auto& source = dynamic_cast<const hosted_lessons<D>&>(from);
    return coop::fit(learns_, source, state_, schedule, first_epoch, told);
  }
  [[nodiscard]] coop::classifier<app::device> classifier(coop::classifier_facts facts) override {
    coop::classifier<D> made = learns_.classifier(std::move(facts));
    if constexpr (std::is_same_v<D, app::device>) {
      return made;
    } else {
      coop::tensor<float, 2, app::device> text(host_, made.text().extents);
      device_.download(constant_features(made.text()), text.view());
      return {host_, constant_features(text.view()), made.facts()};
    }
  }

 private:
  app::device host_;
  D device_;
  learner_on<D> learns_;
  coop::sgd::state<D> state_;
};

}  // namespace app

#endif
