// SPDX-License-Identifier: MIT
//
// Texts as the fixtures of the tokenizer hold them: a backslash begins \\, \n, \t, \r or \xHH, one byte
// (tests/data/make_tokens.py).
#ifndef COOP_TESTS_ESCAPED_HPP
#define COOP_TESTS_ESCAPED_HPP

#include <cstddef>
#include <string>

namespace coop::tests {

/// The text of a line of tokens.txt.
inline std::string unescaped(const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      text += line[i];
      continue;
    }
    const char c = line[++i];
    if (c == 'x') {
      text += char(std::stoi(line.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      text += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    }
  }
  return text;
}

}  // namespace coop::tests

#endif
