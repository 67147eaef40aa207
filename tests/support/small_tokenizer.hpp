// SPDX-License-Identifier: MIT
//
// A tokenizer of a few merges: some words are one token, others many, and ")." is one as in CLIP's
// vocabulary.
#ifndef COOP_TESTS_SMALL_TOKENIZER_HPP
#define COOP_TESTS_SMALL_TOKENIZER_HPP

#include <coop/prompt/tokenizer.hpp>

namespace coop::tests {

/// Bytes inside and at the end of words, the merges below, two marks.
inline constexpr index_t small_vocabulary = 2 * 256 + 16 + 2;

/// "cat", "dog", "photo", "of", "bird" and "tern" are one token; "house" is five.
inline tokenizer small_tokenizer() {
  return tokenizer({{"c", "a"},
                    {"ca", "t</w>"},
                    {"d", "o"},
                    {"do", "g</w>"},
                    {"p", "h"},
                    {"o", "t"},
                    {"ph", "ot"},
                    {"phot", "o</w>"},
                    {"o", "f</w>"},
                    {")", ".</w>"},
                    {"b", "i"},
                    {"bi", "r"},
                    {"bir", "d</w>"},
                    {"t", "e"},
                    {"te", "r"},
                    {"ter", "n</w>"}});
}

}  // namespace coop::tests

#endif
