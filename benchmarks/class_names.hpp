// SPDX-License-Identifier: MIT
//
// Class names for measurements. A hundred are real (the dishes of Food101, Bossard et al. 2014, all but the last), so
// that token lengths and shared beginnings are those of a data set of the paper; more than that are made of the
// vocabulary's own words, as long as ImageNet's names are.
#ifndef COOP_BENCHMARKS_CLASS_NAMES_HPP
#define COOP_BENCHMARKS_CLASS_NAMES_HPP

#include <coop/prompt/tokenizer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop::benchmarks {

inline std::vector<std::string> food_names() {
  return {"apple pie",
          "baby back ribs",
          "baklava",
          "beef carpaccio",
          "beef tartare",
          "beet salad",
          "beignets",
          "bibimbap",
          "bread pudding",
          "breakfast burrito",
          "bruschetta",
          "caesar salad",
          "cannoli",
          "caprese salad",
          "carrot cake",
          "ceviche",
          "cheesecake",
          "cheese plate",
          "chicken curry",
          "chicken quesadilla",
          "chicken wings",
          "chocolate cake",
          "chocolate mousse",
          "churros",
          "clam chowder",
          "club sandwich",
          "crab cakes",
          "creme brulee",
          "croque madame",
          "cup cakes",
          "deviled eggs",
          "donuts",
          "dumplings",
          "edamame",
          "eggs benedict",
          "escargots",
          "falafel",
          "filet mignon",
          "fish and chips",
          "foie gras",
          "french fries",
          "french onion soup",
          "french toast",
          "fried calamari",
          "fried rice",
          "frozen yogurt",
          "garlic bread",
          "gnocchi",
          "greek salad",
          "grilled cheese sandwich",
          "grilled salmon",
          "guacamole",
          "gyoza",
          "hamburger",
          "hot and sour soup",
          "hot dog",
          "huevos rancheros",
          "hummus",
          "ice cream",
          "lasagna",
          "lobster bisque",
          "lobster roll sandwich",
          "macaroni and cheese",
          "macarons",
          "miso soup",
          "mussels",
          "nachos",
          "omelette",
          "onion rings",
          "oysters",
          "pad thai",
          "paella",
          "pancakes",
          "panna cotta",
          "peking duck",
          "pho",
          "pizza",
          "pork chop",
          "poutine",
          "prime rib",
          "pulled pork sandwich",
          "ramen",
          "ravioli",
          "red velvet cake",
          "risotto",
          "samosa",
          "sashimi",
          "scallops",
          "seaweed salad",
          "shrimp and grits",
          "spaghetti bolognese",
          "spaghetti carbonara",
          "spring rolls",
          "steak",
          "strawberry shortcake",
          "sushi",
          "tacos",
          "takoyaki",
          "tiramisu",
          "tuna tartare"};
}

/// So many class names: the first of Food101, or, of more than those, names of 1 to 4 words of the vocabulary, each
/// word a token, 2.2 on average as on ImageNet.
inline std::vector<std::string> class_names(const tokenizer& words, index_t count) {
  std::vector<std::string> names = food_names();
  if (std::size_t(count) <= names.size()) {
    names.resize(std::size_t(count));
    return names;
  }
  constexpr std::string_view end_of_word = "</w>";
  std::vector<std::string> nouns;
  for (std::int32_t id = 1000; id < words.start(); ++id) {
    std::string token(words.token(id));
    const bool whole = token.ends_with(end_of_word) && token.size() > end_of_word.size() + 2;
    if (!whole) continue;
    token.resize(token.size() - end_of_word.size());
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    if (std::all_of(token.begin(), token.end(), letter)) nouns.push_back(std::move(token));
  }
  constexpr int lengths[] = {1, 2, 2, 3, 2, 1, 4, 2, 3, 2};
  names.clear();
  std::size_t at = 0;
  for (index_t i = 0; i < count; ++i) {
    std::string name;
    for (int word = 0; word < lengths[i % 10]; ++word) {
      at = (at + 7919) % nouns.size();
      name += (word == 0 ? "" : " ") + nouns[at];
    }
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace coop::benchmarks

#endif
