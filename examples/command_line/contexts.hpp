// SPDX-License-Identifier: MIT
//
// Context vectors in files: context.safetensors of a run, checkpoints of CoOp's own code (model.pth.tar-50), any
// file with a tensor `ctx`. What a file does not say (where the name stands, whose the vectors are) is asked for
// or proved, never guessed in silence.
#ifndef COOP_COMMAND_LINE_CONTEXTS_HPP
#define COOP_COMMAND_LINE_CONTEXTS_HPP

#include "models.hpp"

#include <coop/model/published_context.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace app {

/// Whether a word of --init names a file and not words to begin with: *.safetensors, *.pt, *.pth, *.pth.tar,
/// *.pth.tar-50.
bool is_context_file_name(const std::string& word);

/// Whether `path` is a file that has context vectors, and no classifier.
bool holds_context(const std::string& path);

/// The words that the vectors of a run began as, each a vector; empty when they began as noise or as other
/// vectors.
std::string words_of(const coop::context_record& record);

/// The frozen embeddings of the prompts of these classes under `source`.
coop::prompt_buffers prompt_buffers_of(const weights& source, const coop::tokenizer& words,
                                       const std::vector<std::string>& names,
                                       const coop::context_words& context);

/// A file of context vectors, read.
class saved_context {
 public:
  explicit saved_context(std::string path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool class_specific() const { return extents_.size() == 3; }
  /// The policy's name.
  [[nodiscard]] const char* context() const;
  /// M.
  [[nodiscard]] index_t length() const { return index_t(extents_[extents_.size() - 2]); }
  /// W.
  [[nodiscard]] index_t width() const { return index_t(extents_.back()); }
  /// C of a class-specific context, else 1.
  [[nodiscard]] index_t sets() const { return class_specific() ? index_t(extents_.front()) : 1; }
  /// (M, W): the vectors of a class, or the unified ones as set 0.
  [[nodiscard]] coop::view<const float, 2> vectors(index_t set) const {
    return {values_.data() + std::ptrdiff_t(set) * length() * width(), coop::shape<2>{length(), width()}};
  }
  /// Names of the classes; empty when the file does not say.
  [[nodiscard]] const std::vector<std::string>& class_names() const { return class_names_; }
  /// What the file is called by a reader: "4 vectors of width 512, unified, epoch 50".
  [[nodiscard]] std::string describe() const;

  /// Where the name stands, the words the vectors began as, and the digest of the weights: empty when the file
  /// does not say.
  [[nodiscard]] const std::string& placement() const { return placement_; }
  [[nodiscard]] const std::string& words() const { return words_; }
  [[nodiscard]] const std::string& weights_sha256() const { return weights_sha256_; }
  /// How the pictures were prepared that they were learnt from; likewise.
  [[nodiscard]] const std::string& preprocessing() const { return preprocessing_; }

  /// The vectors must be of these weights as far as the file tells.
  void expect_weights(const weights& source, const coop::tokenizer& words) const;

  /// The vectors must be of these weights and, class-specific ones, of these classes in this order, as far as
  /// the file tells; class-specific ones of unknown classes are refused.
  void expect(const std::vector<std::string>& names, const weights& source,
              const coop::tokenizer& words) const;

  /// Makes them the parameters; a unified context may begin every class's own.
  void copy_to(learner& learns) const;

 private:
  std::string path_;
  std::vector<std::int64_t> extents_;
  std::vector<float> values_;
  std::string epoch_;
  std::string placement_;
  std::string words_;
  std::string weights_sha256_;
  std::string preprocessing_;
  std::vector<std::string> class_names_;  // empty when unknown
  coop::prompt_buffers buffers_;
};

}  // namespace app

#endif
