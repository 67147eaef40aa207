// SPDX-License-Identifier: MIT
//
// ImageNet-R (D. Hendrycks and others): renditions of 200 of ImageNet's classes - art, toys, graffiti -, for
// tests only.
#ifndef COOP_DATA_DATASETS_IMAGENET_R_HPP
#define COOP_DATA_DATASETS_IMAGENET_R_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/data/datasets/wordnet_folders.hpp>

#include <array>
#include <string_view>

namespace coop::published {

/// Renditions; 200 classes, labelled by the rank of their folders.
struct imagenet_r : defaults<imagenet_r> {
  static constexpr published::arrangement arrangement = published::arrangement::wordnet_folders;
  static constexpr std::string_view name = "ImageNetR";
  static constexpr std::string_view folder = "imagenet-rendition";
  static constexpr std::string_view pictures = "imagenet-r";
  static constexpr counts size{.classes = 200, .train = 0, .val = 0, .test = 30000};
  static constexpr std::array annotations{std::string_view("classnames.txt")};
  static constexpr std::array other_folders{std::string_view("imagenet-r")};
  static constexpr std::array other_places{other_place{"imagenet-r/imagenet-r", "imagenet-r"}};

  /// `train` stays empty. Classes are the 200 of the folders, not ImageNet's 1000.
  static dataset read_at(const places& at) { return coop::detail::read_wordnet_test(at.folder, at.pictures); }
};

}  // namespace coop::published

#endif
