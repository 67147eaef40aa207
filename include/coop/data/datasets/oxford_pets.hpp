// SPDX-License-Identifier: MIT
//
// Oxford-IIIT Pet (O. M. Parkhi, A. Vedaldi, A. Zisserman, C. V. Jawahar): 37 breeds of cats and dogs, all
// pictures in one folder, their names begin with the breed.
#ifndef COOP_DATA_DATASETS_OXFORD_PETS_HPP
#define COOP_DATA_DATASETS_OXFORD_PETS_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/division.hpp>
#include <coop/data/datasets/official_lists.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/error.hpp>
#include <coop/io/text.hpp>  // ascii_lower

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace coop::published {

/// Breeds of cats and dogs.
struct oxford_pets : defaults<oxford_pets> {
  static constexpr std::string_view name = "OxfordPets";
  static constexpr std::string_view folder = "oxford_pets";
  static constexpr std::string_view pictures = "images";
  static constexpr std::string_view split = "split_zhou_OxfordPets.json";
  static constexpr std::string_view prompt = "a photo of a {}, a type of pet.";
  static constexpr counts size{.classes = 37, .train = 2944, .val = 736, .test = 3669};
  static constexpr std::array annotations{std::string_view("annotations/trainval.txt"),
                                          std::string_view("annotations/test.txt")};
  static constexpr std::array other_folders{
      std::string_view("oxford-iiit-pet"), std::string_view("oxford-iiit-pets"),
      std::string_view("the-oxfordiiit-pet-dataset"), std::string_view("pets")};
  static constexpr std::array other_places{other_place{"images/images", "images"},
                                           other_place{"annotations/annotations", "annotations"},
                                           other_place{"oxford-iiit-pet/images", "images"},
                                           other_place{"oxford-iiit-pet/annotations", "annotations"}};

  /// By the split file; without one the official lists count, with a fifth of trainval.txt as val, which is
  /// not the published split.
  static dataset read_at(const places& at) {
    if (!at.split.empty()) return split_file_dataset(at.split, at.pictures);
    coop::detail::label_names names;
    const std::filesystem::path folder_of_lists = std::filesystem::path(at.folder) / "annotations";
    const auto read_list_of = [&](const char* file) {
      std::vector<sample> samples;
      for (const auto& line : coop::detail::official_lines((folder_of_lists / file).string())) {
        const auto [picture, numbers] = coop::detail::first_word(line, "<picture> <class> <species> <breed>");
        const std::string digits = numbers.substr(0, numbers.find(' '));
        const index_t label = coop::detail::label_from_one(digits, line.title);
        names.add(label, breed(picture, line.title), line.title);
        samples.push_back({(std::filesystem::path(at.pictures) / (picture + ".jpg")).string(), label});
      }
      return samples;
    };
    dataset set;
    coop::detail::take_fifth_for_validation(read_list_of("trainval.txt"), set);
    set.test = read_list_of("test.txt");
    set.class_names = names.by_label(folder_of_lists.string());
    return set;
  }

 private:
  /// "Maine_Coon_12" is a maine_coon.
  static std::string breed(const std::string& picture, const std::string& title) {
    const std::size_t number = picture.rfind('_');
    check<io_error>(number != std::string::npos && number > 0, [&] {
      return title + ": picture: expected a name like Breed_12, got '" + picture + "'";
    });
    return ascii_lower(picture.substr(0, number));
  }
};

}  // namespace coop::published

#endif
