// SPDX-License-Identifier: MIT
//
// Towers and learners of any device for a program whose numbers are in the host's memory: pictures, features, context
// and gradients go there and back with every call, which beside the work of a tower is nothing. What a learner does on
// its device is the same in every step, so it is recorded.
#ifndef COOP_COMMAND_LINE_HOSTED_HPP
#define COOP_COMMAND_LINE_HOSTED_HPP

#include "erased.hpp"

#include <coop/device/recording.hpp>
#include <coop/model/classifier.hpp>
#include <coop/tensor/tensor.hpp>

#include <memory>
#include <utility>

namespace app {

/// An image tower, its pictures and features the host's.
template <class Tower>
class hosted_image {
  using D = typename Tower::device_type;

 public:
  hosted_image(const app::device& host, std::shared_ptr<const Tower> tower)
      : host_(host), tower_(std::move(tower)) {}

  [[nodiscard]] const app::device& device() const { return host_; }
  [[nodiscard]] index_t size() const { return tower_->size(); }
  [[nodiscard]] index_t embed() const { return tower_->embed(); }
  void encode(pictures_view pictures, features_view features) const {
    const D& there = tower_->device();
    const auto moved = coop::to_device(there, pictures);
    coop::tensor<float, 2, D> made(there, features.extents);
    tower_->encode(moved.view(), made.view());
    there.download(constant_features(made.view()), features);
  }

 private:
  app::device host_;
  std::shared_ptr<const Tower> tower_;
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

/// A learner, its context, gradient and features the host's. Keeps the tower alive.
template <class Learner, class Tower>
class hosted_learner {
  using D = typename Tower::device_type;

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
  hosted_learner(const app::device& host, std::unique_ptr<Learner> learns, std::shared_ptr<const Tower> tower)
      : host_(host),
        tower_(std::move(tower)),
        there_(learns->device()),
        learns_(std::move(learns)),
        d_text_(there_, coop::shape<2>{learns_->classes(), tower_->embed()}),
        parameters_(host_, learns_->parameters().extents),
        gradient_(host_, parameters_.extents()),
        features_(host_, d_text_.extents()),
        forward_(coop::record(there_, forward_step{learns_.get(), &text_})),
        backward_(coop::record(there_, backward_step{learns_.get(), d_text_.view()})) {
    there_.download(constant_features(learns_->parameters()), parameters_.view());
    host_.fill(gradient_.view(), 0.0f);
  }
  hosted_learner(const hosted_learner&) = delete;
  hosted_learner& operator=(const hosted_learner&) = delete;

  [[nodiscard]] const app::device& device() const { return host_; }
  [[nodiscard]] index_t length() const { return learns_->length(); }
  [[nodiscard]] float scale() const { return learns_->scale(); }
  constant_features forward() {
    there_.upload(constant_features(parameters_.view()), learns_->parameters());
    forward_();
    there_.download(text_, features_.view());
    return features_.view();
  }
  void backward(constant_features d) {
    there_.upload(d, d_text_.view());
    backward_();
    there_.download(constant_features(learns_->gradient()), gradient_.view());
  }
  [[nodiscard]] features_view parameters() { return parameters_.view(); }
  [[nodiscard]] constant_features gradient() const { return gradient_.view(); }
  [[nodiscard]] coop::classifier<app::device> classifier(coop::classifier_facts facts) {
    const constant_features text = forward();
    return {host_, text, learns_->classifier(std::move(facts)).facts()};
  }

 private:
  app::device host_;
  std::shared_ptr<const Tower> tower_;
  D there_;
  std::unique_ptr<Learner> learns_;
  coop::tensor<float, 2, D> d_text_;                           // (C, E)
  coop::tensor<float, 2, app::device> parameters_, gradient_;  // (rows, W)
  coop::tensor<float, 2, app::device> features_;               // (C, E)
  constant_features text_;                                     // where the learner leaves them
  coop::recording<D, forward_step> forward_;
  coop::recording<D, backward_step> backward_;
};

}  // namespace app

#endif
