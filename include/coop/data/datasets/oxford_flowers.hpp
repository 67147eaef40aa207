// SPDX-License-Identifier: MIT
//
// Oxford Flowers, Flowers102 (M.-E. Nilsback, A. Zisserman): 102 flowers of Britain. The official labels are
// a file of MATLAB, which is not read here: the published split file is needed.
#ifndef COOP_DATA_DATASETS_OXFORD_FLOWERS_HPP
#define COOP_DATA_DATASETS_OXFORD_FLOWERS_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/published.hpp>

#include <array>
#include <string_view>

namespace coop::published {

/// Flowers.
struct oxford_flowers : defaults<oxford_flowers> {
  static constexpr std::string_view name = "OxfordFlowers";
  static constexpr std::string_view folder = "oxford_flowers";
  static constexpr std::string_view pictures = "jpg";
  static constexpr std::string_view split = "split_zhou_OxfordFlowers.json";
  static constexpr std::string_view prompt = "a photo of a {}, a type of flower.";
  static constexpr counts size{.classes = 102, .train = 4093, .val = 1633, .test = 2463};
  static constexpr bool split_needed = true;  ///< the official lists are files of MATLAB
  static constexpr std::array other_folders{
      std::string_view("102flowers"),  std::string_view("flowers-102"),
      std::string_view("flowers102"),  std::string_view("oxford-102-flower-dataset"),
      std::string_view("flower_data"), std::string_view("jpg")};
  static constexpr std::array other_places{other_place{"102flowers/jpg", "jpg"},
                                           other_place{"flowers-102/jpg", "jpg"},
                                           other_place{"jpg/jpg", "jpg"}, other_place{"dataset", "jpg", true},
                                           other_place{"flower_data", "jpg", true}};

  /// By the split file, and in no other way.
  static dataset read_at(const places& at) {
    return read_split_alone(at, split, "imagelabels.mat, cat_to_name.json");
  }
};

}  // namespace coop::published

#endif
