// SPDX-License-Identifier: MIT
//
// A hundred real class names (the dishes of Food101, Bossard et al. 2014, all but the last), so that token lengths and
// shared beginnings are those of a data set of the paper.
#ifndef COOP_BENCHMARKS_CLASS_NAMES_HPP
#define COOP_BENCHMARKS_CLASS_NAMES_HPP

#include <string>
#include <vector>

namespace coop::benchmarks {

inline std::vector<std::string> food_names() {
  return {"apple pie", "baby back ribs", "baklava", "beef carpaccio", "beef tartare", "beet salad", "beignets",
          "bibimbap", "bread pudding", "breakfast burrito", "bruschetta", "caesar salad", "cannoli",
          "caprese salad", "carrot cake", "ceviche", "cheesecake", "cheese plate", "chicken curry",
          "chicken quesadilla", "chicken wings", "chocolate cake", "chocolate mousse", "churros", "clam chowder",
          "club sandwich", "crab cakes", "creme brulee", "croque madame", "cup cakes", "deviled eggs", "donuts",
          "dumplings", "edamame", "eggs benedict", "escargots", "falafel", "filet mignon", "fish and chips",
          "foie gras", "french fries", "french onion soup", "french toast", "fried calamari", "fried rice",
          "frozen yogurt", "garlic bread", "gnocchi", "greek salad", "grilled cheese sandwich", "grilled salmon",
          "guacamole", "gyoza", "hamburger", "hot and sour soup", "hot dog", "huevos rancheros", "hummus",
          "ice cream", "lasagna", "lobster bisque", "lobster roll sandwich", "macaroni and cheese", "macarons",
          "miso soup", "mussels", "nachos", "omelette", "onion rings", "oysters", "pad thai", "paella", "pancakes",
          "panna cotta", "peking duck", "pho", "pizza", "pork chop", "poutine", "prime rib", "pulled pork sandwich",
          "ramen", "ravioli", "red velvet cake", "risotto", "samosa", "sashimi", "scallops", "seaweed salad",
          "shrimp and grits", "spaghetti bolognese", "spaghetti carbonara", "spring rolls", "steak",
          "strawberry shortcake", "sushi", "tacos", "takoyaki", "tiramisu", "tuna tartare"};
}

}  // namespace coop::benchmarks

#endif
