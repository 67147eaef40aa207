// SPDX-License-Identifier: MIT
//
// The tasks of the drawn worlds: what is classified, how hard the pictures are, and how a class of each is
// composed. The hand-written prompts are the wordings that the paper uses for the data set which a task
// mirrors; they were fixed before any accuracy was seen.
#ifndef COOP_DATA_DRAWN_TASKS_HPP
#define COOP_DATA_DRAWN_TASKS_HPP

#include <coop/data/drawn/composition.hpp>
#include <coop/data/drawn/random.hpp>
#include <coop/data/drawn/words.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace coop::drawing {

/// What is to be told apart.
enum class task { objects, textures, aerial, flowers, actions, badges, boats };
inline constexpr int tasks = 7;  ///< how many there are

/// The four rare colours and the four rare shapes whose pairs are the badges.
inline constexpr std::array<hue, 4> badge_hues = {hue::red, hue::orange, hue::blue, hue::teal};
/// What a badge can have the shape of.
inline constexpr std::array<shape, 4> badge_shapes = {shape::circle, shape::ring, shape::triangle,
                                                      shape::square};

/// The objects whose class has the rare name, as the label of an ImageNet class seldom is the word people use.
inline constexpr std::array<shape, 12> rare_objects = {
    shape::star, shape::heart,    shape::crescent, shape::hexagon, shape::diamond, shape::house,
    shape::tree, shape::mushroom, shape::cup,      shape::key,     shape::bottle,  shape::bolt};

/// Whether the class's name is the shape's rare word.
constexpr bool is_labelled_rarely(shape s) {
  return std::find(rare_objects.begin(), rare_objects.end(), s) != rare_objects.end();
}

/// The class names of a task.
inline std::vector<std::string> class_names(task t) {
  std::vector<std::string> names;
  switch (t) {
    case task::objects:
      for (const shape_entry& e : shape_words)
        names.emplace_back(is_labelled_rarely(shape(names.size())) ? e.rare : e.common);
      break;
    case task::textures:
      for (const name_entry& e : texture_words) names.emplace_back(e.official);
      break;
    case task::aerial:
      for (const name_entry& e : ground_words) names.emplace_back(e.official);
      break;
    case task::flowers:
      for (const flower_entry& e : flower_species) names.emplace_back(e.name);
      break;
    case task::actions:
      names.assign(arrangement_words.begin(), arrangement_words.end());
      break;
    case task::badges:
      for (const hue h : badge_hues) {
        for (const shape s : badge_shapes)
          names.push_back(std::string(entry(h).rare) + " " + std::string(words_of(s).rare));
      }
      break;
    case task::boats:
      for (const boat_entry& e : boat_types) names.emplace_back(e.name);
      break;
  }
  return names;
}

/// How hard the pictures of a task are.
inline conditions conditions_of(task t) {
  conditions c;
  switch (t) {
    case task::objects:
      c = {.grain = 0.15,
           .smallest = 0.25,
           .largest = 0.6,
           .least_clutter = 1,
           .most_clutter = 4,
           .contrast = 0.4,
           .stray = 0.1,
           .restyled = 22};
      break;
    case task::textures:
      c = {.grain = 0.1, .most_clutter = 1, .contrast = 0.5, .warp = 0.12, .restyled = 10};
      break;
    case task::aerial:
      c = {.grain = 0.22, .most_clutter = 4, .restyled = 45};
      break;
    case task::flowers:
      c = {.grain = 0.15, .smallest = 0.36, .largest = 0.8, .most_clutter = 3, .stray = 0.12, .restyled = 12};
      break;
    case task::actions:
      c = {.grain = 0.18, .most_clutter = 3, .contrast = 0.4, .stray = 0.12, .restyled = 15};
      break;
    case task::badges:
      c = {.grain = 0.06,
           .smallest = 0.42,
           .largest = 0.8,
           .least_clutter = 0,
           .most_clutter = 1,
           .contrast = 0.55,
           .stray = 0.06};
      break;
    case task::boats:
      c = {.grain = 0.14,
           .smallest = 0.55,
           .largest = 0.9,
           .most_clutter = 2,
           .contrast = 0.45,
           .restyled = 12};
      break;
  }
  return c;
}

/// A scene of the class `label` of a task.
inline composition compose(task t, dice& d, std::size_t label, const conditions& c) {
  switch (t) {
    case task::objects:
      return compose_object(d, shape(label), std::nullopt, c);
    case task::textures:
      return compose_texture(d, pattern(label), c);
    case task::aerial:
      return compose_ground(d, label, c);
    case task::flowers:
      return compose_flower(d, label, c);
    case task::actions:
      return compose_arrangement(d, arrangement(label), c);
    case task::badges:
      return compose_object(d, badge_shapes[label % 4], badge_hues[label / 4], c);
    case task::boats:
      break;
  }
  return compose_boat(d, label, c);
}

/// The shifted variants of the objects: the same classes under other conditions.
enum class shift { resampled, sketch, cluttered, recoloured };
inline constexpr std::array<word, 4> shift_words = {"resampled", "sketch", "cluttered", "recoloured"};

/// A picture of class `label`, for training or for a test, by the dice.
inline composition compose(shift s, dice& d, std::size_t label) {
  conditions c = conditions_of(task::objects);
  switch (s) {
    case shift::resampled:
      c.grain = 0.24;
      c.smallest = 0.18;
      c.largest = 0.46;
      c.most_clutter = 6;
      break;
    case shift::sketch:
      c.only = style::sketch;
      c.smallest = 0.25;
      c.largest = 0.6;
      break;
    case shift::cluttered:
      c.occluded = true;
      c.least_clutter = 3;
      c.most_clutter = 7;
      c.contrast = 0.25;
      break;
    case shift::recoloured: {
      const style others[] = {style::silhouette, style::painting, style::negative, style::pixels,
                              style::chalk};
      c.only = d.one_of(others);
      c.smallest = 0.25;
      c.largest = 0.6;
      break;
    }
  }
  return compose(task::objects, d, label, c);
}

}  // namespace coop::drawing

#endif
