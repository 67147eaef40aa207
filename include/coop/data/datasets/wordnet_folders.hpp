// SPDX-License-Identifier: MIT
//
// What ImageNet and the sets made after it share: class folders called by WordNet number, and the file
// classnames.txt that gives each number its name. Two names occur twice there ("missile", "sunglasses"), so
// nothing is found by name.
#ifndef COOP_DATA_DATASETS_WORDNET_FOLDERS_HPP
#define COOP_DATA_DATASETS_WORDNET_FOLDERS_HPP

#include <coop/config.hpp>
#include <coop/data/dataset.hpp>
#include <coop/data/datasets/division.hpp>
#include <coop/data/datasets/official_lists.hpp>
#include <coop/error.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace coop::detail {

inline constexpr const char* wordnet_file = "classnames.txt";

/// The numbers of classnames.txt, by position, with their names.
struct wordnet_classes {
  class_list numbers;
  std::vector<std::string> names;
  std::string source;

  /// The name of a number; `title` begins the message about an unknown one.
  [[nodiscard]] const std::string& name(const std::string& number, const std::string& title) const {
    return names[std::size_t(numbers.label(number, title))];
  }
};

/// classnames.txt in a folder: `<WordNet number> <name>` in each line.
inline wordnet_classes read_wordnet_classes(const std::string& folder) {
  const std::string path = (std::filesystem::path(folder) / wordnet_file).string();
  wordnet_classes classes{class_list(path), {}, path};
  for (const official_line& line : official_lines(path)) {
    auto [number, name] = first_word(line, "<WordNet number> <class name>");
    classes.numbers.add(number, line.title);
    classes.names.push_back(std::move(name));
  }
  return classes;
}

/// Pictures of class folders, sorted: a label is a folder's rank.
struct wordnet_pictures {
  std::vector<std::string> numbers;
  std::vector<std::string> class_names;
  std::vector<sample> samples;
};

/// All class folders in `pictures`; each must be in classnames.txt.
inline wordnet_pictures read_wordnet_folders(const std::string& pictures, const wordnet_classes& known) {
  wordnet_pictures found;
  found.numbers = class_folders(pictures);
  for (const std::string& number : found.numbers) {
    const std::filesystem::path folder = std::filesystem::path(pictures) / number;
    const auto label = index_t(found.class_names.size());
    found.class_names.push_back(known.name(number, folder.string()));
    for (sample& each : class_pictures(folder, label)) found.samples.push_back(std::move(each));
  }
  return found;
}

/// A set that only tests: `train` and `val` stay empty, the class names are those of the folders.
inline dataset read_wordnet_test(const std::string& folder, const std::string& pictures) {
  wordnet_pictures found = read_wordnet_folders(pictures, read_wordnet_classes(folder));
  dataset set;
  set.class_names = std::move(found.class_names);
  set.test = std::move(found.samples);
  return set;
}

}  // namespace coop::detail

#endif
