// SPDX-License-Identifier: MIT
//
// The prompts of trainers/coop.py as it assembles them, written plainly: tokenise "X X X X name.", pad it to
// the window, cut it into start, context and suffix, and join the parts as the class token's position says.
#ifndef COOP_TESTS_PUBLISHED_PROMPTS_HPP
#define COOP_TESTS_PUBLISHED_PROMPTS_HPP

#include <coop/prompt/tokenizer.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coop::tests {

/// Where an embedding comes from: a token's id, or -1 - r for row r of the context matrix.
struct published_prompt {
  std::vector<std::int32_t> sources;  // the whole window
  index_t end = 0;                    // what the tower reads: argmax of the ids before the context was put in
};

/// `prefix` is "X X X X" or the initial words; the prompt holds `length` context vectors, and slot i of class
/// c is row row_of(c, i).
template <class RowOf>
published_prompt published(const tokenizer& words, std::string name, index_t c, index_t length,
                           std::string prefix, std::string_view placement, index_t window,
                           const RowOf& row_of) {
  std::replace(name.begin(), name.end(), '_', ' ');
  std::replace(prefix.begin(), prefix.end(), '_', ' ');
  std::vector<std::int32_t> ids{words.start()};
  for (const auto id : words.ids(prefix + " " + name + ".")) ids.push_back(id);
  ids.push_back(words.end());
  ids.resize(std::size_t(window), 0);

  const std::vector<std::int32_t> suffix(ids.begin() + 1 + length, ids.end());
  const auto name_length = std::ptrdiff_t(words.ids(name).size());
  std::vector<std::int32_t> context;
  for (index_t i = 0; i < length; ++i) context.push_back(-1 - row_of(c, i));
  const auto half = std::ptrdiff_t(length / 2);

  published_prompt prompt;
  prompt.end = index_t(std::max_element(ids.begin(), ids.end()) - ids.begin());
  const auto join = [&](auto begin, auto end) { prompt.sources.insert(prompt.sources.end(), begin, end); };
  join(ids.begin(), ids.begin() + 1);
  if (placement == "end") {
    join(context.begin(), context.end());
    join(suffix.begin(), suffix.end());
  } else if (placement == "middle") {
    join(context.begin(), context.begin() + half);
    join(suffix.begin(), suffix.begin() + name_length);
    join(context.begin() + half, context.end());
    join(suffix.begin() + name_length, suffix.end());
  } else {
    join(suffix.begin(), suffix.begin() + name_length);
    join(context.begin(), context.end());
    join(suffix.begin() + name_length, suffix.end());
  }
  return prompt;
}

/// "X X X" for three vectors.
inline std::string placeholder(index_t length) {
  std::string text = "X";
  for (index_t i = 1; i < length; ++i) text += " X";
  return text;
}

}  // namespace coop::tests

#endif
