// SPDX-License-Identifier: MIT
//
// ImageNet (ILSVRC 2012): 1000 classes in folders called by WordNet number. The official validation pictures
// are the test pictures.
#ifndef COOP_DATA_DATASETS_IMAGENET_HPP
#define COOP_DATA_DATASETS_IMAGENET_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/data/datasets/wordnet_folders.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace coop::published {

/// Things of 1000 kinds; two names occur twice.
struct imagenet : defaults<imagenet> {
  static constexpr published::arrangement arrangement = published::arrangement::wordnet_folders;
  static constexpr std::string_view name = "ImageNet";
  static constexpr std::string_view folder = "imagenet";
  static constexpr std::string_view pictures = "images";
  static constexpr counts size{.classes = 1000, .train = 1281167, .val = 0, .test = 50000};
  static constexpr std::array annotations{std::string_view("classnames.txt")};
  static constexpr std::array parts{std::string_view("train"), std::string_view("val")};
  static constexpr std::array other_folders{std::string_view("ILSVRC2012"), std::string_view("ILSVRC"),
                                            std::string_view("imagenet-1k"), std::string_view("imagenet1k"),
                                            std::string_view("imagenet-object-localization-challenge")};
  static constexpr std::array other_places{
      other_place{"ILSVRC/Data/CLS-LOC", "images"}, other_place{"Data/CLS-LOC", "images"},
      other_place{"CLS-LOC", "images"}, other_place{"train", "images/train"},
      other_place{"val", "images/val"}};

  /// All class folders, their files sorted. The published code takes files in the file system's order, so
  /// that its few-shot subsets cannot be had from a seed.
  static dataset read_at(const places& at) {
    const auto classes = coop::detail::read_wordnet_classes(at.folder);
    const std::filesystem::path pictures_at = at.pictures;
    auto train = coop::detail::read_wordnet_folders((pictures_at / "train").string(), classes);
    auto val = coop::detail::read_wordnet_folders((pictures_at / "val").string(), classes);
    check<io_error>(train.numbers == val.numbers, [&] {
      const auto [ours, theirs] =
          std::mismatch(train.numbers.begin(), train.numbers.end(), val.numbers.begin(), val.numbers.end());
      const bool only_train = theirs == val.numbers.end() || (ours != train.numbers.end() && *ours < *theirs);
      return at.pictures + ": class folder " + (only_train ? *ours : *theirs) +
             ": expected in train and in val, got it only in " + (only_train ? "train" : "val");
    });
    return {std::move(train.class_names), std::move(train.samples), {}, std::move(val.samples)};
  }
};

}  // namespace coop::published

#endif
