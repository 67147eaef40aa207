// SPDX-License-Identifier: MIT
//
// The kinds of scene: objects, surfaces, grounds, groups and pairs here, specimens and arrangements in their
// own files. Tasks fix what they classify and leave the rest to the dice; pre-training leaves everything to
// them.
#ifndef COOP_DATA_DRAWN_COMPOSITION_HPP
#define COOP_DATA_DRAWN_COMPOSITION_HPP

#include <coop/data/drawn/arrangements.hpp>
#include <coop/data/drawn/fixed.hpp>
#include <coop/data/drawn/patterns.hpp>
#include <coop/data/drawn/random.hpp>
#include <coop/data/drawn/scene.hpp>
#include <coop/data/drawn/shapes.hpp>
#include <coop/data/drawn/specimens.hpp>
#include <coop/data/drawn/stage.hpp>
#include <coop/data/drawn/words.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace coop::drawing {

/// One thing on a ground, perhaps of a given colour.
inline composition compose_object(dice& d, shape what, std::optional<hue> wanted, const conditions& c) {
  using namespace detail;
  composition made;
  scene& s = made.shown;
  subject& about = made.about;
  s = stage(d, c);
  set_background(d, made);
  scatter_clutter(d, s, d.among(c.least_clutter, c.most_clutter));

  const fixed size = d.between(c.smallest, c.largest);
  const fixed room = greatest(0, fixed(0.95) - size * fixed(0.9));
  const fixed x = d.between(-room, room), y = d.between(-room, room);
  const auto [name, value] =
      wanted ? apart_from_ground(d, s, std::array<hue, 1>{*wanted}, c) : apart_from_ground(d, s, c);
  thing main = make_thing(d, what, {x, y, size}, value);
  if (!d.chance(55)) {
    main.cover.pattern = any_cover(d);
    if (main.cover.pattern == pattern::gradient) main.cover.turn = 0;
  }
  s.things.push_back(main);
  if (c.occluded) occlude(d, s, {x, y, size});

  about.kind = kind::object;
  about.first = what;
  about.colour = name;
  about.pattern = main.cover.pattern;
  about.size = size < fixed(0.42) ? "small" : size > fixed(0.7) ? "big" : "";
  about.place = place_word(x, y);
  set_style(d, made, c);
  return made;
}

/// A surface that fills the picture.
inline composition compose_texture(dice& d, pattern which, const conditions& c) {
  using namespace detail;
  composition made;
  scene& s = made.shown;
  s = stage(d, c);
  s.ground.pattern = which;
  made.about.kind = kind::texture;
  made.about.pattern = which;
  made.about.which = std::size_t(which);
  for (int attempt = 0; attempt < 20; ++attempt) {
    made.about.colour = any_hue(d);
    made.about.other_colour = any_hue(d);
    s.ground.front = strayed(d, entry(made.about.colour).value, 0.12);
    s.ground.back = strayed(d, entry(made.about.other_colour).value, 0.12);
    if (distance(s.ground.front, s.ground.back) > c.contrast) break;
  }
  s.ground.scale = d.between(c.smallest, c.largest) * fixed(8);
  scatter_clutter(d, s, d.among(c.least_clutter, c.most_clutter));
  set_camera(d, made, c);
  return made;
}

/// A ground seen from the air.
inline composition compose_ground(dice& d, std::size_t which, const conditions& c) {
  using namespace detail;
  composition made;
  scene& s = made.shown;
  s = stage(d, c);
  s.ground.pattern = pattern(first_ground + int(which));
  const hue tint =
      d.one_of({hue::green, hue::brown, hue::yellow, hue::grey, hue::green, hue::orange, hue::teal});
  s.ground.front = s.ground.back = strayed(d, entry(tint).value, 0.15);
  s.ground.scale = d.between(2, 5);
  made.about.kind = kind::ground;
  made.about.which = which;
  scatter_clutter(d, s, d.among(c.least_clutter, c.most_clutter));
  set_camera(d, made, c);
  return made;
}

/// Some things of one kind, none over another where that can be had.
inline composition compose_group(dice& d, int count, const conditions& c) {
  using namespace detail;
  composition made;
  scene& s = made.shown;
  s = stage(d, c);
  made.about.kind = kind::group;
  made.about.count = count;
  made.about.first = any_shape(d);
  const auto [name, value] = apart_from_ground(d, s, c);
  made.about.colour = name;
  const fixed size = count > 4 ? d.between(0.17, 0.28) : d.between(0.2, 0.4);
  for (int i = 0; i < count; ++i) {
    fixed x, y;
    bool free = false;
    for (int attempt = 0; attempt < 40 && !free; ++attempt) {
      x = d.between(size - fixed(0.92), fixed(0.92) - size);
      y = d.between(size - fixed(0.92), fixed(0.92) - size);
      free = true;
      for (const thing& t : s.things) free = free && length(t.x - x, t.y - y) > size * fixed(1.9);
    }
    const spot at{x, y, size * d.between(0.85, 1.15)};
    s.things.push_back(make_thing(d, made.about.first, at, strayed(d, value, 0.04)));
  }
  set_style(d, made, c);
  return made;
}

/// Two things beside or above each other.
inline composition compose_relation(dice& d, const conditions& c) {
  using namespace detail;
  composition made;
  scene& s = made.shown;
  subject& about = made.about;
  s = stage(d, c);
  about.kind = kind::relation;
  about.first = any_shape(d);
  about.second = any_shape(d);
  about.relation = relation(d.below(4));
  const fixed apart = d.between(0.4, 0.52), aside = d.between(-0.25, 0.25);
  const bool upright = about.relation == relation::above || about.relation == relation::below;
  const bool negative = about.relation == relation::above || about.relation == relation::left;
  const fixed step = negative ? -apart : apart;
  const fixed x = upright ? aside : step, y = upright ? step : aside;
  const auto [name, value] = apart_from_ground(d, s, c);
  const auto [other_name, other_value] = apart_from_ground(d, s, c);
  about.colour = name;
  about.other_colour = other_name;
  s.things.push_back(make_thing(d, about.first, {x, y, d.between(0.28, 0.42)}, value));
  s.things.push_back(make_thing(d, about.second, {-x, -y, d.between(0.28, 0.42)}, other_value));
  set_style(d, made, c);
  return made;
}

/// Any scene, in the proportions of the pre-training corpus.
inline composition compose_any(dice& d) {
  conditions c;
  c.grain = 0.2;
  c.smallest = 0.2;
  c.contrast = 0.4;
  c.stray = 0.12;
  c.restyled = 30;
  c.most_clutter = 4;
  c.occluded = d.chance(15);
  switch (d.weighted({40, 14, 12, 5, 11, 4, 7, 7})) {
    case 0:
      return compose_object(d, detail::any_shape(d), std::nullopt, c);
    case 1:
      c.most_clutter = d.chance(70) ? 0 : 3;
      c.warp = 0.3;
      return compose_texture(d, pattern(d.below(texture_patterns)), c);
    case 2:
      c.most_clutter = d.chance(70) ? 0 : 3;
      return compose_ground(d, std::size_t(d.below(grounds)), c);
    case 3:
      c.restyled = 12;
      return compose_group(d, d.among(1, 8), c);
    case 4:
      c.restyled = 15;
      c.most_clutter = 2;
      return compose_arrangement(d, arrangement(d.below(10)), c);
    case 5:
      c.restyled = 12;
      return compose_relation(d, c);
    case 6:
      c.smallest = 0.32;
      c.restyled = 18;
      c.most_clutter = 2;
      return compose_flower(d, std::size_t(d.below(int(flower_species.size()))), c);
    default:
      c.smallest = 0.45;
      c.largest = 0.9;
      c.restyled = 18;
      c.most_clutter = 2;
      return compose_boat(d, std::size_t(d.below(int(boat_types.size()))), c);
  }
}

}  // namespace coop::drawing

#endif
