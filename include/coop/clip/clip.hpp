// SPDX-License-Identifier: MIT
//
// A frozen CLIP: two towers that never meet in here, and the scale of their similarities. Everything is const
// after loading. An archive is checked against the backbone before a tower is built, so that weights of
// another model are answered with the model they are. Files may be of any format that open_archive reads and have
// the names of OpenAI, open_clip or Hugging Face. Without an activation named, weights load only if they say that
// it is quick_gelu; named, only if they do not say another.
#ifndef COOP_CLIP_CLIP_HPP
#define COOP_CLIP_CLIP_HPP

#include <coop/clip/activation.hpp>
#include <coop/clip/architecture.hpp>
#include <coop/clip/names.hpp>
#include <coop/clip/resnet.hpp>
#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/clip/weights.hpp>
#include <coop/data/transform.hpp>
#include <coop/io/any_archive.hpp>

#include <string>
#include <type_traits>

namespace coop {

/// How pictures are brought to a backbone's image tower.
template <Backbone B>
coop::preprocessing preprocessing_of() {
  return {.size = B::image_size, .normalization = clip_normalization};
}

namespace detail {

/// The image tower of a backbone depends on the activation; a ResNet's does not.
template <Backbone B, Device D>
inline constexpr bool image_has_activation =
    !std::is_same_v<typename B::template image_tower<D, nn::quick_gelu>,
                    typename B::template image_tower<D, nn::gelu>>;

}  // namespace detail

/// Backbone B on device D, with the activation that its weights were trained with.
template <Backbone B, Device D, nn::Activation A = nn::quick_gelu>
class clip {
 public:
  using backbone = B;  ///< what its extents are
  using device_type = D;
  using image_tower = typename B::template image_tower<D, A>;   ///< features of pictures
  using text_tower = coop::text_tower<typename B::text, D, A>;  ///< features of prompts

  /// Reads both towers of an archive with OpenAI's names. `ways` says whether gradients will pass the text tower;
  /// without, it takes half the memory.
  template <Archive Weights>
  clip(const D& device, const Weights& weights, nn::direction ways = nn::direction::both)
      : image_(device, checked(weights)), text_(device, weights, ways) {}

  /// The two towers; they live as long as this object.
  [[nodiscard]] const image_tower& image() const { return image_; }
  [[nodiscard]] const text_tower& text() const { return text_; }
  /// exp(logit_scale), about 100 in every release.
  [[nodiscard]] float scale() const { return text_.scale(); }
  [[nodiscard]] coop::preprocessing preprocessing() const { return preprocessing_of<B>(); }

 private:
  template <Archive Weights>
  static const Weights& checked(const Weights& weights) {
    check_architecture<B>(weights);
    check_activation<A>(weights);
    return weights;
  }

  image_tower image_;
  text_tower text_;
};

/// Both towers of backbone B from an archive, with the activation named.
template <Backbone B, nn::Activation A, Device D, Archive Weights>
clip<B, D, A> load_clip(const D& device, const Weights& weights, nn::direction ways = nn::direction::both) {
  const openai_names<Weights> names(weights);
  return clip<B, D, A>(device, names, ways);
}

/// The same, with quick_gelu if the archive says so.
template <Backbone B, Device D, Archive Weights>
clip<B, D> load_clip(const D& device, const Weights& weights, nn::direction ways = nn::direction::both) {
  check_stated_quick_gelu(weights);
  return load_clip<B, nn::quick_gelu>(device, weights, ways);
}

/// Both towers of backbone B from a file, with the activation named.
template <Backbone B, nn::Activation A, Device D>
clip<B, D, A> load_clip(const D& device, const std::string& path, nn::direction ways = nn::direction::both) {
  return load_clip<B, A>(device, open_archive(path), ways);
}

/// The same, with quick_gelu if the file says so, or a configuration beside it.
template <Backbone B, Device D>
clip<B, D> load_clip(const D& device, const std::string& path, nn::direction ways = nn::direction::both) {
  return load_clip<B>(device, open_archive(path), ways);
}

/// The image tower of backbone B alone, with the activation named.
template <Backbone B, nn::Activation A, Device D, Archive Weights>
auto load_image_tower(const D& device, const Weights& weights) {
  const openai_names<Weights> names(weights);
  check_image_architecture<B>(names);
  if constexpr (detail::image_has_activation<B, D>) check_activation<A>(weights);
  return typename B::template image_tower<D, A>(device, names);
}

/// The same, with quick_gelu if the archive says so. A ResNet has ReLU whatever its text tower has.
template <Backbone B, Device D, Archive Weights>
auto load_image_tower(const D& device, const Weights& weights) {
  if constexpr (detail::image_has_activation<B, D>) check_stated_quick_gelu(weights);
  return load_image_tower<B, nn::quick_gelu>(device, weights);
}

/// The text tower of backbone B alone, whatever image tower the archive has, with the activation named.
template <Backbone B, nn::Activation A, Device D, Archive Weights>
auto load_text_tower(const D& device, const Weights& weights, nn::direction ways = nn::direction::both) {
  const openai_names<Weights> names(weights);
  check_activation<A>(names);
  return text_tower<typename B::text, D, A>(device, names, ways);
}

/// The same, with quick_gelu if the archive says so.
template <Backbone B, Device D, Archive Weights>
auto load_text_tower(const D& device, const Weights& weights, nn::direction ways = nn::direction::both) {
  check_stated_quick_gelu(weights);
  return load_text_tower<B, nn::quick_gelu>(device, weights, ways);
}

}  // namespace coop

#endif
