// SPDX-License-Identifier: MIT
//
// EuroSAT (P. Helber, B. Bischke, A. Dengel, D. Borth): satellite pictures of ten kinds of land, in RGB.
#ifndef COOP_DATA_DATASETS_EUROSAT_HPP
#define COOP_DATA_DATASETS_EUROSAT_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/division.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace coop::published {

/// Land seen from above; ten class names in words instead of the folders' names.
struct eurosat : defaults<eurosat> {
  static constexpr std::string_view name = "EuroSAT";
  static constexpr std::string_view folder = "eurosat";
  static constexpr std::string_view pictures = "2750";
  static constexpr std::string_view split = "split_zhou_EuroSAT.json";
  static constexpr std::string_view prompt = "a centered satellite photo of {}.";
  static constexpr counts size{.classes = 10, .train = 13500, .val = 5400, .test = 8100};
  static constexpr std::array other_folders{std::string_view("EuroSAT_RGB"), std::string_view("2750"),
                                            std::string_view("eurosat-dataset")};
  static constexpr std::array other_places{
      other_place{"EuroSAT_RGB", "2750"}, other_place{"EuroSAT/2750", "2750"},
      other_place{"eurosat/2750", "2750"}, other_place{"EuroSAT", "2750"}};

  /// By the split file; without one every class folder is divided 50/20/30, which is not the published split.
  static dataset read_at(const places& at) {
    if (!at.split.empty()) return split_file_dataset(at.split, at.pictures);
    std::vector<coop::detail::class_folder> classes;
    for (const std::string& each : coop::detail::class_folders(at.pictures)) {
      const auto* known = std::find_if(classes_in_words.begin(), classes_in_words.end(),
                                       [&](const auto& c) { return c.folder == each; });
      check<io_error>(known != classes_in_words.end(), [&] {
        return at.pictures + "/" + each + ": class folder: expected " + known_folders() + ", got another";
      });
      classes.push_back({each, std::string(known->words)});
    }
    return coop::detail::divide_class_folders(at.pictures, classes);
  }

 private:
  struct class_in_words {
    std::string_view folder;
    std::string_view words;
  };
  static constexpr std::array<class_in_words, 10> classes_in_words{
      {{"AnnualCrop", "Annual Crop Land"},
       {"Forest", "Forest"},
       {"HerbaceousVegetation", "Herbaceous Vegetation Land"},
       {"Highway", "Highway or Road"},
       {"Industrial", "Industrial Buildings"},
       {"Pasture", "Pasture Land"},
       {"PermanentCrop", "Permanent Crop Land"},
       {"Residential", "Residential Buildings"},
       {"River", "River"},
       {"SeaLake", "Sea or Lake"}}};

  static std::string known_folders() {
    std::string known;
    for (const class_in_words& each : classes_in_words)
      known += (known.empty() ? "" : ", ") + std::string(each.folder);
    return known;
  }
};

}  // namespace coop::published

#endif
