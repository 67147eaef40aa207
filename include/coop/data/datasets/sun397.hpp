// SPDX-License-Identifier: MIT
//
// SUN397 (J. Xiao, J. Hays, K. A. Ehinger, A. Oliva, A. Torralba): 397 scenes, in folders by their first
// letter.
#ifndef COOP_DATA_DATASETS_SUN397_HPP
#define COOP_DATA_DATASETS_SUN397_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/division.hpp>
#include <coop/data/datasets/official_lists.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace coop::published {

/// Scenes; "indoor" and "outdoor" are put first.
struct sun397 : defaults<sun397> {
  static constexpr std::string_view name = "SUN397";
  static constexpr std::string_view folder = "sun397";
  static constexpr std::string_view pictures = "SUN397";
  static constexpr std::string_view split = "split_zhou_SUN397.json";
  static constexpr counts size{.classes = 397, .train = 15880, .val = 3970, .test = 19850};
  static constexpr std::array annotations{std::string_view("ClassName.txt"),
                                          std::string_view("Training_01.txt"),
                                          std::string_view("Testing_01.txt")};
  static constexpr std::array other_places{other_place{"SUN397/SUN397", "SUN397"},
                                           other_place{"sun397/SUN397", "SUN397"}};

  /// By the split file; without one the official lists count, with a fifth of Training_01.txt as val, which
  /// is not the published split.
  static dataset read_at(const places& at) {
    if (!at.split.empty()) return split_file_dataset(at.split, at.pictures);
    const std::filesystem::path lists = at.folder;
    coop::detail::class_list classes((lists / "ClassName.txt").string());
    dataset set;
    for (const auto& line : coop::detail::official_lines((lists / "ClassName.txt").string())) {
      classes.add(without_slash(line), line.title);
      set.class_names.push_back(scene(without_slash(line), line.title));
    }
    const auto part = [&](const char* file) {
      std::vector<sample> samples;
      for (const auto& line : coop::detail::official_lines((lists / file).string())) {
        const std::string picture = without_slash(line);
        const std::string class_path = picture.substr(0, std::min(picture.rfind('/'), picture.size()));
        samples.push_back(
            {(std::filesystem::path(at.pictures) / picture).string(), classes.label(class_path, line.title)});
      }
      return samples;
    };
    coop::detail::take_fifth_for_validation(part("Training_01.txt"), set);
    set.test = part("Testing_01.txt");
    return set;
  }

 private:
  static std::string without_slash(const coop::detail::official_line& line) {
    check<io_error>(line.text.size() > 1 && line.text.front() == '/',
                    [&] { return line.title + ": expected a path like /a/abbey, got '" + line.text + "'"; });
    return line.text.substr(1);
  }

  /// "c/church/outdoor" is "outdoor church".
  static std::string scene(const std::string& path, const std::string& title) {
    std::size_t end = path.size();
    std::string words;
    for (;;) {
      const std::size_t slash = path.rfind('/', end - 1);
      if (slash == std::string::npos || slash == 0) break;
      words += (words.empty() ? "" : " ") + path.substr(slash + 1, end - slash - 1);
      end = slash;
    }
    check<io_error>(!words.empty(),
                    [&] { return title + ": expected a path like /a/abbey, got '/" + path + "'"; });
    return words;
  }
};

}  // namespace coop::published

#endif
