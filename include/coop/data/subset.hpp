// SPDX-License-Identifier: MIT
//
// Subset manifests: which pictures were drawn, as a list that anybody can read, send and use again, with the
// digest of each picture's file. list_dataset() reads it; there is no cache that could be stale, and no
// absolute path.
#ifndef COOP_DATA_SUBSET_HPP
#define COOP_DATA_SUBSET_HPP

#include <coop/config.hpp>
#include <coop/data/dataset.hpp>
#include <coop/error.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/io/sha256.hpp>
#include <coop/io/text.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

namespace detail {

/// A field of a list with tabs, or an io_error.
inline const std::string& list_field(const std::string& text, const char* what, const std::string& file) {
  constexpr std::string_view breaking("\t\n\r\0", 4);
  check<io_error>(!text.empty() && text.find_first_of(breaking) == std::string::npos, [&] {
    return file + ": " + what + " '" + text + "': expected " +
           (text.empty() ? "a text, got nothing" : "no tab, line break or zero byte, got one");
  });
  return text;
}

/// Paths of pictures as a list in `folder` has them. A picture that is a link keeps its own name.
class relative_paths {
 public:
  explicit relative_paths(const std::string& list) : folder_(folder_of(list)) {}

  std::string operator()(const std::filesystem::path& picture) {
    const std::filesystem::path parent = picture.parent_path();
    if (parent != parent_ || shown_.empty()) {
      parent_ = parent;
      shown_ = folder_of(picture).lexically_relative(folder_);
    }
    std::string text = (shown_ == "." ? picture.filename() : shown_ / picture.filename()).string();
    if (text.front() == '#') text = "./" + text;  // lists begin remarks with it
    return text;
  }

 private:
  /// The folder that a path lies in, without links on the way.
  static std::filesystem::path folder_of(const std::filesystem::path& path) {
    std::error_code failed;
    std::filesystem::path folder =
        std::filesystem::weakly_canonical(absolute_path(path).parent_path(), failed);
    check<io_error>(!failed,
                    [&] { return path.string() + ": cannot follow its links: " + failed.message(); });
    return folder;
  }

  std::filesystem::path folder_;
  std::filesystem::path parent_;
  std::filesystem::path shown_;
};

}  // namespace detail

/**
 * Writes a data set as a list: `path, label, name, split, sha256` in a first line and then for each picture,
 * with tabs. Paths are relative to the list. `digest_of(sample)` gives 64 hexadecimal digits. A picture in
 * memory, a class without a picture, and a name or path that would break its line are io_errors; the file is
 * there whole or not at all.
 */
template <class DigestOf>
void write_subset(const std::string& path, const dataset& set, DigestOf&& digest_of) {
  detail::relative_paths relative(path);
  std::vector<bool> shown(set.class_names.size(), false);
  std::string text = "path\tlabel\tname\tsplit\tsha256\n";
  const auto add = [&](const std::vector<sample>& samples, const char* split) {
    for (const sample& s : samples) {
      check<io_error>(s.pixels == nullptr, [&] {
        return path + ": picture '" + s.path + "': expected a file, got pixels in memory";
      });
      COOP_ASSERT(s.label >= 0 && std::size_t(s.label) < set.class_names.size());
      shown[std::size_t(s.label)] = true;
      const std::string digest = digest_of(s);
      check<io_error>(is_sha256(digest), [&] {
        return path + ": sha256 of " + s.path + ": expected 64 digits, got '" + digest + "'";
      });
      text += detail::list_field(relative(s.path), "path", path) + "\t" + std::to_string(s.label) + "\t" +
              detail::list_field(set.class_names[std::size_t(s.label)], "class name", path) + "\t" + split +
              "\t" + digest + "\n";
    }
  };
  add(set.train, "train");
  add(set.val, "val");
  add(set.test, "test");
  const auto silent = std::find(shown.begin(), shown.end(), false);
  check<io_error>(silent == shown.end(), [&] {
    return path + ": class '" + set.class_names[std::size_t(silent - shown.begin())] +
           "': expected a picture of it, got none; a list cannot name it";
  });
  write_file(path, text);
}

/// The same with the digests of the files as they are now.
inline void write_subset(const std::string& path, const dataset& set) {
  write_subset(path, set, [](const sample& s) { return sha256_file(s.path); });
}

/// A picture of a list that is not what it was.
struct changed_picture {
  std::size_t line = 0;  ///< of the list, from 1
  std::string path;      ///< of the picture
  std::string what;      ///< expected and found
};

/// All pictures of a list whose files have changed or cannot be read, where list_dataset() stops at the first.
/// A list without digests is an io_error.
inline std::vector<changed_picture> verify_subset(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::vector<changed_picture> changed;
  for (const list_row& row : read_list(file)) {
    check<io_error>(!row.sha256.empty(), [&] {
      return line_title(file, row.line) +
             ": expected a list with digests (path, label, class name, split, "
             "sha256), got none";
    });
    const std::string picture = (folder / row.path).string();
    try {
      const std::string found = sha256_file(picture);
      if (found != row.sha256)
        changed.push_back({row.line, picture, "SHA-256: expected " + row.sha256 + ", got " + found});
    } catch (const io_error& problem) {
      changed.push_back({row.line, picture, problem.what()});
    }
  }
  return changed;
}

}  // namespace coop

#endif
