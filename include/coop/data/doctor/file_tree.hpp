// SPDX-License-Identifier: MIT
//
// The files below a folder as relative paths, and what they would be called after moves that nobody has made
// yet: so that findings can build on each other, and the disk is only looked at.
#ifndef COOP_DATA_DOCTOR_FILE_TREE_HPP
#define COOP_DATA_DOCTOR_FILE_TREE_HPP

#include <coop/data/dataset.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace coop::detail {

/// "a/b" of a and b, either of which may be empty.
inline std::string joined(std::string_view a, std::string_view b) {
  if (a.empty()) return std::string(b);
  return b.empty() ? std::string(a) : std::string(a) + "/" + std::string(b);
}

/// Whether `path` lies below `folder`; everything lies below the empty one.
inline bool lies_below(std::string_view path, std::string_view folder) {
  return folder.empty() ||
         (path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder));
}

/// What follows "folder/".
inline std::string below(std::string_view path, std::string_view folder) {
  return std::string(folder.empty() ? path : path.substr(folder.size() + 1));
}

inline std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash));
}

inline std::string file_of(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));  // npos + 1 is 0
}

/// Sorted relative paths, with moves.
class file_tree {
 public:
  /// The files below `base`, as if they lay below `prefix`. Hidden ones are left out; links are followed.
  explicit file_tree(const std::filesystem::path& base, const std::string& prefix = {}) : base_(base) {
    if (!prefix.empty()) moves_.push_back({"", prefix});
    namespace fs = std::filesystem;
    constexpr std::size_t limit = 8'000'000;
    std::error_code failed;
    fs::recursive_directory_iterator at(base, fs::directory_options::follow_directory_symlink, failed);
    for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
      if (hidden(at->path())) {
        at.disable_recursion_pending();
        continue;
      }
      std::error_code ignored;  // a link that leads nowhere is no folder
      if (at->is_symlink(ignored) && leads_upwards(at->path())) {
        at.disable_recursion_pending();
        continue;
      }
      if (at->is_directory(ignored)) continue;
      check<io_error>(files_.size() < limit, [&] {
        return base.string() + ": too many files: expected at most " + std::to_string(limit);
      });
      files_.push_back(joined(prefix, at->path().string().substr(base.string().size() + 1)));
    }
    check<io_error>(!failed, [&] { return base.string() + ": cannot read the folder: " + failed.message(); });
    std::sort(files_.begin(), files_.end());
  }

  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

  [[nodiscard]] bool has_file(const std::string& path) const {
    return std::binary_search(files_.begin(), files_.end(), path);
  }
  [[nodiscard]] bool has_folder(const std::string& path) const {
    if (path.empty()) return !files_.empty();
    const auto at = std::lower_bound(files_.begin(), files_.end(), path + "/");
    return at != files_.end() && lies_below(*at, path);
  }

  /// The files below `folder`, relative to it.
  [[nodiscard]] std::vector<std::string> files_below(const std::string& folder) const {
    std::vector<std::string> found;
    for (const std::string& file : files_) {
      if (lies_below(file, folder)) found.push_back(below(file, folder));
    }
    return found;
  }

  /// Names of the folders directly in `folder`.
  [[nodiscard]] std::vector<std::string> folders_in(const std::string& folder) const {
    std::vector<std::string> found;
    for (const std::string& file : files_) {
      if (!lies_below(file, folder)) continue;
      const std::string rest = below(file, folder);
      const std::size_t slash = rest.find('/');
      if (slash == std::string::npos) continue;
      if (found.empty() || found.back() != rest.substr(0, slash)) found.push_back(rest.substr(0, slash));
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  /// As if what is below `from` lay below `to`.
  void move(const std::string& from, const std::string& to) {
    moves_.push_back({from, to});
    for (std::string& file : files_) {
      if (lies_below(file, from)) file = joined(to, below(file, from));
    }
    std::sort(files_.begin(), files_.end());
  }

  /// As if all files below `from`, however deep, lay in `to` itself.
  void gather(const std::string& from, const std::string& to) {
    for (std::string& file : files_) {
      if (lies_below(file, from)) file = joined(to, file_of(file));
    }
    std::sort(files_.begin(), files_.end());
  }

  /// Where a path (but not one that was gathered) really is; if nowhere, where it would be without moves.
  [[nodiscard]] std::filesystem::path actual(const std::string& path) const {
    std::filesystem::path found = before(path, moves_.size());
    return found.empty() ? at(path) : found;
  }

 private:
  /// Whether a link leads to a folder that it lies in, so that there is no end of what is below it.
  [[nodiscard]] static bool leads_upwards(const std::filesystem::path& link) {
    for (std::filesystem::path above = absolute_path(link).parent_path();; above = above.parent_path()) {
      std::error_code ignored;
      if (std::filesystem::equivalent(above, link, ignored)) return true;
      if (above == above.parent_path()) return false;
    }
  }

  struct moved {
    std::string from;
    std::string to;
  };

  [[nodiscard]] std::filesystem::path at(const std::string& path) const {
    return path.empty() ? base_ : base_ / path;
  }

  /// What exists and came to be called `path` by the first `moves` moves.
  [[nodiscard]] std::filesystem::path before(const std::string& path, std::size_t moves) const {
    if (moves == 0) return is_there(at(path)) ? at(path) : std::filesystem::path();
    const auto& [from, to] = moves_[moves - 1];
    if (path == to || lies_below(path, to)) {
      const std::string earlier = path == to ? from : joined(from, below(path, to));
      std::filesystem::path found = before(earlier, moves - 1);
      if (!found.empty()) return found;
    }
    return before(path, moves - 1);
  }

  std::filesystem::path base_;
  std::vector<std::string> files_;
  std::vector<moved> moves_;
};

}  // namespace coop::detail

#endif
