// SPDX-License-Identifier: MIT
//
// Which name stands for which: names that are the same but for case, blanks and marks, and names that differ
// in a letter or two when there is only one such. Nothing is guessed where two would fit.
#ifndef COOP_DATA_DOCTOR_RENAMED_HPP
#define COOP_DATA_DOCTOR_RENAMED_HPP

#include <coop/io/text.hpp>  // ascii_lower

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop::detail {

/// Letters in lower case and digits; bytes beyond ASCII stay as they are.
inline std::string letters_and_digits(std::string_view text) {
  std::string kept;
  for (const char any : text) {
    const char c = ascii_lower(any);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 128) kept += c;
  }
  return kept;
}

/// Letters to put in, take out or change until one text is the other.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// Whether two names of letters and digits are nearly the same: one letter in five may differ.
inline bool nearly_the_same(std::string_view a, std::string_view b) {
  const std::size_t allowed = std::max(a.size(), b.size()) / 5 + 1;
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  return a.size() > 2 && b.size() > 2 && difference <= allowed && edit_distance(a, b) <= allowed;
}

/// A name that is expected, and other words for the same.
struct expected_name {
  std::string name;
  std::vector<std::string> other_words = {};
};

/// (index of a missing name, index of an unknown one) for each rename that leaves no doubt.
inline std::vector<std::pair<std::size_t, std::size_t>> match_names(const std::vector<expected_name>& missing,
                                                                    const std::vector<std::string>& unknown) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::vector<bool> known(missing.size(), false);
  std::vector<bool> used(unknown.size(), false);
  const auto pair = [&](std::size_t m, std::size_t u) {
    pairs.emplace_back(m, u);
    known[m] = true;
    used[u] = true;
  };

  std::map<std::string, std::vector<std::size_t>> by_letters;
  for (std::size_t u = 0; u < unknown.size(); ++u) by_letters[letters_and_digits(unknown[u])].push_back(u);
  std::map<std::string, std::size_t> wanted;  // how many missing names have these letters
  const auto words_of = [](const expected_name& each) {
    std::vector<std::string> words{letters_and_digits(each.name)};
    for (const std::string& other : each.other_words) words.push_back(letters_and_digits(other));
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
  };
  for (const expected_name& each : missing) {
    for (const std::string& letters : words_of(each)) ++wanted[letters];
  }
  for (std::size_t m = 0; m < missing.size(); ++m) {
    for (const std::string& letters : words_of(missing[m])) {
      const auto found = by_letters.find(letters);
      if (letters.empty() || found == by_letters.end() || found->second.size() != 1 || wanted[letters] != 1)
        continue;
      if (!known[m] && !used[found->second[0]]) pair(m, found->second[0]);
    }
  }

  // What is left: pairs of which neither has another that is near.
  constexpr std::size_t worth_comparing = 1'000'000;
  if (missing.size() * unknown.size() > worth_comparing) return pairs;
  constexpr std::size_t none = ~std::size_t{0};
  constexpr std::size_t several = none - 1;
  std::vector<std::size_t> near_missing(missing.size(), none);
  std::vector<std::size_t> near_unknown(unknown.size(), none);
  for (std::size_t m = 0; m < missing.size(); ++m) {
    const std::string letters = letters_and_digits(missing[m].name);
    for (std::size_t u = 0; u < unknown.size(); ++u) {
      if (known[m] || used[u] || !nearly_the_same(letters, letters_and_digits(unknown[u]))) continue;
      near_missing[m] = near_missing[m] == none ? u : several;
      near_unknown[u] = near_unknown[u] == none ? m : several;
    }
  }
  for (std::size_t m = 0; m < missing.size(); ++m) {
    if (near_missing[m] < several && near_unknown[near_missing[m]] == m) pair(m, near_missing[m]);
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

}  // namespace coop::detail

#endif
