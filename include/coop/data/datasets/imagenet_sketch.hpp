// SPDX-License-Identifier: MIT
//
// ImageNet-Sketch (H. Wang and others): drawings in black and white of ImageNet's classes, for tests only.
#ifndef COOP_DATA_DATASETS_IMAGENET_SKETCH_HPP
#define COOP_DATA_DATASETS_IMAGENET_SKETCH_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/data/datasets/wordnet_folders.hpp>

#include <array>
#include <string_view>

namespace coop::published {

/// Sketches of ImageNet's classes.
struct imagenet_sketch : defaults<imagenet_sketch> {
  static constexpr published::arrangement arrangement = published::arrangement::wordnet_folders;
  static constexpr std::string_view name = "ImageNetSketch";
  static constexpr std::string_view folder = "imagenet-sketch";
  static constexpr std::string_view pictures = "images";
  static constexpr counts size{.classes = 1000, .train = 0, .val = 0, .test = 50889};
  static constexpr std::array annotations{std::string_view("classnames.txt")};
  static constexpr std::array other_folders{std::string_view("sketch")};
  static constexpr std::array other_places{
      other_place{"sketch", "images"}, other_place{"imagenet-sketch/images", "images"},
      other_place{"imagenet-sketch/sketch", "images"}, other_place{"imagenet-sketch", "images"}};

  /// `train` stays empty; the published code puts the test pictures there to have class names.
  static dataset read_at(const places& at) { return coop::detail::read_wordnet_test(at.folder, at.pictures); }
};

}  // namespace coop::published

#endif
