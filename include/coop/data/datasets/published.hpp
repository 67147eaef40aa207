// SPDX-License-Identifier: MIT
//
// What the published data sets share: the facts that are known of each before any file is read, where its
// parts lie, and how a reader finds them. A data set is a struct of facts and one function; its pictures,
// split file and annotations lie as the CoOp project lays them out (DATASETS.md), all below one root.
#ifndef COOP_DATA_DATASETS_PUBLISHED_HPP
#define COOP_DATA_DATASETS_PUBLISHED_HPP

#include <coop/config.hpp>
#include <coop/data/dataset.hpp>
#include <coop/error.hpp>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace coop::published {

/// Classes and pictures.
struct counts {
  index_t classes = 0;  ///< categories
  index_t train = 0;    ///< pictures
  index_t val = 0;      ///< pictures
  index_t test = 0;     ///< pictures
};

/// What says which pictures and classes there are.
enum class arrangement : std::uint8_t {
  listed,            // a split file or official lists
  wordnet_folders,   // class folders called by WordNet number; classnames.txt has their names
  numbered_folders,  // class folders 0, 1, ...; classnames.txt has the names by position
  arrays             // pictures within a few files
};

/// Where other copies of a data set keep a part; both are below the folder, and an empty one is the folder.
struct other_place {
  std::string_view theirs;  ///< as the copy has it
  std::string_view ours;    ///< as it is read
  bool scattered = false;   // theirs is cut into folders, ours is not
};

/// Where the parts of a data set are on this disk.
struct places {
  std::string folder;    ///< of the data set
  std::string pictures;  ///< of its pictures
  std::string split;     // empty: none
};

/// What holds unless a data set says otherwise, and reading from a root.
template <class Self>
struct defaults {
  static constexpr published::arrangement arrangement = published::arrangement::listed;
  static constexpr std::string_view split = {};  // none
  static constexpr std::string_view prompt = "a photo of a {}.";
  static constexpr bool split_needed = false;                           // lists without it are not read
  static constexpr std::span<const std::string_view> annotations = {};  // official lists, without the split
  static constexpr std::span<const std::string_view> parts = {};        // folders within that of the pictures
  static constexpr std::span<const std::string_view> other_folders = {};  // what copies call the folder
  static constexpr std::span<const other_place> other_places = {};

  /// The data set below `root`, the directory that holds the folders of the data sets.
  static dataset read(const std::string& root);
};

/// A published data set: facts, and read_at(places).
template <class P>
concept PublishedDataset = requires(const places& at, const std::string& root) {
  { P::name } -> std::convertible_to<std::string_view>;
  { P::folder } -> std::convertible_to<std::string_view>;
  { P::pictures } -> std::convertible_to<std::string_view>;
  { P::split } -> std::convertible_to<std::string_view>;
  { P::prompt } -> std::convertible_to<std::string_view>;
  { P::size } -> std::convertible_to<counts>;
  { P::read_at(at) } -> std::same_as<dataset>;
  { P::read(root) } -> std::same_as<dataset>;
};

/// The same as a plain value, for tables and programs that take names.
struct description {
  std::string_view name;                            // the key, as the published code spells it
  std::string_view folder;                          // below the root
  std::string_view pictures;                        // below the folder; empty: the folder itself
  std::string_view split;                           // the published split file in the folder; empty: none
  std::string_view prompt;                          // the hand-written one, {} stands for the class name
  counts size;                                      // as published
  published::arrangement arrangement;               ///< what says which pictures there are
  bool split_needed;                                ///< lists without it are not read
  std::span<const std::string_view> annotations;    ///< official lists, without the split
  std::span<const std::string_view> parts;          ///< folders within that of the pictures
  std::span<const std::string_view> other_folders;  ///< what copies call the folder
  std::span<const other_place> other_places;        ///< where copies keep a part
  dataset (*read_at)(const places&);                ///< from parts that were found
  dataset (*read)(const std::string& root);         ///< from the root
};

/// The plain value of a data set.
template <PublishedDataset P>
constexpr description describe() {
  return {P::name,          P::folder,       P::pictures,     P::split,       P::prompt,
          P::size,          P::arrangement,  P::split_needed, P::annotations, P::parts,
          P::other_folders, P::other_places, &P::read_at,     &P::read};
}

/// Where the parts of a data set lie below `root`; its folder or pictures missing is an io_error.
inline places find_places(const description& set, const std::string& root) {
  namespace fs = std::filesystem;
  const auto expect_folder = [&](const fs::path& path, const char* what) {
    check<io_error>(coop::detail::is_folder(path), [&] {
      return path.string() + ": expected the " + what + " of " + std::string(set.name) +
             ", got none; `coop doctor " + std::string(set.name) + " " + root + "` looks for it";
    });
  };
  const fs::path folder = fs::path(root) / set.folder;
  const fs::path pictures = set.pictures.empty() ? folder : folder / set.pictures;
  expect_folder(folder, "folder");
  expect_folder(pictures, "pictures");
  places at{folder.string(), pictures.string(), {}};
  if (!set.split.empty() && coop::detail::is_there(folder / set.split))
    at.split = (folder / set.split).string();
  return at;
}

/// By the split file and in no other way, where `lists`, the official annotations, are files of MATLAB.
inline dataset read_split_alone(const places& at, std::string_view split, const char* lists) {
  check<io_error>(!at.split.empty(), [&] {
    return at.folder + ": expected the split file " + std::string(split) +
           ", got none; the official annotations (" + lists + ") are files of MATLAB and are not read";
  });
  return split_file_dataset(at.split, at.pictures);
}

template <class Self>
dataset defaults<Self>::read(const std::string& root) {
  static_assert(PublishedDataset<Self>);
  return Self::read_at(find_places(describe<Self>(), root));
}

}  // namespace coop::published

#endif
