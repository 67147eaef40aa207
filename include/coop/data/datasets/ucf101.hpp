// SPDX-License-Identifier: MIT
//
// UCF101 (K. Soomro, A. R. Zamir, M. Shah): 101 actions, the middle frame of each video as a picture. The
// first of the three official divisions.
#ifndef COOP_DATA_DATASETS_UCF101_HPP
#define COOP_DATA_DATASETS_UCF101_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/division.hpp>
#include <coop/data/datasets/official_lists.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/error.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace coop::published {

/// Actions of people, "Apply_Eye_Makeup".
struct ucf101 : defaults<ucf101> {
  static constexpr std::string_view name = "UCF101";
  static constexpr std::string_view folder = "ucf101";
  static constexpr std::string_view pictures = "UCF-101-midframes";
  static constexpr std::string_view split = "split_zhou_UCF101.json";
  static constexpr std::string_view prompt = "a photo of a person doing {}.";
  static constexpr counts size{.classes = 101, .train = 7639, .val = 1898, .test = 3783};
  static constexpr std::array annotations{std::string_view("ucfTrainTestlist/classInd.txt"),
                                          std::string_view("ucfTrainTestlist/trainlist01.txt"),
                                          std::string_view("ucfTrainTestlist/testlist01.txt")};
  static constexpr std::array other_folders{std::string_view("UCF-101-midframes")};
  static constexpr std::array other_places{
      other_place{"UCF-101-midframes/UCF-101-midframes", "UCF-101-midframes"},
      other_place{"UCF101TrainTestSplits-RecognitionTask/ucfTrainTestlist", "ucfTrainTestlist"}};

  /// By the split file; without one the official lists count, with a fifth of trainlist01.txt as val, which
  /// is not the published split.
  static dataset read_at(const places& at) {
    if (!at.split.empty()) return split_file_dataset(at.split, at.pictures);
    const std::filesystem::path lists = std::filesystem::path(at.folder) / "ucfTrainTestlist";
    coop::detail::class_list actions((lists / "classInd.txt").string());
    dataset set;
    for (const auto& line : coop::detail::official_lines((lists / "classInd.txt").string())) {
      const auto [number, action] = coop::detail::first_word(line, "<number> <action>");
      const index_t label = coop::detail::label_from_one(number, line.title);
      check<io_error>(label == index_t(set.class_names.size()), [&, &number = number] {
        return line.title + ": class number: expected " + std::to_string(set.class_names.size() + 1) +
               ", got " + number;
      });
      actions.add(action, line.title);
      set.class_names.push_back(words_of(action));
    }
    const auto part = [&](const char* file) {
      std::vector<sample> samples;
      for (const auto& line : coop::detail::official_lines((lists / file).string())) {
        const std::string video = line.text.substr(0, line.text.find(' '));
        const std::size_t slash = video.find('/');
        check<io_error>(slash != std::string::npos && video.ends_with(".avi"), [&] {
          return line.title + ": expected a video like Archery/v_Archery_g01_c01.avi, got '" + video + "'";
        });
        const index_t label = actions.label(video.substr(0, slash), line.title);
        const std::string frame = video.substr(slash + 1, video.size() - slash - 5) + ".jpg";
        samples.push_back(
            {(std::filesystem::path(at.pictures) / set.class_names[std::size_t(label)] / frame).string(),
             label});
      }
      return samples;
    };
    coop::detail::take_fifth_for_validation(part("trainlist01.txt"), set);
    set.test = part("testlist01.txt");
    return set;
  }

 private:
  /// "YoYo" is "Yo_Yo": also the folder of the action's frames.
  static std::string words_of(const std::string& action) {
    std::string words;
    for (const char c : action) {
      if (c >= 'A' && c <= 'Z' && !words.empty()) words += '_';
      words += c;
    }
    return words;
  }
};

}  // namespace coop::published

#endif
