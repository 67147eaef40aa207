// SPDX-License-Identifier: MIT
//
// Contexts in the files of CoOp's own code, which keeps a prompt learner's whole state in a file of PyTorch's
// (PromptLearner in trainers/coop.py, save_checkpoint in Dassl): `ctx` (M, W) or, class-specific, (C, M, W);
// `token_prefix` (C, 1, W), the embedding of the start mark; `token_suffix` (C, L - 1 - M, W), those of name,
// period, end mark and padding. Class names and placement are not in it.
#ifndef COOP_MODEL_PUBLISHED_CONTEXT_HPP
#define COOP_MODEL_PUBLISHED_CONTEXT_HPP

#include <coop/io/archive.hpp>
#include <coop/io/torch_writer.hpp>
#include <coop/model/checkpoint.hpp>  // context_record, expect_finite
#include <coop/prompt/tree.hpp>       // class_suffixes

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// The frozen embeddings of CoOp's prompts, in front of the context and behind it.
struct prompt_buffers {
  std::vector<std::int64_t> prefix_extents = {};  // (C, 1, W)
  std::vector<float> prefix = {};                 ///< embeddings before the context
  std::vector<std::int64_t> suffix_extents = {};  // (C, L - 1 - M, W)
  std::vector<float> suffix = {};                 ///< embeddings behind it

  friend bool operator==(const prompt_buffers&, const prompt_buffers&) = default;
};

/// The buffers of these class names: `tokens` (vocabulary, W) is the text tower's table, `window` its L. As
/// published, what follows the end mark is padded with token 0.
[[nodiscard]] inline prompt_buffers make_prompt_buffers(view<const float, 2> tokens, const tokenizer& words,
                                                        const std::vector<std::string>& names,
                                                        const context_words& context, index_t window) {
  check<shape_error>(words.size() == tokens.rows(), [&] {
    return "prompt buffers: vocabulary: expected the text tower's " + std::to_string(tokens.rows()) +
           " tokens, got a tokenizer of " + std::to_string(words.size());
  });
  const auto classes = std::int64_t(names.size());
  const std::int64_t behind = window - 1 - context.length;
  prompt_buffers buffers{.prefix_extents = {classes, 1, tokens.columns()},
                         .suffix_extents = {classes, behind, tokens.columns()}};
  const auto embed = [&](std::vector<float>& to, std::int32_t id) {
    to.insert(to.end(), tokens.row(id), tokens.row(id) + tokens.columns());
  };
  for (const class_suffix& of_class : class_suffixes(words, names, context, window)) {
    embed(buffers.prefix, words.start());
    for (const std::int32_t id : of_class.suffix) embed(buffers.suffix, id);
    for (auto i = std::int64_t(of_class.suffix.size()); i < behind; ++i) embed(buffers.suffix, 0);
  }
  return buffers;
}

/// Writes a context as CoOp's code saves it and loads it: a dictionary of `state_dict`, `epoch`, and no optimizer,
/// scheduler or validation result. `type` is f32 or f16. All or nothing.
inline void save_published_context(const std::string& path, const context_record& record,
                                   const prompt_buffers& buffers, element_type type = element_type::f32) {
  check<choice_error>(type == element_type::f32 || type == element_type::f16, [&] {
    return path + ": element type: expected F32 or F16, got " + std::string(name(type));
  });
  const std::size_t rank = record.extents.size();
  const auto& behind = buffers.suffix_extents;
  const bool fits = (rank == 2 || rank == 3) && behind.size() == 3 && behind[2] == record.width() &&
                    buffers.prefix_extents == std::vector<std::int64_t>{behind[0], 1, behind[2]} &&
                    (rank == 2 || record.extents[0] == behind[0]) &&
                    behind[0] == std::int64_t(record.class_names.size());
  check<shape_error>(fits, [&] {
    return path + ": context " + to_text(record.extents) + " of " +
           std::to_string(record.class_names.size()) + " classes and prompt buffers " +
           to_text(buffers.prefix_extents) + ", " + to_text(behind) +
           ": expected those of the same classes and width";
  });
  detail::expect_finite(record.values, path, "ctx");
  const auto array = [&](const char* tensor, const std::vector<std::int64_t>& extents,
                         const std::vector<float>& values) {
    return type == element_type::f16 ? to_array_f16(tensor, extents, values)
                                     : to_array(tensor, extents, std::span<const float>(values));
  };
  write_torch(
      path, {.state_dict = {array("ctx", record.extents, record.values),
                            array("token_prefix", buffers.prefix_extents, buffers.prefix),
                            array("token_suffix", behind, buffers.suffix)},
             .values = {{"epoch", record.epochs}, {"optimizer", {}}, {"scheduler", {}}, {"val_result", {}}}});
}

/// The buffers that a file of CoOp's has beside its context; empty where it has none.
template <Archive A>
[[nodiscard]] prompt_buffers read_prompt_buffers(const A& file) {
  prompt_buffers buffers;
  if (file.contains("token_prefix")) {
    buffers.prefix_extents = file.entry("token_prefix").extents;
    buffers.prefix = file.read("token_prefix", buffers.prefix_extents);
  }
  if (file.contains("token_suffix")) {
    buffers.suffix_extents = file.entry("token_suffix").extents;
    buffers.suffix = file.read("token_suffix", buffers.suffix_extents);
  }
  return buffers;
}

namespace detail {

/// Whether two embeddings are one token's: they may have been rounded to either 16-bit format, once or twice.
inline bool same_embedding(std::span<const float> a, std::span<const float> b) {
  constexpr float relative = 0x1p-7f;
  constexpr float absolute = 0x1p-20f;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
    return std::abs(x - y) <= absolute + relative * std::max(std::abs(x), std::abs(y));
  });
}

}  // namespace detail

/// The start mark of the file `path` must have the embedding that it has in `ours`, else it was learnt with other
/// weights. A file without buffers tells nothing.
inline void expect_same_weights(const std::string& path, const prompt_buffers& theirs,
                                const prompt_buffers& ours) {
  if (theirs.prefix.empty()) return;
  const std::int64_t wide = ours.prefix_extents.back();
  const auto width = std::size_t(wide);
  const bool same =
      theirs.prefix_extents.size() == 3 && theirs.prefix_extents.back() == wide &&
      theirs.prefix.size() >= width &&
      detail::same_embedding(std::span(theirs.prefix).first(width), std::span(ours.prefix).first(width));
  check<choice_error>(same, [&] {
    return path +
           ": learnt with other weights: expected a token_prefix that is the start mark of these, got " +
           "another embedding";
  });
}

/// A class-specific context belongs to the classes that it was learnt for, in their order, and a file of CoOp's
/// does not name them; but its `token_suffix` is made of their names. Where it differs from `ours`, made of
/// `names` in order, the file is refused and the first class that differs is named.
inline void expect_same_classes(const std::string& path, const prompt_buffers& theirs,
                                const prompt_buffers& ours, const std::vector<std::string>& names) {
  check<choice_error>(!theirs.suffix_extents.empty(), [&] {
    return path + ": class-specific vectors without 'token_suffix': expected it, to tell whose they are";
  });
  check<shape_error>(theirs.suffix_extents == ours.suffix_extents, [&] {
    return path + ": tensor 'token_suffix': shape: expected " + to_text(ours.suffix_extents) + " for " +
           std::to_string(names.size()) + " classes, got " + to_text(theirs.suffix_extents);
  });
  const std::size_t one = names.empty() ? 0 : ours.suffix.size() / names.size();
  for (std::size_t c = 0; c < names.size(); ++c) {
    const bool same = detail::same_embedding(std::span(theirs.suffix).subspan(c * one, one),
                                             std::span(ours.suffix).subspan(c * one, one));
    check<choice_error>(same, [&] {
      return path + ": class-specific vectors of other classes: class " + std::to_string(c) + ": expected '" +
             names[c] + "', got another name";
    });
  }
}

}  // namespace coop

#endif
