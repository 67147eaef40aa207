// SPDX-License-Identifier: MIT
//
// Hand-written prompts: sentences with one "{}" for the class's name. Which sentence the paper gives which
// data set, the seven that CLIP's authors selected for ImageNet, and their eighty. Follows CoOp's
// trainers/zsclip.py and datasets/imagenet_templates.py.
#ifndef COOP_PROMPT_TEMPLATES_HPP
#define COOP_PROMPT_TEMPLATES_HPP

#include <coop/error.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace coop {

/// "a photo of a {}." and "sea_lion" -> "a photo of a sea lion.". A template holds exactly one "{}".
inline std::string fill(std::string_view form, std::string_view name) {
  const std::size_t place = form.find("{}");
  const bool one = place != std::string_view::npos && form.find("{}", place + 2) == std::string_view::npos;
  check<choice_error>(one, [&] {
    return "template '" + std::string(form) + "': expected exactly one {} for the class name, got " +
           (place == std::string_view::npos ? "none" : "more");
  });
  std::string text(form.substr(0, place));
  for (const char c : name) text += c == '_' ? ' ' : c;
  return text.append(form.substr(place + 2));
}

/// A data set, by the word the paper's programs use, and its hand-written prompt.
struct dataset_template {
  std::string_view dataset;  ///< its word
  std::string_view form;     ///< with one {}
};

/// The hand-written prompt of every data set of the paper and of its shifted ImageNets.
inline constexpr std::array<dataset_template, 15> dataset_templates{{
    {"ImageNet", "a photo of a {}."},
    {"Caltech101", "a photo of a {}."},
    {"OxfordPets", "a photo of a {}, a type of pet."},
    {"StanfordCars", "a photo of a {}."},
    {"OxfordFlowers", "a photo of a {}, a type of flower."},
    {"Food101", "a photo of {}, a type of food."},
    {"FGVCAircraft", "a photo of a {}, a type of aircraft."},
    {"SUN397", "a photo of a {}."},
    {"DescribableTextures", "{} texture."},
    {"EuroSAT", "a centered satellite photo of {}."},
    {"UCF101", "a photo of a person doing {}."},
    {"ImageNetV2", "a photo of a {}."},
    {"ImageNetSketch", "a photo of a {}."},
    {"ImageNetA", "a photo of a {}."},
    {"ImageNetR", "a photo of a {}."},
}};

/// The seven of the eighty that suffice on ImageNet, in their order.
inline constexpr std::array<std::string_view, 7> selected_templates{
    "itap of a {}.",         "a bad photo of the {}.", "a origami {}.",           "a photo of the large {}.",
    "a {} in a video game.", "art of the {}.",         "a photo of the small {}."};

/// The hand-written prompt of a data set of the paper.
inline std::string_view template_of(std::string_view dataset) {
  std::string known;
  for (const auto& entry : dataset_templates) {
    if (entry.dataset == dataset) return entry.form;
    known += (known.empty() ? "" : ", ") + std::string(entry.dataset);
  }
  throw choice_error("templates: unknown data set '" + std::string(dataset) + "': expected one of " + known);
}

/// The prompts that zero-shot CLIP averages over: the selected seven, and on every data set but ImageNet its
/// own.
inline std::vector<std::string> ensemble_of(std::string_view dataset) {
  const std::string_view own = template_of(dataset);
  std::vector<std::string> forms(selected_templates.begin(), selected_templates.end());
  if (dataset != "ImageNet") forms.emplace_back(own);
  return forms;
}

/// The eighty templates that CLIP's authors wrote for ImageNet, as a set: their order carries no meaning.
inline std::vector<std::string> eighty_templates() {
  constexpr std::string_view photos[] = {
      "a bad",       "a low resolution", "a cropped", "a bright", "a dark", "a close-up", "a black and white",
      "a pixelated", "a jpeg corrupted", "a blurry",  "a good"};
  constexpr std::string_view looks[] = {"",       "hard to see ", "clean ", "dirty ", "cool ",
                                        "large ", "nice ",        "weird ", "small "};
  constexpr std::string_view works[] = {"a sculpture", "a rendering", "graffiti", "a tattoo",
                                        "a drawing",   "a painting",  "a doodle", "a sketch",
                                        "a rendition", "art",         "itap"};
  constexpr std::string_view kinds[] = {"embroidered", "plastic", "origami", "toy", "cartoon", "plushie"};

  std::vector<std::string> forms;
  for (const std::string article : {"a ", "the "}) {
    for (const auto photo : photos) forms.push_back(std::string(photo) + " photo of " + article + "{}.");
    for (const auto look : looks) forms.push_back("a photo of " + article + std::string(look) + "{}.");
    for (const auto work : works) forms.push_back(std::string(work) + " of " + article + "{}.");
    for (const auto kind : kinds) forms.push_back(article + std::string(kind) + " {}.");
    forms.push_back(article + "{} in a video game.");
  }
  for (const auto* rest :
       {"a photo of many {}.", "a photo of my {}.", "a photo of one {}.", "itap of my {}."})
    forms.emplace_back(rest);
  return forms;
}

}  // namespace coop

#endif
