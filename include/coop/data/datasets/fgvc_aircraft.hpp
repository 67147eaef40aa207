// SPDX-License-Identifier: MIT
//
// FGVC-Aircraft (S. Maji and others): 100 variants of aircraft. There is no split file: the official lists
// divide the pictures.
#ifndef COOP_DATA_DATASETS_FGVC_AIRCRAFT_HPP
#define COOP_DATA_DATASETS_FGVC_AIRCRAFT_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/official_lists.hpp>
#include <coop/data/datasets/published.hpp>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace coop::published {

/// Variants of aircraft, "737-200".
struct fgvc_aircraft : defaults<fgvc_aircraft> {
  static constexpr std::string_view name = "FGVCAircraft";
  static constexpr std::string_view folder = "fgvc_aircraft";
  static constexpr std::string_view pictures = "images";
  static constexpr std::string_view prompt = "a photo of a {}, a type of aircraft.";
  static constexpr counts size{.classes = 100, .train = 3334, .val = 3333, .test = 3333};
  static constexpr std::array annotations{
      std::string_view("variants.txt"), std::string_view("images_variant_train.txt"),
      std::string_view("images_variant_val.txt"), std::string_view("images_variant_test.txt")};
  static constexpr std::array other_folders{std::string_view("fgvc-aircraft-2013b/fgvc-aircraft-2013b/data"),
                                            std::string_view("fgvc-aircraft-2013b/data"),
                                            std::string_view("fgvc-aircraft-2013b")};
  static constexpr std::array other_places{other_place{"fgvc-aircraft-2013b/data", ""},
                                           other_place{"fgvc-aircraft-2013b/fgvc-aircraft-2013b/data", ""},
                                           other_place{"data", ""}};

  /// By variants.txt and images_variant_train.txt, _val.txt, _test.txt, in their order.
  static dataset read_at(const places& at) {
    const std::filesystem::path lists = at.folder;
    coop::detail::class_list variants((lists / "variants.txt").string());
    for (const auto& line : coop::detail::official_lines((lists / "variants.txt").string()))
      variants.add(line.text, line.title);
    const auto part = [&](const char* file) {
      std::vector<sample> samples;
      for (const auto& line : coop::detail::official_lines((lists / file).string())) {
        const auto [number, variant] = coop::detail::first_word(line, "<picture> <variant>");
        samples.push_back({(std::filesystem::path(at.pictures) / (number + ".jpg")).string(),
                           variants.label(variant, line.title)});
      }
      return samples;
    };
    return {variants.names(), part("images_variant_train.txt"), part("images_variant_val.txt"),
            part("images_variant_test.txt")};
  }
};

}  // namespace coop::published

#endif
