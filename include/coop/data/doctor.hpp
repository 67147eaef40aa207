// SPDX-License-Identifier: MIT
//
// What is wrong with a data set on this disk, and how to mend it: folders that copies of it call otherwise,
// split files and lists that are missing, classes and pictures with other names, numbers that are not the
// published ones. Only names are looked at: no picture is opened, and nothing is changed.
#ifndef COOP_DATA_DOCTOR_HPP
#define COOP_DATA_DOCTOR_HPP

#include <coop/config.hpp>
#include <coop/data/dataset.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/data/datasets/wordnet_folders.hpp>
#include <coop/data/doctor/diagnosis.hpp>
#include <coop/data/doctor/file_tree.hpp>
#include <coop/data/doctor/listed_pictures.hpp>
#include <coop/data/doctor/private_folder.hpp>
#include <coop/data/doctor/renamed.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

namespace detail {

/// The message of an error without the name of the library.
inline std::string bare_message(const error& problem) {
  std::string text = problem.what();
  constexpr std::string_view head = "coop: ";
  if (text.starts_with(head)) text.erase(0, head.size());
  return text;
}

/// One examination of a published data set, step by step; what a step finds, the next ones take for mended.
class examination {
 public:
  examination(const published::description& set, const std::string& root)
      : set_(set), root_(root), folder_(root_ / set.folder) {
    found_.title = std::string(set.name) + " in " + root;
  }

  diagnosis run() {
    if (find_root() && find_folder()) {
      try_other_places();
      find_pictures();
      find_split();
      find_annotations();
      if (listing_ready_) look_at_pictures();
    }
    return std::move(found_);
  }

 private:
  using path = std::filesystem::path;

  void add(severity grade, std::string what, std::string mend = {}) {
    found_.findings.push_back({grade, std::move(what), std::move(mend)});
  }

  /// A path below the folder, as it is to be called.
  [[nodiscard]] path shown(const std::string& relative) const {
    return relative.empty() ? folder_ : folder_ / relative;
  }
  [[nodiscard]] std::string pictures() const { return std::string(set_.pictures); }

  bool find_root() {
    if (is_folder(root_)) return true;
    add(severity::error, root_.string() + ": no such folder",
        "name the directory that holds the folder " + std::string(set_.folder));
    return false;
  }

  /// Whether a folder holds a part that this data set has.
  [[nodiscard]] bool has_a_part(const path& folder) const {
    std::vector<std::string_view> parts{set_.pictures, set_.split};
    parts.insert(parts.end(), set_.annotations.begin(), set_.annotations.end());
    if (set_.pictures.empty()) parts.insert(parts.end(), set_.parts.begin(), set_.parts.end());
    for (const published::other_place& each : set_.other_places) parts.push_back(each.theirs);
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
      if (part.empty()) return false;
      const path at = folder / part;
      return is_there(at) || is_there(path(at.string() + ".gz"));
    });
  }

  /// Folders of the root that may be that of the data set under another name.
  [[nodiscard]] std::vector<path> other_folders() const {
    std::vector<path> others;
    for (const std::string_view each : set_.other_folders) others.push_back(root_ / each);
    for (const path& entry : sorted_entries(root_)) {
      const std::string letters = letters_and_digits(entry.filename().string());
      if (letters == letters_and_digits(set_.folder) || letters == letters_and_digits(set_.name))
        others.push_back(entry);
    }
    std::erase_if(others, [](const path& each) { return !is_folder(each); });
    return others;
  }

  bool find_folder() {
    if (is_folder(folder_)) {
      tree_.emplace(folder_);
      return true;
    }
    const std::string missing = folder_.string() + ": no such folder";
    for (const path& other : other_folders()) {
      const bool whole = has_a_part(other) || set_.pictures.empty();
      file_tree tree(other, whole ? std::string() : pictures());
      if (std::none_of(tree.files().begin(), tree.files().end(),
                       [&](const std::string& file) { return whole || named_as_picture(file); })) {
        continue;  // of that name by chance
      }
      const path to = whole ? folder_ : folder_ / set_.pictures;
      add(severity::error,
          missing + "; " + other.string() + " looks like " + (whole ? "it" : "its " + pictures()),
          move_command(other, to));
      tree_ = std::move(tree);
      return true;
    }
    if (has_a_part(root_)) {
      // The root given is the folder itself.
      const path given = absolute_path(root_ / "").lexically_normal().parent_path();
      const path parent = given.parent_path();
      folder_ = parent / set_.folder;
      add(severity::error, root_.string() + " is the folder of the data set and not the root that holds it",
          (given == folder_ ? std::string() : move_command(given, folder_) + ", and ") + "give the root " +
              quoted(parent));
      tree_.emplace(given);
      return true;
    }
    std::vector<std::string> held;
    for (const path& entry : sorted_entries(root_)) held.push_back(entry.filename().string());
    add(severity::error,
        missing + (held.empty() ? "; the root is empty" : "; the root holds " + few_names(held)),
        "unpack the data set so that there are " + parts_text());
    return false;
  }

  /// "oxford_pets/images and oxford_pets/split_zhou_OxfordPets.json".
  [[nodiscard]] std::string parts_text() const {
    const std::string folder(set_.folder);
    std::vector<std::string> parts;
    if (!set_.pictures.empty()) parts.push_back(folder + "/" + pictures());
    for (const std::string_view part : set_.parts)
      parts.push_back(joined(joined(folder, set_.pictures), part));
    if (!set_.split.empty()) parts.push_back(folder + "/" + std::string(set_.split));
    if (set_.split.empty()) {
      for (const std::string_view each : set_.annotations) parts.push_back(folder + "/" + std::string(each));
    }
    std::string text = parts.front();
    for (std::size_t i = 1; i < parts.size(); ++i)
      text += (i + 1 == parts.size() ? " and " : ", ") + parts[i];
    return text;
  }

  /// The places at which well-known copies keep parts.
  void try_other_places() {
    for (const published::other_place& each : set_.other_places) {
      const std::string theirs(each.theirs);
      const std::string ours(each.ours);
      if (!tree_->has_folder(theirs)) continue;
      const bool inside = lies_below(theirs, ours);
      const bool whole = ours.empty();  // theirs is the folder itself
      if (whole ? tree_->has_folder(joined(pictures(), first_part())) && !pictures().empty()
                : tree_->has_folder(ours) && !inside) {
        continue;
      }
      const path from = shown(theirs);
      const path to = shown(ours);
      const std::string what = whole ? from.string() + " holds what belongs into " + to.string()
                                     : to.string() +
                                           (inside ? ": its files are in " : ": no such folder; it is in ") +
                                           from.string();
      if (each.scattered) {
        add(severity::error, what + ", in folders of their own",
            "mkdir -p " + quoted(to) + " && find " + quoted(from) + " -type f -exec mv -t " + quoted(to) +
                " {} +");
        tree_->gather(theirs, ours);
        continue;
      }
      add(severity::error, what,
          inside || whole ? "mv " + quoted(from) + "/* " + quoted(to) + "/" : move_command(from, to));
      tree_->move(theirs, ours);
    }
  }

  [[nodiscard]] std::string first_part() const {
    return set_.parts.empty() ? std::string() : std::string(set_.parts.front());
  }

  /// Folders that must be there, by name or by a name with the same letters.
  void find_pictures() {
    std::vector<std::string> needed;
    if (!set_.pictures.empty()) needed.push_back(pictures());
    for (const std::string_view part : set_.parts) needed.push_back(joined(set_.pictures, part));
    for (const std::string& each : needed) {
      if (tree_->has_folder(each)) continue;
      const std::vector<std::string> siblings = tree_->folders_in(folder_of(each));
      std::vector<std::string> unknown;
      for (const std::string& sibling : siblings) {
        const std::string at = joined(folder_of(each), sibling);
        if (std::find(needed.begin(), needed.end(), at) == needed.end() && !holds_annotations(at))
          unknown.push_back(sibling);
      }
      const auto pairs = match_names({{file_of(each)}}, unknown);
      if (pairs.empty()) {
        lacking_.push_back(each);
        continue;
      }
      const std::string other = joined(folder_of(each), unknown[pairs[0].second]);
      add(severity::error,
          shown(each).string() + ": no such folder; " + shown(other).string() + " looks like it",
          move_command(shown(other), shown(each)));
      tree_->move(other, each);
    }
  }

  [[nodiscard]] bool holds_annotations(const std::string& folder) const {
    return std::any_of(set_.annotations.begin(), set_.annotations.end(),
                       [&](std::string_view each) { return lies_below(each, folder); });
  }

  /// A file of the tree that is called like `wanted`, but lies elsewhere or is spelt otherwise.
  [[nodiscard]] std::optional<std::string> find_file(const std::string& wanted) const {
    const std::string letters = letters_and_digits(without_ending(file_of(wanted)));
    std::optional<std::string> alike;
    for (const std::string& file : tree_->files()) {
      if (named_as_picture(file)) continue;
      if (file_of(file) == file_of(wanted)) return file;
      // Browsers save a second copy as "name (1).json", and hide that it is "name.json.txt".
      if (!alike && letters_and_digits(file_of(file)).starts_with(letters)) alike = file;
    }
    return alike;
  }

  void find_split() {
    if (set_.split.empty()) return;
    const std::string split(set_.split);
    if (tree_->has_file(split)) {
      split_ = tree_->actual(split);
      return;
    }
    const std::string missing = shown(split).string() + ": no such file";
    if (const auto other = find_file(split)) {
      add(severity::error, missing + "; " + shown(*other).string() + " looks like it",
          move_command(shown(*other), shown(split)));
      split_ = tree_->actual(*other);
      return;
    }
    for (const path& entry : sorted_entries(root_)) {
      if (is_folder(entry) || named_as_picture(entry)) continue;
      const std::string letters = letters_and_digits(entry.filename().string());
      if (!letters.starts_with(letters_and_digits(without_ending(split)))) continue;
      add(severity::error, missing + "; " + entry.string() + " looks like it",
          move_command(entry, shown(split)));
      split_ = entry;
      return;
    }
    add(set_.split_needed ? severity::error : severity::warning,
        missing + (set_.split_needed ? "; the official annotations are files of MATLAB and are not read"
                                     : "; the pictures are divided anew and not as published"),
        "put " + split + " there; DATASETS.md of github.com/KaiyangZhou/CoOp links to it");
    listing_ready_ = !set_.split_needed;
  }

  void find_annotations() {
    if (!split_.empty() || set_.split_needed) return;
    for (const std::string_view each : set_.annotations) {
      const std::string wanted(each);
      if (tree_->has_file(wanted)) continue;
      if (set_.arrangement == published::arrangement::arrays && tree_->has_file(wanted + ".gz")) continue;
      const std::string missing = shown(wanted).string() + ": no such file";
      listing_ready_ = false;
      if (const auto other = find_file(wanted)) {
        add(severity::error, missing + "; " + shown(*other).string() + " looks like it",
            move_command(shown(*other), shown(wanted)));
      } else if (const auto copy = copy_beside(file_of(wanted))) {
        add(severity::error, missing, "cp " + quoted(*copy) + " " + quoted(shown(wanted)));
      } else if (wanted == wordnet_file) {
        add(severity::error, missing,
            "put classnames.txt there, a line `<WordNet number> <class name>` for each class; DATASETS.md of "
            "github.com/KaiyangZhou/CoOp links to it");
      } else {
        add(severity::error, missing,
            "put " + file_of(wanted) + " there, as the authors of the data set give it");
      }
    }
  }

  /// A file of that name in the folder of another data set.
  [[nodiscard]] std::optional<path> copy_beside(const std::string& file) const {
    if (file != wordnet_file) return std::nullopt;  // the one that several data sets share
    for (const path& entry : sorted_entries(root_)) {
      if (is_folder(entry) && is_there(entry / file)) return entry / file;
    }
    return std::nullopt;
  }

  void report_lacking() {
    for (const std::string& each : lacking_) {
      if (!tree_->has_folder(each))
        add(severity::error, shown(each).string() + ": no such folder", lacking_mend());
    }
  }

  [[nodiscard]] std::string lacking_mend() const {
    const auto& files = tree_->files();
    const bool videos =
        std::any_of(files.begin(), files.end(), [](const auto& f) { return f.ends_with(".avi"); });
    if (videos) {
      return "the folder holds videos: take the middle frame of each, as " + pictures() +
             "/<class, as the lists spell it>/<video>.jpg; DATASETS.md of github.com/KaiyangZhou/CoOp links "
             "to them";
    }
    return "unpack the pictures so that there are " + parts_text();
  }

  /// The last resort for a missing folder of pictures: the only folder that has any.
  void find_only_pictures() {
    if (set_.pictures.empty() || !set_.parts.empty() || tree_->has_folder(pictures())) return;
    std::set<std::string> folders;
    for (const std::string& file : tree_->files()) {
      if (named_as_picture(file)) folders.insert(file.substr(0, std::min(file.find('/'), file.size())));
    }
    if (folders.size() != 1 || tree_->has_file(*folders.begin())) return;
    const std::string& other = *folders.begin();
    add(severity::error,
        shown(pictures()).string() + ": no such folder; the only one with pictures is " +
            shown(other).string(),
        move_command(shown(other), shown(pictures())));
    tree_->move(other, pictures());
  }

  void look_at_pictures() {
    switch (set_.arrangement) {
      case published::arrangement::wordnet_folders:
      case published::arrangement::numbered_folders:
        find_only_pictures();
        report_lacking();
        return look_at_class_folders();
      case published::arrangement::arrays:
        return look_at_arrays();
      case published::arrangement::listed:
        return look_at_lists();
    }
  }

  /// Where the lists are, for the data set's own reader.
  [[nodiscard]] published::places places_now() const {
    path folder = tree_->actual("");
    if (!set_.annotations.empty()) {
      const std::string first(set_.annotations.front());
      const path list = tree_->actual(first);
      if (is_there(list)) {
        folder = list;
        for (const path& part : path(first)) {
          static_cast<void>(part);
          folder = folder.parent_path();
        }
      }
    }
    return {folder.string(), tree_->actual(pictures()).string(), split_.string()};
  }

  void look_at_arrays() {
    try {
      const dataset read = set_.read_at(places_now());
      compare_counts({index_t(read.class_names.size()), index_t(read.train.size()), index_t(read.val.size()),
                      index_t(read.test.size())});
    } catch (const error& problem) {
      add(severity::error, bare_message(problem), "take this file from the archive again");
    }
  }

  void look_at_lists() {
    if (split_.empty() && set_.annotations.empty()) {  // the class folders are the lists
      find_only_pictures();
      report_lacking();
      if (!tree_->has_folder(pictures())) return;
    }
    const published::places at = places_now();
    dataset read;
    try {
      read = set_.read_at(at);
    } catch (const error& problem) {
      return add(severity::error, bare_message(problem), mend_of_reading());
    }
    std::vector<std::string> listed;
    for (const auto* samples : {&read.train, &read.val, &read.test}) {
      for (const sample& each : *samples)
        listed.push_back(path(each.path).lexically_relative(at.pictures).generic_string());
    }
    if (!lacking_.empty() && !set_.pictures.empty()) {
      find_pictures_by(listed);
      find_only_pictures();
    }
    report_lacking();
    std::vector<std::string> present = tree_->files_below(pictures());
    std::erase_if(present, [](const std::string& file) { return !named_as_picture(file); });
    if (!present.empty()) {
      for (finding& each : picture_comparison(listed, present, shown(pictures())).findings())
        found_.findings.push_back(std::move(each));
    } else if (lacking_.empty()) {
      add(severity::error, shown(pictures()).string() + ": no pictures", lacking_mend());
    }
    compare_counts({index_t(read.class_names.size()), index_t(read.train.size()), index_t(read.val.size()),
                    index_t(read.test.size())});
  }

  [[nodiscard]] std::string mend_of_reading() const {
    if (!split_.empty()) return "take the published split file again";
    return "take what it names from the archive of the data set again";
  }

  /// A folder of any name in which most of the listed pictures are.
  void find_pictures_by(const std::vector<std::string>& listed) {
    constexpr std::size_t tried = 200;
    const std::set<std::string> wanted(listed.begin(),
                                       listed.begin() + std::ptrdiff_t(std::min(listed.size(), tried)));
    std::map<std::string, std::size_t> votes;
    for (const std::string& file : tree_->files()) {
      for (std::size_t slash = file.find('/'); slash != std::string::npos;
           slash = file.find('/', slash + 1)) {
        if (wanted.count(file.substr(slash + 1)) != 0) ++votes[file.substr(0, slash)];
      }
      if (wanted.count(file) != 0) ++votes[""];
    }
    for (const auto& [folder, count] : votes) {
      if (2 * count <= wanted.size()) continue;
      const bool itself = folder.empty();
      add(severity::error,
          shown(pictures()).string() + ": no such folder; its pictures are in " + shown(folder).string(),
          itself ? "mkdir -p " + quoted(shown(pictures())) + " && mv " + quoted(folder_) + "/*/ " +
                       quoted(shown(pictures())) + "/"
                 : move_command(shown(folder), shown(pictures())));
      tree_->move(folder, pictures());
      return;
    }
  }

  void look_at_class_folders() {
    std::optional<wordnet_classes> known;
    try {
      known = read_wordnet_classes(tree_->actual(wordnet_file).parent_path().string());
    } catch (const error& problem) {
      return add(severity::error, bare_message(problem), "take the published classnames.txt again");
    }
    published::counts counted;
    std::vector<std::string> parts{set_.parts.begin(), set_.parts.end()};
    if (parts.empty()) parts.emplace_back();
    for (const std::string& part : parts) {
      const std::string base = joined(set_.pictures, part);
      if (!tree_->has_folder(base)) continue;
      match_class_folders(base, *known);
      index_t pictures_there = 0;
      for (const std::string& file : tree_->files_below(base)) {
        if (named_as_picture(file) && file.find('/') != std::string::npos) ++pictures_there;
      }
      counted.classes = std::max(counted.classes, index_t(tree_->folders_in(base).size()));
      (part == "train" ? counted.train : counted.test) = pictures_there;
    }
    compare_counts(counted);
  }

  /// Class folders that are missing, or called otherwise: by class name, by WordNet number, with other zeros.
  void match_class_folders(const std::string& base, const wordnet_classes& known) {
    const bool by_number = set_.arrangement == published::arrangement::numbered_folders;
    const std::vector<std::string> there = tree_->folders_in(base);
    const std::set<std::string> present(there.begin(), there.end());
    std::vector<expected_name> missing;
    std::set<std::string> expected;
    for (std::size_t i = 0; i < known.names.size(); ++i) {
      expected_name each{by_number ? std::to_string(i) : known.numbers.names()[i], {known.names[i]}};
      if (by_number) {
        each.other_words.push_back(known.numbers.names()[i]);
        for (std::size_t width = each.name.size() + 1; width <= 4; ++width)
          each.other_words.push_back(std::string(width - each.name.size(), '0') + each.name);
      }
      expected.insert(each.name);
      if (present.count(each.name) == 0) missing.push_back(std::move(each));
    }
    std::vector<std::string> unknown;
    for (const std::string& folder : there) {
      if (expected.count(folder) == 0) unknown.push_back(folder);
    }

    std::vector<finding> renamed;
    std::set<std::string> explained;
    for (const auto& [m, u] : match_names(missing, unknown)) {
      const std::string from = joined(base, unknown[u]);
      const std::string to = joined(base, missing[m].name);
      renamed.push_back({severity::error,
                         shown(to).string() + ": no such class folder; " + unknown[u] + " looks like it",
                         move_command(shown(from), shown(to))});
      tree_->move(from, to);
      explained.insert(unknown[u]);
      explained.insert(missing[m].name);
    }
    add_few(found_.findings, std::move(renamed), "class folders with other names");

    std::vector<std::string> lost;
    for (const expected_name& each : missing) {
      if (explained.count(each.name) == 0) lost.push_back(each.name);
    }
    std::erase_if(unknown, [&](const std::string& folder) { return explained.count(folder) != 0; });
    // ImageNet-A and ImageNet-R have 200 of the classes, and only their number says whether that is all.
    constexpr index_t all_classes = 1000;
    if (!lost.empty() && set_.size.classes == all_classes) {
      add(severity::error,
          shown(base).string() + ": " + std::to_string(lost.size()) + " of " +
              std::to_string(expected.size()) + " class folders missing: " + few_names(lost),
          "unpack the archive of the pictures again");
    }
    if (!unknown.empty()) {
      add(severity::error,
          shown(base).string() + ": folders that are no class of classnames.txt: " + few_names(unknown),
          "move them out of there");
    }
    std::vector<std::string> loose;
    for (const std::string& file : tree_->files_below(base)) {
      if (file.find('/') == std::string::npos && named_as_picture(file)) loose.push_back(file);
    }
    if (!loose.empty()) {
      add(severity::error, shown(base).string() + ": pictures in no class folder: " + few_names(loose),
          "sort them into a folder for each class, as the scripts named valprep do it for ImageNet");
    }
  }

  void compare_counts(const published::counts& got) {
    const auto text = [](const published::counts& n) {
      return std::to_string(n.classes) + " classes, " + std::to_string(n.train) + " + " +
             std::to_string(n.val) + " + " + std::to_string(n.test) + " pictures (train, val, test)";
    };
    found_.summary = text(got);
    const auto total = [](const published::counts& n) { return n.train + n.val + n.test; };
    const bool divided_anew = split_.empty() && !set_.split.empty();
    const bool same = got.classes == set_.size.classes &&
                      (divided_anew ? total(got) == total(set_.size)
                                    : got.train == set_.size.train && got.val == set_.size.val &&
                                          got.test == set_.size.test);
    if (same) return;
    add(severity::warning, "numbers: expected " + text(set_.size) + ", got " + text(got),
        split_.empty() ? "mend what is missing above; else this is a part of the data set, or another edition"
                       : "take the published split file: this one is another");
  }

  const published::description& set_;
  path root_;
  path folder_;  // as it is to be called
  std::optional<file_tree> tree_;
  path split_;                        // where it is; empty: nowhere
  std::vector<std::string> lacking_;  // folders that no other name was found for
  bool listing_ready_ = true;
  diagnosis found_;
};

}  // namespace detail

/// Examines a published data set below `root`, the directory that holds the folders of the data sets.
inline diagnosis examine(const published::description& set, const std::string& root) {
  return detail::examination(set, root).run();
}

}  // namespace coop

#endif
