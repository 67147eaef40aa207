// SPDX-License-Identifier: MIT
//
// Towers and learners behind one type each. A tower is a template of its backbone, a learner also of its policies; the
// program picks both by words, once, and from there on everything (encoding, the training loop, zero-shot) is
// compiled once for a device, for the types below, which are models of the library's own concepts: ImageTower,
// TextEncoder and Learner. A call through them costs nothing beside the work behind it.
#ifndef COOP_COMMAND_LINE_ERASED_HPP
#define COOP_COMMAND_LINE_ERASED_HPP

#include <coop/device/devices.hpp>
#include <coop/model/classifier.hpp>
#include <coop/tensor/tensor.hpp>

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

/// An image tower of some backbone on a D.
template <class D>
class image_tower_on {
 public:
  template <class Tower>
  explicit image_tower_on(std::shared_ptr<const Tower> tower)
      : device_(tower->device()),
        size_(tower->size()),
        embed_(tower->embed()),
        encode_(
            [tower](pictures_view pictures, features_view features) { tower->encode(pictures, features); }) {}

  [[nodiscard]] const D& device() const { return device_; }
  [[nodiscard]] index_t size() const { return size_; }
  [[nodiscard]] index_t embed() const { return embed_; }
  void encode(pictures_view pictures, features_view features) const { encode_(pictures, features); }

 private:
  D device_;
  index_t size_;
  index_t embed_;
  std::function<void(pictures_view, features_view)> encode_;
};

/// A text tower of some shape, its features the host's.
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

/// A prompt learner of some policies under some text tower on a D. Keeps the tower alive.
template <class D>
class learner_on {
 public:
  template <class Learner, class Tower>
  learner_on(std::shared_ptr<Learner> learns, std::shared_ptr<const Tower> tower)
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

  [[nodiscard]] const D& device() const { return device_; }
  /// M, the number of context vectors of a class.
  [[nodiscard]] index_t length() const { return length_; }
  /// E, the width of its features.
  [[nodiscard]] index_t embed() const { return embed_; }
  [[nodiscard]] float scale() const { return scale_; }
  constant_features forward() { return forward_(); }
  void backward(constant_features d) { backward_(d); }
  [[nodiscard]] features_view parameters() const { return parameters_(); }
  [[nodiscard]] constant_features gradient() const { return gradient_(); }
  [[nodiscard]] coop::classifier<D> classifier(coop::classifier_facts facts) {
    return classifier_(std::move(facts));
  }

 private:
  D device_;
  index_t length_;
  index_t embed_;
  float scale_;
  std::function<constant_features()> forward_;
  std::function<void(constant_features)> backward_;
  std::function<features_view()> parameters_;
  std::function<constant_features()> gradient_;
  std::function<coop::classifier<D>(coop::classifier_facts)> classifier_;
};

}  // namespace app

#endif
