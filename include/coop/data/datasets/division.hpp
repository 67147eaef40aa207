// SPDX-License-Identifier: MIT
//
// How data sets are divided that come without their published split file: by the rules of the CoOp project
// (50 % train, 20 % val, 30 % test of each class folder; or a fifth of the official training list as val),
// half to even as Python rounds. Files are sorted and the seed is 1, so that everybody gets the same
// division. It is not the published one, which depended on a file system's order: numbers to be compared need
// the split file.
#ifndef COOP_DATA_DATASETS_DIVISION_HPP
#define COOP_DATA_DATASETS_DIVISION_HPP

#include <coop/config.hpp>
#include <coop/data/dataset.hpp>
#include <coop/data/datasets/published.hpp>  // places
#include <coop/data/few_shot.hpp>            // by_first_appearance, labels_of
#include <coop/data/python_random.hpp>
#include <coop/error.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop::detail {

inline constexpr std::uint64_t division_seed = 1;

/// n * fraction as Python's round() gives it.
inline std::size_t rounded_part(std::size_t n, double fraction) {
  return static_cast<std::size_t>(std::nearbyint(double(n) * fraction));
}

/// A class by its folder's name.
struct class_folder {
  std::string folder;
  std::string name;
};

/// 50/20/30 of each class folder; labels are positions in `classes`.
inline dataset divide_class_folders(const std::string& pictures, const std::vector<class_folder>& classes) {
  dataset set;
  python_random random(division_seed);
  for (const class_folder& each : classes) {
    std::vector<sample> found =
        class_pictures(std::filesystem::path(pictures) / each.folder, index_t(set.class_names.size()));
    set.class_names.push_back(each.name);
    random.shuffle(std::span(found));
    const std::size_t train = rounded_part(found.size(), 0.5);
    const std::size_t val = rounded_part(found.size(), 0.2);
    for (std::size_t i = 0; i < found.size(); ++i) {
      auto& list = i < train ? set.train : i < train + val ? set.val : set.test;
      list.push_back(std::move(found[i]));
    }
  }
  return set;
}

/// By the split file; without one class folders are divided that are classes by their own names.
inline dataset read_split_or_class_folders(const published::places& at) {
  if (!at.split.empty()) return split_file_dataset(at.split, at.pictures);
  std::vector<class_folder> classes;
  for (const std::string& folder : class_folders(at.pictures)) classes.push_back({folder, folder});
  return divide_class_folders(at.pictures, classes);
}

/// A fifth of each label's pictures becomes `val`, the rest `train`; labels in order of first appearance.
inline void take_fifth_for_validation(const std::vector<sample>& official, dataset& set) {
  python_random random(division_seed);
  for (std::vector<index_t>& group : by_first_appearance(labels_of(official))) {
    const std::size_t val = rounded_part(group.size(), 0.2);
    random.shuffle(std::span(group));
    for (std::size_t i = 0; i < group.size(); ++i)
      (i < val ? set.val : set.train).push_back(official[std::size_t(group[i])]);
  }
}

}  // namespace coop::detail

#endif
