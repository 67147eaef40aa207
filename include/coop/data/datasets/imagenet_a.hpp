// SPDX-License-Identifier: MIT
//
// ImageNet-A (D. Hendrycks and others): photos of 200 of ImageNet's classes that networks take for others,
// for tests only.
#ifndef COOP_DATA_DATASETS_IMAGENET_A_HPP
#define COOP_DATA_DATASETS_IMAGENET_A_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/data/datasets/wordnet_folders.hpp>

#include <array>
#include <string_view>

namespace coop::published {

/// Natural pictures that are easily mistaken; 200 classes, labelled by the rank of their folders.
struct imagenet_a : defaults<imagenet_a> {
  static constexpr published::arrangement arrangement = published::arrangement::wordnet_folders;
  static constexpr std::string_view name = "ImageNetA";
  static constexpr std::string_view folder = "imagenet-adversarial";
  static constexpr std::string_view pictures = "imagenet-a";
  static constexpr counts size{.classes = 200, .train = 0, .val = 0, .test = 7500};
  static constexpr std::array annotations{std::string_view("classnames.txt")};
  static constexpr std::array other_folders{std::string_view("imagenet-a")};
  static constexpr std::array other_places{other_place{"imagenet-a/imagenet-a", "imagenet-a"}};

  /// `train` stays empty. Classes are the 200 of the folders, not ImageNet's 1000.
  static dataset read_at(const places& at) { return coop::detail::read_wordnet_test(at.folder, at.pictures); }
};

}  // namespace coop::published

#endif
