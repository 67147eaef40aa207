// SPDX-License-Identifier: MIT
//
// Food-101 (L. Bossard, M. Guillaumin, L. Van Gool): 1000 pictures of each of 101 dishes.
#ifndef COOP_DATA_DATASETS_FOOD101_HPP
#define COOP_DATA_DATASETS_FOOD101_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/division.hpp>
#include <coop/data/datasets/published.hpp>

#include <array>
#include <string_view>

namespace coop::published {

/// Dishes; class names are the folders' names.
struct food101 : defaults<food101> {
  static constexpr std::string_view name = "Food101";
  static constexpr std::string_view folder = "food-101";
  static constexpr std::string_view pictures = "images";
  static constexpr std::string_view split = "split_zhou_Food101.json";
  static constexpr std::string_view prompt = "a photo of {}, a type of food.";
  static constexpr counts size{.classes = 101, .train = 50500, .val = 20200, .test = 30300};
  static constexpr std::array other_places{other_place{"food-101/images", "images"},
                                           other_place{"images/images", "images"}};

  /// By the split file; without one every class folder is divided 50/20/30, which is not the published split.
  static dataset read_at(const places& at) { return coop::detail::read_split_or_class_folders(at); }
};

}  // namespace coop::published

#endif
