// SPDX-License-Identifier: MIT
//
// Weights and saved models by the words of the command line: which file a word means, which backbone the file
// holds, and which weights a saved classifier was made with.
#ifndef COOP_COMMAND_LINE_MODELS_HPP
#define COOP_COMMAND_LINE_MODELS_HPP

#include "accelerator.hpp"
#include "erased.hpp"
#include "towers.hpp"

#include <coop/data/transform.hpp>
#include <coop/io/any_archive.hpp>
#include <coop/model/classifier.hpp>
#include <coop/prompt/tokenizer.hpp>

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace app {

/// The backbone that tensors form, or whose image tower they are; nothing for one that is not known. Tensors of
/// no CLIP are an error.
std::optional<std::string> known_backbone(const weights_archive& archive);

/// A file of weights, opened, and the backbone that its tensors form.
class weights {
 public:
  /// `word` is a file or a built-in model, "mini-vit" or "mini-rn". `activation` is empty, or "quick-gelu" or
  /// "gelu" for a file that does not say; one that says another is a choice_error.
  explicit weights(const std::string& word, const std::string& activation = {});

  /// What the constructor was given.
  [[nodiscard]] const std::string& word() const { return word_; }
  [[nodiscard]] const std::string& path() const { return archive_.path(); }
  /// Its tensors under OpenAI's names.
  [[nodiscard]] const weights_archive& archive() const {
    check_sha256();
    return archive_;
  }
  [[nodiscard]] const std::string& backbone() const { return backbone_; }
  /// "quick_gelu" or "gelu"; a choice_error when neither the file nor the command line says.
  [[nodiscard]] const std::string& activation() const;
  /// Of the whole file; read once.
  [[nodiscard]] const std::string& sha256() const;
  /// What the file system said of the file when it was opened; changes whenever its bytes may have.
  [[nodiscard]] const std::string& stamp() const { return stamp_; }
  /// From here on only a file of this digest will do: whoever asks for a tower, the tensors or the digest gets a
  /// choice_error that speaks of `model` instead. The bytes are digested while a tower is opened; not at all if the
  /// file has the stamp that it had when they were digested before (`known_stamp`, or empty).
  void expect_sha256(const std::string& expected, const std::string& model, const std::string& known_stamp);
  /// How its image tower wants pictures.
  [[nodiscard]] coop::preprocessing preparation(
      coop::conversion_order order = coop::conversion_order::dassl) const;
  /// Random numbers that the published program draws to build it.
  [[nodiscard]] std::uint64_t construction_draws() const;

  /// Towers and learners are computed by that device from here on, or by the processor if it is none.
  void compute_on(std::shared_ptr<const accelerator> beside) { beside_ = std::move(beside); }
  [[nodiscard]] std::unique_ptr<const image_tower> image(const device& where) const;
  [[nodiscard]] text_tower text(const device& where) const;
  [[nodiscard]] std::unique_ptr<learner> learn(const device& where, const coop::tokenizer& words,
                                               const std::vector<std::string>& names,
                                               const prompt_description& how) const;

 private:
  std::string word_;
  std::string stamp_;                              // from before anything of the file was read
  std::unique_ptr<const coop::any_archive> file_;  // in one place, since the names refer to it
  weights_archive archive_;
  std::string backbone_;
  [[nodiscard]] const std::string& digested() const;
  void check_sha256() const;
  void expect_unchanged() const;

  std::string activation_;            // empty: nobody has said
  std::string expected_sha256_ = {};  // empty: any will do
  std::string expected_by_ = {};      // a model
  mutable std::shared_future<std::string> digest_ = {};
  std::shared_ptr<const accelerator> beside_ = {};
};

/// The file of `word`: itself, or that of built-in weights.
std::string weights_path(const std::string& word);

/// The vocabulary in the file that `word` names ("mini": the built-in one). Without a word, the one that belongs to
/// built-in weights; other weights do not say theirs.
coop::tokenizer open_vocabulary(const std::string& word, const std::string& weights_word);

/// The file of that vocabulary.
std::string vocabulary_path(const std::string& word, const std::string& weights_word);

/// The vocabulary is the text tower's, or an error says the sizes of both.
void expect_vocabulary(const coop::tokenizer& words, const text_tower& text, const weights& source);

/// The vocabulary that a saved model was made with: `word` if given, else the one that its run.json names, else
/// that of built-in weights. Another than run.json has the digest of is a choice_error.
coop::tokenizer open_vocabulary_of(const std::string& model, const std::string& word, const weights& source);

/// A classifier from a run's directory or a file.
coop::classifier<device> open_classifier(const device& where, const std::string& path);

/// How pictures were brought to the tower of a saved model; `conversion` is another order, or empty.
coop::preprocessing preparation_of(const coop::classifier_facts& facts, const std::string& conversion);

/// The weights that a saved model was made with: `word` if given, else those that its run.json names, else the
/// built-in ones of the same digest. Other weights than the model's are an error.
/// `activation` is asked for only where neither the file nor run.json says.
weights open_weights_of(const std::string& model, const coop::classifier_facts& facts,
                        const std::string& word, const std::string& activation);

/// The library's name of an activation that the command line has, "quick-gelu" or "gelu"; empty of none.
std::string activation_name(const std::string& word);

/// What the file says of its activation, or what was said for it (by its library name); empty if neither. A
/// contradiction is a choice_error.
std::string agreed_activation(const coop::any_archive& file, const std::string& said);

/// choice_error: the activation of a file is to be said.
[[noreturn]] void ask_for_activation(const std::string& path);

}  // namespace app

#endif
