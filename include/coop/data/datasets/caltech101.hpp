// SPDX-License-Identifier: MIT
//
// Caltech101 (L. Fei-Fei, R. Fergus, P. Perona): 100 classes, since CoOp leaves out BACKGROUND_Google and
// Faces_easy.
#ifndef COOP_DATA_DATASETS_CALTECH101_HPP
#define COOP_DATA_DATASETS_CALTECH101_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/division.hpp>
#include <coop/data/datasets/published.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop::published {

/// Things of 100 kinds; four classes are renamed from plural to singular.
struct caltech101 : defaults<caltech101> {
  static constexpr std::string_view name = "Caltech101";
  static constexpr std::string_view folder = "caltech-101";
  static constexpr std::string_view pictures = "101_ObjectCategories";
  static constexpr std::string_view split = "split_zhou_Caltech101.json";
  static constexpr counts size{.classes = 100, .train = 4128, .val = 1649, .test = 2465};
  static constexpr std::array other_folders{std::string_view("101_ObjectCategories")};
  static constexpr std::array other_places{
      other_place{"101_ObjectCategories/101_ObjectCategories", "101_ObjectCategories"},
      other_place{"caltech-101/101_ObjectCategories", "101_ObjectCategories"},
      other_place{"caltech101/101_ObjectCategories", "101_ObjectCategories"}};

  /// By the split file; without one every class folder is divided 50/20/30, which is not the published split.
  static dataset read_at(const places& at) {
    if (!at.split.empty()) return split_file_dataset(at.split, at.pictures);
    std::vector<coop::detail::class_folder> classes;
    for (const std::string& each : coop::detail::class_folders(at.pictures)) {
      if (each != "BACKGROUND_Google" && each != "Faces_easy") classes.push_back({each, class_name(each)});
    }
    return coop::detail::divide_class_folders(at.pictures, classes);
  }

 private:
  static std::string class_name(const std::string& of_folder) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> renamed{
        {{"airplanes", "airplane"}, {"Faces", "face"}, {"Leopards", "leopard"}, {"Motorbikes", "motorbike"}}};
    for (const auto& [from, to] : renamed) {
      if (of_folder == from) return std::string(to);
    }
    return of_folder;
  }
};

}  // namespace coop::published

#endif
