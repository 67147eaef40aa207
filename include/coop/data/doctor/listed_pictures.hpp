// SPDX-License-Identifier: MIT
//
// Pictures that lists name against pictures that are there. What does not fit is explained by folders of
// other names, by other beginnings or endings of the files' names, and by files that lie elsewhere; the rest
// is missing, or named by no list.
#ifndef COOP_DATA_DOCTOR_LISTED_PICTURES_HPP
#define COOP_DATA_DOCTOR_LISTED_PICTURES_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/doctor/diagnosis.hpp>
#include <coop/data/doctor/file_tree.hpp>
#include <coop/data/doctor/renamed.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop::detail {

/// A path without the ending of its file.
inline std::string without_ending(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return path;
  return path.substr(0, dot);
}

/// ".jpg", or nothing.
inline std::string ending_of(const std::string& path) { return path.substr(without_ending(path).size()); }

/// A path up to the last underscore of its file, by which flat data sets begin the names of a class.
inline std::string beginning_of(const std::string& path) {
  const std::size_t mark = path.rfind('_');
  const std::size_t slash = path.rfind('/');
  if (mark == std::string::npos || (slash != std::string::npos && mark < slash)) return {};
  return path.substr(0, mark);
}

/// Compares, and explains what it can. Paths are relative to `pictures`, which is as mends are to call it.
class picture_comparison {
 public:
  picture_comparison(const std::vector<std::string>& listed, const std::vector<std::string>& present,
                     std::filesystem::path pictures)
      : pictures_(std::move(pictures)) {
    const std::set<std::string> there(present.begin(), present.end());
    for (const std::string& path : listed) {
      (there.count(path) != 0 ? known_ : missing_).insert(path);
    }
    for (const std::string& path : there) {
      if (known_.count(path) == 0) extra_.insert(path);
    }
  }

  /// The findings, those that are mended by moving first.
  std::vector<finding> findings() {
    explain_folders();
    explain_beginnings();
    explain_endings();
    explain_places();
    if (!missing_.empty()) {
      found_.push_back({severity::error,
                        pictures_.string() + ": " + counted(missing_.size(), "listed picture") +
                            " missing: " + few_names(missing_),
                        "unpack the archive of the pictures again"});
    }
    if (!extra_.empty()) {
      found_.push_back({severity::note,
                        pictures_.string() + ": " + counted(extra_.size(), "picture") +
                            " that no list names: " + few_names(extra_) + "; not read",
                        ""});
    }
    return std::move(found_);
  }

 private:
  static std::string counted(std::size_t number, const std::string& noun) {
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
  }

  using groups = std::map<std::string, std::vector<std::string>>;

  template <class KeyOf>
  static groups grouped(const std::set<std::string>& paths, KeyOf key_of) {
    groups all;
    for (const std::string& path : paths) all[key_of(path)].push_back(path);
    return all;
  }

  /// Keys of the groups in `from` that neither `others` nor `known` has.
  static std::vector<std::string> only_in(const groups& from, const groups& others, const groups& known) {
    std::vector<std::string> keys;
    for (const auto& [key, paths] : from) {
      if (!key.empty() && others.count(key) == 0 && known.count(key) == 0) keys.push_back(key);
    }
    return keys;
  }

  /// The extra picture `from` is the missing one `to`, or would at least be called so.
  bool take(const std::string& from, const std::string& to) {
    extra_.erase(from);
    if (missing_.erase(to) != 0) return known_.insert(to).second;
    extra_.insert(to);
    return false;
  }

  void explain_folders() {
    const auto key = [](const std::string& path) { return folder_of(path); };
    const groups missing = grouped(missing_, key);
    const groups extra = grouped(extra_, key);
    const groups known = grouped(known_, key);
    std::vector<std::string> lost = only_in(missing, extra, known);
    std::vector<std::string> strange = only_in(extra, missing, known);

    std::vector<std::pair<std::string, std::string>> renamed = same_pictures(missing, extra, lost, strange);
    for (const auto& [from, to] : renamed) {
      std::erase(lost, to);
      std::erase(strange, from);
    }
    std::vector<expected_name> expected;
    for (const std::string& each : lost) expected.push_back({each});
    for (const auto& [m, u] : match_names(expected, strange)) renamed.emplace_back(strange[u], lost[m]);

    std::vector<finding> found;
    for (const auto& [from, to] : renamed) {
      for (const std::string& path : extra.at(from)) take(path, joined(to, below(path, from)));
      found.push_back({severity::error,
                       (pictures_ / to).string() + ": no such folder; " + from + " looks like it",
                       move_command(pictures_ / from, pictures_ / to)});
    }
    add_few(found_, std::move(found), "folders with other names");
  }

  /// Folders of other names that hold the very pictures of a missing one. Names of files count only where one
  /// folder alone has them: every class of some data sets has a picture called 1.jpg.
  std::vector<std::pair<std::string, std::string>> same_pictures(
      const groups& missing, const groups& extra, const std::vector<std::string>& lost,
      const std::vector<std::string>& strange) const {
    std::map<std::string, std::size_t> lists;
    for (const auto* paths : {&missing_, &known_}) {
      for (const std::string& path : *paths) ++lists[file_of(path)];
    }
    std::map<std::string, std::pair<std::size_t, std::string>> holder;  // a file: how often, and where
    for (const std::string& folder : strange) {
      for (const std::string& path : extra.at(folder)) {
        auto& [times, where] = holder[file_of(path)];
        ++times;
        where = folder;
      }
    }
    std::vector<std::pair<std::string, std::string>> renamed;
    std::set<std::string> used;
    for (const std::string& folder : lost) {
      std::map<std::string, std::size_t> votes;
      const std::vector<std::string>& paths = missing.at(folder);
      for (const std::string& path : paths) {
        const auto at = holder.find(file_of(path));
        if (at != holder.end() && at->second.first == 1 && lists[at->first] == 1) ++votes[at->second.second];
      }
      for (const auto& [from, count] : votes) {
        // Most of both, so that a folder into which several were poured is none of them.
        if (2 * count <= paths.size() || 2 * count <= extra.at(from).size() || !used.insert(from).second)
          continue;
        renamed.emplace_back(from, folder);
        break;
      }
    }
    return renamed;
  }

  void explain_beginnings() {
    const groups missing = grouped(missing_, beginning_of);
    const groups extra = grouped(extra_, beginning_of);
    const groups known = grouped(known_, beginning_of);
    const std::vector<std::string> strange = only_in(extra, missing, known);
    std::vector<expected_name> lost;
    for (const std::string& each : only_in(missing, extra, known)) lost.push_back({each});
    std::vector<finding> found;
    for (const auto& [m, u] : match_names(lost, strange)) {
      const std::string& from = strange[u];
      const std::string& to = lost[m].name;
      if (folder_of(from) != folder_of(to)) continue;
      for (const std::string& path : extra.at(from)) take(path, to + path.substr(from.size()));
      found.push_back({severity::error,
                       pictures_.string() + ": no pictures " + to + "_*; " + from + "_* look like them",
                       "for f in " + quoted(pictures_ / (from + "_")) + "*; do mv \"$f\" " +
                           quoted(pictures_ / (to + "_")) + "\"${f##*_}\"; done"});
    }
    add_few(found_, std::move(found), "beginnings of names that differ");
  }

  void explain_endings() {
    std::map<std::string, std::string> by_stem;
    for (const std::string& path : extra_) by_stem.emplace(without_ending(path), path);
    std::map<std::pair<std::string, std::string>, std::size_t> changed;
    const std::set<std::string> before = missing_;
    for (const std::string& path : before) {
      const auto at = by_stem.find(without_ending(path));
      if (at == by_stem.end() || !named_as_picture(path)) continue;
      if (take(at->second, path)) ++changed[{ending_of(at->second), ending_of(path)}];
    }
    for (const auto& [endings, count] : changed) {
      const auto& [from, to] = endings;
      // The kind of a picture is told by its bytes, so that a PNG may well be called .jpg.
      const bool same_kind = letters_and_digits(from).substr(0, 1) == letters_and_digits(to).substr(0, 1);
      found_.push_back({severity::error,
                        pictures_.string() + ": " + counted(count, "listed picture") + " end" +
                            (count == 1 ? "s" : "") + " in " + from + " instead of " + to +
                            (same_kind ? "" : ": a copy stored anew, whose pixels may differ"),
                        "find " + quoted(pictures_) + " -name '*" + from + "' -exec sh -c 'mv \"$1\" \"${1%" +
                            from + "}" + to + "\"' _ {} \\;"});
    }
  }

  void explain_places() {
    std::map<std::string, std::vector<std::string>> elsewhere;
    for (const std::string& path : extra_) elsewhere[file_of(path)].push_back(path);
    const groups wanted = grouped(missing_, [](const std::string& path) { return file_of(path); });
    std::map<std::string, std::vector<std::string>> moved;  // by the folder they belong into
    for (const auto& [file, paths] : wanted) {
      const auto at = elsewhere.find(file);
      if (paths.size() != 1 || at == elsewhere.end() || at->second.size() != 1) continue;
      if (take(at->second[0], paths[0])) moved[folder_of(paths[0])].push_back(at->second[0]);
    }
    std::vector<finding> found;
    for (const auto& [to, from] : moved) {
      const std::filesystem::path target = to.empty() ? pictures_ : pictures_ / to;
      found.push_back({severity::error,
                       target.string() + ": " + counted(from.size(), "listed picture") + " of it lie" +
                           (from.size() == 1 ? "s" : "") + " elsewhere: " + few_names(from),
                       from.size() == 1 ? move_command(pictures_ / from[0], target / file_of(from[0]))
                                        : gather_command(from, to)});
    }
    add_few(found_, std::move(found), "folders whose pictures lie elsewhere");
  }

  /// Moves all files of the folders of `paths` into `to`, unless that would move others too.
  [[nodiscard]] std::string gather_command(const std::vector<std::string>& paths,
                                           const std::string& to) const {
    const std::filesystem::path target = to.empty() ? pictures_ : pictures_ / to;
    std::string common = folder_of(paths.front());
    for (const std::string& path : paths) {
      while (!lies_below(path, common)) common = folder_of(common);
    }
    const bool theirs_alone = !common.empty() && to != common && !lies_below(to, common) &&
                              std::none_of(known_.begin(), known_.end(), [&](const std::string& path) {
                                return lies_below(path, common) && folder_of(path) != to;
                              });
    if (!theirs_alone) return "move each into " + quoted(target);
    return "mkdir -p " + quoted(target) + " && find " + quoted(pictures_ / common) + " -type f -exec mv -t " +
           quoted(target) + " {} +";
  }

  std::filesystem::path pictures_;
  std::set<std::string> known_;    // listed and there
  std::set<std::string> missing_;  // listed
  std::set<std::string> extra_;    // there
  std::vector<finding> found_;
};

}  // namespace coop::detail

#endif
