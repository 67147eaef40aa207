// SPDX-License-Identifier: MIT
//
// Towers and learners behind one type each. A tower is a template of its backbone, a learner also of its policies; the
// program picks both by words, once, and from there on everything (encoding, the training loop, zero-shot) is
// compiled once, for the types below, which are models of the library's own concepts: ImageTower, TextEncoder
// and Learner. A call through them costs nothing beside the work behind it.
#ifndef COOP_COMMAND_LINE_ERASED_HPP
#define COOP_COMMAND_LINE_ERASED_HPP

#include <coop/device/devices.hpp>
#include <coop/model/classifier.hpp>
#include <coop/tensor/tensor.hpp>
#include <coop/train/views.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace app {

using coop::index_t;
using device = coop::device::cpu;
using features_view = coop::view<float, 2>;
using constant_features = coop::view<const float, 2>;
using pictures_view = coop::view<const float, 4>;

/// How a tower that is elsewhere takes pictures: files in, features out, so that of the pixels only what it needs goes
/// there. Without, pictures are prepared here and encoded by image_tower::encode.
struct picture_encoders {
  using samples = std::span<const coop::sample>;
  std::function<coop::encoding(samples, const coop::preprocessing&, const coop::encode_options&)> whole = {};
  std::function<coop::encoding(samples, const coop::train_transform&, const coop::preprocessing&,
                               const coop::view_options&)>
      views = {};
};

/// An image tower of some backbone.
class image_tower {
 public:
  template <class Tower>
  explicit image_tower(std::shared_ptr<const Tower> tower, picture_encoders elsewhere = {})
      : device_(tower->device()),
        size_(tower->size()),
        embed_(tower->embed()),
        encode_(
            [tower](pictures_view pictures, features_view features) { tower->encode(pictures, features); }),
        elsewhere_(std::move(elsewhere)) {}

  [[nodiscard]] const app::device& device() const { return device_; }
  [[nodiscard]] index_t size() const { return size_; }
  [[nodiscard]] index_t embed() const { return embed_; }
  void encode(pictures_view pictures, features_view features) const { encode_(pictures, features); }
  [[nodiscard]] const picture_encoders& elsewhere() const { return elsewhere_; }

 private:
  app::device device_;
  index_t size_;
  index_t embed_;
  std::function<void(pictures_view, features_view)> encode_;
  picture_encoders elsewhere_;
};

/// A text tower of some shape.
class text_tower {
 public:
  using sequences = std::span<const std::vector<std::int32_t>>;
  using matrix = coop::tensor<float, 2, app::device>;

  template <class Tower>
  explicit text_tower(std::shared_ptr<const Tower> tower)
      : device_(tower->device()),
        embed_(tower->embed()),
        context_length_(tower->context_length()),
        vocabulary_(tower->vocabulary()),
        scale_(tower->scale()),
        encode_([tower](sequences texts) { return tower->encode(texts); }) {}

  [[nodiscard]] const app::device& device() const { return device_; }
  [[nodiscard]] index_t embed() const { return embed_; }
  [[nodiscard]] index_t context_length() const { return context_length_; }
  [[nodiscard]] index_t vocabulary() const { return vocabulary_; }
  [[nodiscard]] float scale() const { return scale_; }
  [[nodiscard]] matrix encode(sequences texts) const { return encode_(texts); }

 private:
  app::device device_;
  index_t embed_;
  index_t context_length_;
  index_t vocabulary_;
  float scale_;
  std::function<matrix(sequences)> encode_;
};

/// A prompt learner of some policies under some text tower, which it keeps alive.
class learner {
 public:
  template <class Learner, class Tower>
  learner(std::shared_ptr<Learner> learns, std::shared_ptr<const Tower> tower)
      : device_(learns->device()),
        length_(learns->length()),
        embed_(tower->embed()),
        scale_(learns->scale()),
        forward_([learns, tower] { return learns->forward(); }),
        backward_([learns](constant_features d) { learns->backward(d); }),
        parameters_([learns] { return learns->parameters(); }),
        gradient_([learns] { return learns->gradient(); }),
        classifier_([learns](coop::classifier_facts facts) { return learns->classifier(std::move(facts)); }) {
  }

  [[nodiscard]] const app::device& device() const { return device_; }
  /// M, the number of context vectors of a class.
  [[nodiscard]] index_t length() const { return length_; }
  /// E, the width of its features.
  [[nodiscard]] index_t embed() const { return embed_; }
  [[nodiscard]] float scale() const { return scale_; }
  constant_features forward() { return forward_(); }
  void backward(constant_features d) { backward_(d); }
  [[nodiscard]] features_view parameters() { return parameters_(); }
  [[nodiscard]] constant_features gradient() const { return gradient_(); }
  [[nodiscard]] coop::classifier<app::device> classifier(coop::classifier_facts facts) {
    return classifier_(std::move(facts));
  }

 private:
  app::device device_;
  index_t length_;
  index_t embed_;
  float scale_;
  std::function<constant_features()> forward_;
  std::function<void(constant_features)> backward_;
  std::function<features_view()> parameters_;
  std::function<constant_features()> gradient_;
  std::function<coop::classifier<app::device>(coop::classifier_facts)> classifier_;
};

}  // namespace app

#endif
