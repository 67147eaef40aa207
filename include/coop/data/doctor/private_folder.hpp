// SPDX-License-Identifier: MIT
//
// A private folder of pictures, examined before folder_dataset() reads it: what would stop it, and what it
// would take in another way than was meant.
#ifndef COOP_DATA_DOCTOR_PRIVATE_FOLDER_HPP
#define COOP_DATA_DOCTOR_PRIVATE_FOLDER_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/doctor/diagnosis.hpp>
#include <coop/data/doctor/file_tree.hpp>
#include <coop/data/doctor/renamed.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace coop {

namespace detail {

/// Files of a folder of class folders, as folder_dataset() sees them.
struct class_folder_census {
  std::map<std::string, std::size_t> pictures;  // by class folder
  std::vector<std::string> others;              // files that are not pictures
};

inline class_folder_census count_class_folders(const std::filesystem::path& root, const std::string& shown) {
  class_folder_census census;
  for (const std::filesystem::path& entry : sorted_entries(root)) {
    const std::string name = entry.filename().string();
    if (!is_folder(entry)) {
      census.others.push_back(joined(shown, name));
      continue;
    }
    std::size_t& pictures = census.pictures[name];
    for (const std::filesystem::path& file : sorted_entries(entry)) {
      if (named_as_picture(file) && !is_folder(file)) {
        ++pictures;
      } else {
        census.others.push_back(joined(shown, name + "/" + file.filename().string()));
      }
    }
  }
  return census;
}

}  // namespace detail

/// Examines a folder of class folders, as folder_dataset() reads it: empty ones, classes that train does not
/// have, files that are not pictures, names that a prompt would not tell apart.
inline diagnosis examine_folder(const std::string& root) {
  namespace fs = std::filesystem;
  using detail::few_names;
  diagnosis found{"folder " + root, {}, {}};
  const auto add = [&](severity grade, std::string what, std::string mend) {
    found.findings.push_back({grade, std::move(what), std::move(mend)});
  };
  const fs::path base(root);
  if (!detail::is_folder(base)) {
    add(severity::error, root + ": no such folder", "name a folder that holds a folder for each class");
    return found;
  }
  const bool divided = detail::is_folder(base / "train") && detail::is_folder(base / "test");
  std::vector<std::string> parts{""};
  if (divided) parts = {"train", "val", "test"};
  std::map<std::string, std::size_t> train;
  std::vector<std::string> others;
  for (const std::string& part : parts) {
    const fs::path at = part.empty() ? base : base / part;
    if (!detail::is_folder(at)) continue;
    const detail::class_folder_census census = detail::count_class_folders(at, part);
    std::vector<std::string> empty;
    std::vector<std::string> strange;
    std::size_t pictures = 0;
    for (const auto& [name, count] : census.pictures) {
      pictures += count;
      if (count == 0) empty.push_back(detail::joined(part, name));
      if (divided && part != "train" && train.count(name) == 0) strange.push_back(name);
    }
    found.summary += (found.summary.empty() ? "" : "; ") + (part.empty() ? "" : part + " ") +
                     std::to_string(census.pictures.size()) + " classes, " + std::to_string(pictures) +
                     " pictures";
    others.insert(others.end(), census.others.begin(), census.others.end());
    if (census.pictures.empty()) {
      add(severity::error, at.string() + ": no class folders",
          "make a folder for each class, called by its name, and put its pictures there");
    }
    if (!empty.empty()) {
      add(severity::error,
          at.string() + ": class folders without jpg, jpeg or png files: " + few_names(empty),
          "put pictures there, or remove the folders");
    }
    if (part.empty() || part == "train") train = census.pictures;
    std::vector<detail::expected_name> known;
    for (const auto& [name, count] : train) known.push_back({name});
    std::vector<finding> renamed;
    for (const auto& [m, u] : detail::match_names(known, strange)) {
      renamed.push_back({severity::error,
                         (at / strange[u]).string() + ": train calls this class " + known[m].name,
                         detail::move_command(at / strange[u], at / known[m].name)});
      strange[u].clear();
    }
    std::erase(strange, "");
    detail::add_few(found.findings, std::move(renamed), "classes with other names in train");
    if (!strange.empty()) {
      add(severity::error, at.string() + ": classes that train does not have: " + few_names(strange),
          "give them training pictures, or remove the folders");
    }
  }

  std::map<std::string, std::vector<std::string>> by_letters;
  std::vector<std::string> single;
  for (const auto& [name, count] : train) {
    by_letters[detail::letters_and_digits(name)].push_back(name);
    if (!divided && count == 1) single.push_back(name);
  }
  std::vector<finding> twins;
  for (const auto& [letters, names] : by_letters) {
    if (names.size() < 2) continue;
    twins.push_back({severity::warning,
                     "class names that differ in case, blanks or marks alone: " + few_names(names),
                     "put their pictures into one folder, or give them names that say the difference"});
  }
  detail::add_few(found.findings, std::move(twins), "such groups of class names");
  if (!single.empty()) {
    add(severity::warning,
        "classes of one picture, which is learned from and never tested: " + few_names(single),
        "add pictures");
  }
  if (!others.empty()) {
    add(severity::note,
        std::to_string(others.size()) +
            " files that are not read as pictures (jpg, jpeg, png): " + few_names(others),
        "");
  }
  return found;
}

}  // namespace coop

#endif
