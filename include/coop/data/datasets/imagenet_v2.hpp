// SPDX-License-Identifier: MIT
//
// ImageNetV2 (B. Recht and others), matched frequency: ten new pictures of each class of ImageNet, for tests
// only.
#ifndef COOP_DATA_DATASETS_IMAGENET_V2_HPP
#define COOP_DATA_DATASETS_IMAGENET_V2_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/division.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/data/datasets/wordnet_folders.hpp>
#include <coop/error.hpp>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace coop::published {

/// New test pictures of ImageNet's classes; folders are called 0 to 999, and 10 does not come before 2.
struct imagenet_v2 : defaults<imagenet_v2> {
  static constexpr published::arrangement arrangement = published::arrangement::numbered_folders;
  static constexpr std::string_view name = "ImageNetV2";
  static constexpr std::string_view folder = "imagenetv2";
  static constexpr std::string_view pictures = "imagenetv2-matched-frequency-format-val";
  static constexpr counts size{.classes = 1000, .train = 0, .val = 0, .test = 10000};
  static constexpr std::array annotations{std::string_view("classnames.txt")};
  static constexpr std::array other_folders{std::string_view("imagenetv2-matched-frequency-format-val"),
                                            std::string_view("imagenetv2-matched-frequency"),
                                            std::string_view("imagenet-v2")};
  static constexpr std::array other_places{
      other_place{"imagenetv2-matched-frequency-format-val/imagenetv2-matched-frequency-format-val",
                  "imagenetv2-matched-frequency-format-val"},
      other_place{"imagenetv2-matched-frequency", "imagenetv2-matched-frequency-format-val"}};

  /// `train` stays empty; the published code puts the test pictures there to have class names.
  static dataset read_at(const places& at) {
    dataset set;
    set.class_names = coop::detail::read_wordnet_classes(at.folder).names;
    const std::filesystem::path pictures_at = at.pictures;
    for (index_t label = 0; label < index_t(set.class_names.size()); ++label) {
      const std::filesystem::path of_class = pictures_at / std::to_string(label);
      check<io_error>(coop::detail::is_folder(of_class), [&] {
        return of_class.string() + ": expected a folder for each of the " +
               std::to_string(set.class_names.size()) + " classes, from 0, got none";
      });
      for (sample& each : coop::detail::class_pictures(of_class, label)) set.test.push_back(std::move(each));
    }
    return set;
  }
};

}  // namespace coop::published

#endif
