// SPDX-License-Identifier: MIT
//
// Pictures with labels, and class names: a plain value that every reader here makes and everyone else only
// reads. Readers: a folder of class folders, a list file, the published split files (JSON), and pictures in
// memory. Labels count from 0 and index the names; no reader keys anything by name, because names may occur
// twice.
#ifndef COOP_DATA_DATASET_HPP
#define COOP_DATA_DATASET_HPP

#include <coop/data/image.hpp>
#include <coop/data/python_random.hpp>
#include <coop/error.hpp>
#include <coop/io/json.hpp>
#include <coop/io/sha256.hpp>
#include <coop/io/text.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace coop {

/// One picture: a file, or pixels in memory, and then `path` is only what messages call it.
struct sample {
  std::string path;                               ///< of its file, or empty
  index_t label = 0;                              ///< of its class, from 0
  std::shared_ptr<const image> pixels = nullptr;  ///< where there is no file
};

/// Class names and three lists; `val` and `test` may be empty.
struct dataset {
  std::vector<std::string> class_names;  // by label
  std::vector<sample> train;             ///< all that shots are drawn from
  std::vector<sample> val;               ///< may be empty
  std::vector<sample> test;              ///< what accuracy is measured on
};

/// What the rest of the library asks of a data set.
template <class S>
concept Dataset = requires(const S& set) {
  { set.class_names } -> std::convertible_to<const std::vector<std::string>&>;
  { set.train } -> std::convertible_to<const std::vector<sample>&>;
  { set.val } -> std::convertible_to<const std::vector<sample>&>;
  { set.test } -> std::convertible_to<const std::vector<sample>&>;
};

static_assert(Dataset<dataset>);

/// How a reader divides pictures that come undivided: class by class, shuffled by the seed.
struct split_options {
  std::uint64_t seed = 1;      ///< of the division
  double test_fraction = 0.5;  ///< share of each class's pictures
};

namespace detail {

/// Decides for a folder or list without division. Of each class round(n * test_fraction) pictures are tested,
/// but where there are two or more at least one is learned from and one tested; a single one is learned from.
inline dataset divide(std::vector<std::string> class_names, const std::vector<sample>& all,
                      split_options options, const std::string& source) {
  check<choice_error>(options.test_fraction >= 0 && options.test_fraction < 1, [&] {
    return source + ": test_fraction: expected at least 0 and less than 1, got " +
           std::to_string(options.test_fraction);
  });
  std::vector<std::vector<std::size_t>> of_class(class_names.size());
  for (std::size_t i = 0; i < all.size(); ++i) of_class[std::size_t(all[i].label)].push_back(i);

  std::vector<bool> tested(all.size(), false);
  python_random random(options.seed);
  for (std::vector<std::size_t>& indices : of_class) {
    random.shuffle(std::span(indices));
    const auto n = indices.size();
    auto count = static_cast<std::size_t>(std::nearbyint(double(n) * options.test_fraction));
    if (options.test_fraction > 0 && n >= 2) count = std::clamp(count, std::size_t(1), n - 1);
    if (n < 2) count = 0;
    for (std::size_t i = 0; i < count; ++i) tested[indices[i]] = true;
  }
  dataset divided{std::move(class_names), {}, {}, {}};
  for (std::size_t i = 0; i < all.size(); ++i) (tested[i] ? divided.test : divided.train).push_back(all[i]);
  return divided;
}

inline bool hidden(const std::filesystem::path& path) { return path.filename().string().starts_with('.'); }

/// By ending, in either case: jpg, jpeg, png.
inline bool named_as_picture(const std::filesystem::path& path) {
  const std::string ending = ascii_lower(path.extension().string());
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

/// What a path is, through links. A link that leads nowhere or in a circle leads to nothing; what may not be looked at is
/// an io_error.
inline std::filesystem::file_status looked_at(const std::filesystem::path& path) {
  std::error_code failed;
  const std::filesystem::file_status status = std::filesystem::status(path, failed);
  if (failed == std::errc::too_many_symbolic_link_levels || failed == std::errc::filename_too_long)
    return std::filesystem::file_status(std::filesystem::file_type::not_found);
  check<io_error>(status.type() != std::filesystem::file_type::none,
                  [&] { return path.string() + ": cannot be looked at: " + failed.message(); });
  return status;
}

/// Whether a path is a folder.
inline bool is_folder(const std::filesystem::path& path) {
  return std::filesystem::is_directory(looked_at(path));
}

/// Whether a path is anything.
inline bool is_there(const std::filesystem::path& path) { return std::filesystem::exists(looked_at(path)); }

/// The path from the root of the file system on; where there is no current directory to begin at, an io_error.
inline std::filesystem::path absolute_path(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::path found = std::filesystem::absolute(path, failed);
  check<io_error>(!failed, [&] { return path.string() + ": cannot be found: " + failed.message(); });
  return found;
}

/// What a folder holds, without what is hidden, sorted by the bytes of the names: no file system's order
/// matters.
inline std::vector<std::filesystem::path> sorted_entries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code failed;
  std::filesystem::directory_iterator at(folder, failed);
  for (; !failed && at != std::filesystem::directory_iterator(); at.increment(failed)) {
    if (!hidden(at->path())) paths.push_back(at->path());
  }
  check<io_error>(!failed, [&] { return folder.string() + ": cannot read the folder: " + failed.message(); });
  std::sort(paths.begin(), paths.end(), [](const auto& a, const auto& b) { return a.native() < b.native(); });
  return paths;
}

/// The sorted names of the class folders inside `root`.
inline std::vector<std::string> class_folders(const std::filesystem::path& root) {
  std::vector<std::string> names;
  for (const std::filesystem::path& path : sorted_entries(root)) {
    if (is_folder(path)) names.push_back(path.filename().string());
  }
  check<io_error>(!names.empty(),
                  [&] { return root.string() + ": expected a folder for each class, got none"; });
  return names;
}

/// The pictures of one class folder, sorted; none is an io_error.
inline std::vector<sample> class_pictures(const std::filesystem::path& folder, index_t label) {
  std::vector<sample> samples;
  for (const std::filesystem::path& path : sorted_entries(folder)) {
    if (named_as_picture(path) && !is_folder(path)) samples.push_back({path.string(), label});
  }
  check<io_error>(!samples.empty(), [&] {
    return folder.string() + ": empty class folder: expected jpg, jpeg or png files, got none";
  });
  return samples;
}

/// The pictures of all class folders of `root`, whose names must be among `class_names`.
inline std::vector<sample> folder_samples(const std::filesystem::path& root,
                                          const std::vector<std::string>& class_names) {
  std::vector<sample> samples;
  for (const std::string& name : class_folders(root)) {
    const auto known = std::lower_bound(class_names.begin(), class_names.end(), name);
    const std::filesystem::path folder = root / name;
    check<io_error>(known != class_names.end() && *known == name, [&] {
      return folder.string() + ": a class that the training pictures do not have: '" + name + "'";
    });
    const auto label = static_cast<index_t>(known - class_names.begin());
    for (sample& each : class_pictures(folder, label)) samples.push_back(std::move(each));
  }
  return samples;
}

/// Collects the class names that lines of a file give labels, and refuses contradictions and gaps.
class label_names {
 public:
  void add(index_t label, const std::string& name, const std::string& title) {
    const named& known = names_.emplace(label, named{name, title}).first->second;  // the first line decides
    check<io_error>(known.name == name, [&] {
      return title + ": label " + std::to_string(label) + ": expected the class name '" + known.name +
             "' as in " + known.title + ", got '" + name + "'";
    });
  }

  [[nodiscard]] std::vector<std::string> by_label(const std::string& source) const {
    std::vector<std::string> names;
    for (const auto& [label, known] : names_) {
      check<io_error>(label == index_t(names.size()), [&] {
        return source + ": labels: expected every number from 0 to " +
               std::to_string(names_.rbegin()->first) + ", got no picture of label " +
               std::to_string(names.size());
      });
      names.push_back(known.name);
    }
    return names;
  }

 private:
  struct named {
    std::string name;
    std::string title;
  };
  std::map<index_t, named> names_;
};

}  // namespace detail

/**
 * A folder of pictures. Either `root` holds `train` and `test` (and perhaps `val`), each with a folder for
 * each class; or `root` holds the class folders, and every class is divided by the seed. Class names are the
 * folders' names as they are, sorted by their bytes. Hidden files and files of other endings are passed over;
 * a class folder without pictures, and a class in `test` or `val` that `train` does not have, are io_errors.
 */
inline dataset folder_dataset(const std::string& root, split_options options = {}) {
  const std::filesystem::path base(root);
  check<io_error>(detail::is_folder(base),
                  [&] { return root + ": expected a folder of pictures, got none"; });
  const std::filesystem::path train = base / "train";
  const std::filesystem::path val = base / "val";
  const std::filesystem::path test = base / "test";
  if (!detail::is_folder(train) || !detail::is_folder(test)) {
    std::vector<std::string> names = detail::class_folders(base);
    const std::vector<sample> all = detail::folder_samples(base, names);
    return detail::divide(std::move(names), all, options, root);
  }
  dataset set;
  set.class_names = detail::class_folders(train);
  set.train = detail::folder_samples(train, set.class_names);
  if (detail::is_folder(val)) set.val = detail::folder_samples(val, set.class_names);
  set.test = detail::folder_samples(test, set.class_names);
  return set;
}

/// What a list's digests are good for: to refuse a picture that has changed, or nothing.
enum class list_digests : std::uint8_t { checked, ignored };

/**
 * A list file (io/text.hpp): `path, label, class name` and perhaps `train`, `val` or `test` in each line.
 * Paths are relative to the list. Without the fourth column every class is divided by the seed. A list with
 * digests promises bytes: each picture is read and compared here, once, before anything is made of it, and
 * the first that has changed is an io_error. Decoders see no list, so this is where it can be noticed at all.
 */
inline dataset list_dataset(const std::string& file, split_options options = {},
                            list_digests digests = list_digests::checked) {
  const std::vector<list_row> rows = read_list(file);
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  detail::label_names names;
  dataset set;
  std::vector<sample> undivided;
  for (const list_row& row : rows) {
    const std::string title = line_title(file, row.line);
    names.add(row.label, row.name, title);
    sample s{(folder / row.path).string(), row.label};
    if (digests == list_digests::checked && !row.sha256.empty()) {
      const std::string found = sha256_file(s.path);
      check<io_error>(found == row.sha256, [&] {
        return title + ": " + s.path + ": the picture has changed: SHA-256: expected " + row.sha256 +
               ", got " + found;
      });
    }
    if (row.split == "train") {
      set.train.push_back(std::move(s));
    } else if (row.split == "val") {
      set.val.push_back(std::move(s));
    } else if (row.split == "test") {
      set.test.push_back(std::move(s));
    } else {
      check<io_error>(row.split.empty(), [&] {
        return title + ": split: expected train, val or test, got '" + row.split + "'";
      });
      undivided.push_back(std::move(s));
    }
  }
  check<io_error>(undivided.empty() || undivided.size() == rows.size(), [&] {
    return file + ": split: expected a word in all lines or in none, got " +
           std::to_string(undivided.size()) + " of " + std::to_string(rows.size()) + " lines without";
  });
  set.class_names = names.by_label(file);
  return undivided.empty() ? set : detail::divide(std::move(set.class_names), undivided, options, file);
}

/// Bytes of a split file: ImageNet's would have a third of that.
inline constexpr std::size_t greatest_split_file = std::size_t(1) << 28;

/**
 * A split file as the CoOp project publishes them: {"train": [[path, label, name], ...], "val": ..., "test":
 * ...}, paths relative to `pictures`. The order of the lists is kept, because few-shot draws depend on it.
 */
inline dataset split_file_dataset(const std::string& file, const std::string& pictures) {
  const json whole = parse_json(read_file(file, greatest_split_file), file);
  check<io_error>(whole.is_object(), [&] { return file + ": expected an object of train, val and test"; });
  detail::label_names names;
  const auto read = [&](const char* part) {
    check<io_error>(whole.contains(part) && whole[part].is_array(),
                    [&] { return file + ": '" + part + "': expected an array"; });
    std::vector<sample> samples;
    for (const json& item : whole[part]) {
      const std::string title = file + ": " + part + "[" + std::to_string(samples.size()) + "]";
      check<io_error>(item.is_array() && item.size() == 3 && item[0].is_string() &&
                          item[1].is_number_unsigned() && item[1].get<std::uint64_t>() < (1u << 30) &&
                          item[2].is_string(),
                      [&] { return title + ": expected [path, label, class name]"; });
      const auto label = item[1].get<index_t>();
      names.add(label, item[2].get<std::string>(), title);
      std::string path = item[0].get<std::string>();
      path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
      samples.push_back({(std::filesystem::path(pictures) / path).string(), label});
    }
    return samples;
  };
  dataset set;
  set.train = read("train");
  set.val = read("val");
  set.test = read("test");
  set.class_names = names.by_label(file);
  return set;
}

/// A picture in memory with its label.
struct labelled_image {
  /// RGB.
  image pixels;
  index_t label = 0;  ///< of its class, from 0
};

/// Pictures in memory. Messages call them "train 0", "test 7".
inline dataset memory_dataset(std::vector<std::string> class_names, std::vector<labelled_image> train,
                              std::vector<labelled_image> test) {
  dataset set{std::move(class_names), {}, {}, {}};
  const auto classes = static_cast<index_t>(set.class_names.size());
  const auto take = [&](std::vector<labelled_image>& pictures, const char* part) {
    std::vector<sample> samples;
    for (labelled_image& picture : pictures) {
      std::string name = std::string(part) + " " + std::to_string(samples.size());
      check<choice_error>(picture.label >= 0 && picture.label < classes, [&] {
        return "memory_dataset: " + name + ": label: expected from 0 to " + std::to_string(classes - 1) +
               ", got " + std::to_string(picture.label);
      });
      samples.push_back(
          {std::move(name), picture.label, std::make_shared<const image>(std::move(picture.pixels))});
    }
    return samples;
  };
  set.train = take(train, "train");
  set.test = take(test, "test");
  return set;
}

}  // namespace coop

#endif
