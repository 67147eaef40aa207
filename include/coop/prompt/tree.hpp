// SPDX-License-Identifier: MIT
//
// From names to sequences of sources. A prompt is a path: start mark, context vectors and name in the order
// that placement says, period, end mark. A source is a token id, or -1 - r for row r of the context matrix;
// nn::merge turns the sequences of all classes into one tree, and knows no policy. Follows PromptLearner in
// CoOp's trainers/coop.py: the prompt "X X ... X name." is tokenised as a whole, and what stands behind the M
// context tokens is the class's suffix.
#ifndef COOP_PROMPT_TREE_HPP
#define COOP_PROMPT_TREE_HPP

#include <coop/error.hpp>
#include <coop/prompt/context.hpp>
#include <coop/prompt/placement.hpp>
#include <coop/prompt/tokenizer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// What a learner learns, as a value: who owns the context, where the name stands, and how it begins.
template <class C, class P>
struct prompt {
  static_assert(Context<C>,
                "coop: a context needs name, rows(classes, n) and row(c, i, n); see coop/prompt/context.hpp");
  static_assert(Placement<P>, "coop: a placement needs name and before(n); see coop/prompt/placement.hpp");
  using context = C;    ///< whether classes share vectors
  using placement = P;  ///< where the name stands

  index_t length = 16;        ///< M, the number of context vectors; `words` overrides it
  std::string words{};        ///< begin with the embeddings of these words instead of noise
  float deviation = 0.02f;    ///< of the noise, N(0, deviation^2)
  std::uint64_t seed = 1;     ///< of the noise
  std::uint64_t skipped = 0;  ///< outputs of the seed's generator that are left out before the noise
  bool half = false;          ///< the noise is drawn as binary16, as under the published precision fp16
};

/// The paper's names for its settings.
using unified_end = prompt<context::unified, placement::end>;
using unified_middle = prompt<context::unified, placement::middle>;
using class_specific_end = prompt<context::class_specific, placement::end>;
using class_specific_middle = prompt<context::class_specific, placement::middle>;

/// What of a prompt the class decides: `suffix` is name, period, end mark; its first `name` tokens are the
/// name.
struct class_suffix {
  std::vector<std::int32_t> suffix;  ///< name, period, end mark
  index_t name = 0;                  ///< tokens of the name
};

/// The context part of a prompt before any learning: how many vectors, and the tokens they begin as.
struct context_words {
  std::string text;               // "X X X X" or the initial words
  std::vector<std::int32_t> ids;  // of the initial words, M of them; empty for noise
  index_t length = 0;             // M
};

/// "a photo of a" -> four vectors that begin as these tokens; noise -> `length` vectors that stand for "X X
/// ... X". As published, M counts space-separated words, not tokens: of a word that has several tokens the
/// surplus stays in front of the class name, frozen. Underscores become spaces.
inline context_words initial_words(const tokenizer& words, const std::string& text, index_t length) {
  context_words context;
  if (text.empty()) {
    check<choice_error>(length >= 1, [&] {
      return "prompt: context length: expected at least 1, got " + std::to_string(length);
    });
    context.length = length;
    for (index_t i = 0; i < length; ++i) context.text += i ? " X" : "X";
    return context;
  }
  bool inside = false;
  for (const char c : text) {
    const char plain = c == '_' ? ' ' : c;
    context.text += plain;
    if (plain != ' ' && !inside) ++context.length;
    inside = plain != ' ';
  }
  context.ids = words.ids(context.text);
  check<choice_error>(context.length >= 1 && index_t(context.ids.size()) >= context.length,
                      [&] { return "prompt: initial words '" + text + "': expected at least one word"; });
  context.ids.resize(std::size_t(context.length));
  return context;
}

/// The suffix of every class name. A prompt longer than the text tower's window is an error that names the
/// class.
inline std::vector<class_suffix> class_suffixes(const tokenizer& words, const std::vector<std::string>& names,
                                                const context_words& context, index_t window) {
  std::vector<class_suffix> suffixes;
  suffixes.reserve(names.size());
  for (const auto& given : names) {
    std::string name = given;
    for (char& c : name) c = c == '_' ? ' ' : c;
    const auto ids = words.ids(context.text + " " + name + ".");
    const auto whole = index_t(ids.size()) + 2;
    check<choice_error>(whole <= window, [&] {
      return "class '" + given + "': its prompt of " + std::to_string(context.length) +
             " context vectors and name has " + std::to_string(whole) + " tokens: expected at most " +
             std::to_string(window);
    });
    check<choice_error>(std::find(ids.begin(), ids.end(), words.end()) == ids.end(), [&] {
      return "class '" + given + "': its prompt holds the tokenizer's end mark: expected words, got '" +
             context.text + " " + name + ".'";
    });
    class_suffix suffix;
    suffix.suffix.assign(ids.begin() + context.length, ids.end());
    // Closing punctuation may fuse with the period into one token, which then counts as the name's.
    suffix.name = index_t(std::min(words.ids(name).size(), suffix.suffix.size()));
    suffix.suffix.push_back(words.end());
    suffixes.push_back(std::move(suffix));
  }
  return suffixes;
}

/// The source that stands for row r of the context matrix.
constexpr std::int32_t context_source(index_t row) { return -1 - row; }
/// The row that a negative source stands for.
constexpr index_t context_row(std::int32_t source) { return -1 - source; }

/// The sequence of sources of class c: start, context and name as placed, period, end mark.
template <Context C, Placement P>
std::vector<std::int32_t> prompt_sources(const class_suffix& suffix, index_t c, index_t length,
                                         std::int32_t start) {
  std::vector<std::int32_t> sources{start};
  const index_t before = P::before(length);
  COOP_ASSERT(0 <= before && before <= length);
  for (index_t i = 0; i < before; ++i) sources.push_back(context_source(C::row(c, i, length)));
  sources.insert(sources.end(), suffix.suffix.begin(), suffix.suffix.begin() + suffix.name);
  for (index_t i = before; i < length; ++i) sources.push_back(context_source(C::row(c, i, length)));
  sources.insert(sources.end(), suffix.suffix.begin() + suffix.name, suffix.suffix.end());
  // The first end mark is the one that is read, and nothing behind it matters to it.
  sources.erase(std::find(sources.begin(), sources.end(), suffix.suffix.back()) + 1, sources.end());
  return sources;
}

}  // namespace coop

#endif
