// SPDX-License-Identifier: MIT
//
// A frozen CLIP: two towers that never meet in here, and the scale of their similarities. Everything is const
// after loading. An archive is checked against the backbone before a tower is built, so that weights of
// another model are answered with the model they are.
#ifndef COOP_CLIP_CLIP_HPP
#define COOP_CLIP_CLIP_HPP

#include <coop/clip/architecture.hpp>
#include <coop/clip/resnet.hpp>
#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/clip/weights.hpp>
#include <coop/data/transform.hpp>

#include <string>

namespace coop {

/// How pictures are brought to a backbone's image tower.
template <Backbone B>
coop::preprocessing preprocessing_of() {
  return {.size = B::image_size, .normalization = clip_normalization};
}

/// Backbone B on device D, with the activation that its weights were trained with.
template <Backbone B, Device D, nn::Activation A = nn::quick_gelu>
class clip {
 public:
  using backbone = B;
  using device_type = D;
  using image_tower = typename B::template image_tower<D, A>;
  using text_tower = coop::text_tower<typename B::text, D, A>;

  /// Reads both towers. `ways` says whether gradients will pass the text tower; without, it takes half the
  /// memory.
  template <Archive Weights>
  clip(const D& device, const Weights& weights, nn::direction ways = nn::direction::both)
      : image_(device, checked(weights)), text_(device, weights, ways) {}

  [[nodiscard]] const image_tower& image() const { return image_; }
  [[nodiscard]] const text_tower& text() const { return text_; }
  /// exp(logit_scale), about 100 in every release.
  [[nodiscard]] float scale() const { return text_.scale(); }
  [[nodiscard]] coop::preprocessing preprocessing() const { return preprocessing_of<B>(); }

 private:
  template <Archive Weights>
  static const Weights& checked(const Weights& weights) {
    check_architecture<B>(weights);
    return weights;
  }

  image_tower image_;
  text_tower text_;
};

/// Both towers of backbone B from an archive.
template <Backbone B, nn::Activation A = nn::quick_gelu, Device D, Archive Weights>
clip<B, D, A> load_clip(const D& device, const Weights& weights, nn::direction ways = nn::direction::both) {
  return clip<B, D, A>(device, weights, ways);
}

/// Both towers of backbone B from a safetensors file.
template <Backbone B, nn::Activation A = nn::quick_gelu, Device D>
clip<B, D, A> load_clip(const D& device, const std::string& path, nn::direction ways = nn::direction::both) {
  return clip<B, D, A>(device, safetensors(path), ways);
}

/// The image tower of backbone B alone.
template <Backbone B, nn::Activation A = nn::quick_gelu, Device D, Archive Weights>
auto load_image_tower(const D& device, const Weights& weights) {
  check_image_architecture<B>(weights);
  return typename B::template image_tower<D, A>(device, weights);
}

/// The text tower of backbone B alone, whatever image tower the archive has.
template <Backbone B, nn::Activation A = nn::quick_gelu, Device D, Archive Weights>
auto load_text_tower(const D& device, const Weights& weights, nn::direction ways = nn::direction::both) {
  return text_tower<typename B::text, D, A>(device, weights, ways);
}

}  // namespace coop

#endif
