// SPDX-License-Identifier: MIT
//
// The Describable Textures Dataset, DTD (M. Cimpoi and others): 120 pictures of each of 47 textures.
#ifndef COOP_DATA_DATASETS_DESCRIBABLE_TEXTURES_HPP
#define COOP_DATA_DATASETS_DESCRIBABLE_TEXTURES_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/division.hpp>
#include <coop/data/datasets/published.hpp>

#include <array>
#include <string_view>

namespace coop::published {

/// Textures; class names are the folders' names, adjectives.
struct describable_textures : defaults<describable_textures> {
  static constexpr std::string_view name = "DescribableTextures";
  static constexpr std::string_view folder = "dtd";
  static constexpr std::string_view pictures = "images";
  static constexpr std::string_view split = "split_zhou_DescribableTextures.json";
  static constexpr std::string_view prompt = "{} texture.";
  static constexpr counts size{.classes = 47, .train = 2820, .val = 1128, .test = 1692};
  static constexpr std::array other_folders{std::string_view("dtd-r1.0.1"),
                                            std::string_view("describable-textures-dataset-dtd"),
                                            std::string_view("textures")};
  static constexpr std::array other_places{other_place{"dtd/images", "images"},
                                           other_place{"dtd-r1.0.1/dtd/images", "images"},
                                           other_place{"dtd/dtd/images", "images"}};

  /// By the split file; without one every class folder is divided 50/20/30, which is not the published split.
  static dataset read_at(const places& at) { return coop::detail::read_split_or_class_folders(at); }
};

}  // namespace coop::published

#endif
