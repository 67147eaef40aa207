// SPDX-License-Identifier: MIT
//
// Weights and saved models by the words of the command line: which file a word means, which backbone the file
// holds, and which weights a saved classifier was made with.
#ifndef COOP_COMMAND_LINE_MODELS_HPP
#define COOP_COMMAND_LINE_MODELS_HPP

#include "erased.hpp"
#include "towers.hpp"

#include <coop/data/transform.hpp>
#include <coop/io/archive.hpp>
#include <coop/model/classifier.hpp>
#include <coop/prompt/tokenizer.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace app {

/// A file of weights, opened, and the backbone that its tensors form.
class weights {
 public:
  /// `word` is a file or a built-in model, "mini-vit" or "mini-rn".
  explicit weights(const std::string& word);

  [[nodiscard]] const std::string& path() const { return archive_.path(); }
  [[nodiscard]] const std::string& backbone() const { return backbone_; }
  /// Of the whole file; read once.
  [[nodiscard]] const std::string& sha256() const;
  /// How its image tower wants pictures.
  [[nodiscard]] coop::preprocessing preparation(
      coop::conversion_order order = coop::conversion_order::dassl) const;
  /// Random numbers that the published program draws to build it.
  [[nodiscard]] std::uint64_t construction_draws() const;

  [[nodiscard]] image_tower image(const device& where) const;
  [[nodiscard]] text_tower text(const device& where) const;
  [[nodiscard]] learner learn(const device& where, const coop::tokenizer& words,
                              const std::vector<std::string>& names, const prompt_description& how) const;

 private:
  coop::safetensors archive_;
  std::string backbone_;
  mutable std::string sha256_;
};

/// The file of `word`: itself, or that of built-in weights.
std::string weights_path(const std::string& word);

/// The vocabulary in the file that `word` names ("mini": the built-in one). Without a word, the one that belongs to
/// built-in weights; other weights do not say theirs.
coop::tokenizer open_vocabulary(const std::string& word, const std::string& weights_word);

/// The vocabulary is the text tower's, or an error says the sizes of both.
void expect_vocabulary(const coop::tokenizer& words, const text_tower& text, const weights& source);

/// A classifier from a run's directory or a file.
coop::classifier<device> open_classifier(const device& where, const std::string& path);

/// How pictures were brought to the tower of a saved model; `conversion` is another order, or empty.
coop::preprocessing preparation_of(const coop::classifier_facts& facts, const std::string& conversion);

/// The weights that a saved model was made with: `word` if given, else those that its run.json names, else the
/// built-in ones of the same digest. Other weights than the model's are an error.
weights open_weights_of(const std::string& model, const coop::classifier_facts& facts,
                        const std::string& word);

}  // namespace app

#endif
