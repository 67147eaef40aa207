// SPDX-License-Identifier: MIT
//
// Flowers and boats: single things that are built of parts, told apart by the number and the cut of the
// parts, and named by words that few people use.
#ifndef COOP_DATA_DRAWN_SPECIMENS_HPP
#define COOP_DATA_DRAWN_SPECIMENS_HPP

#include <coop/data/drawn/fixed.hpp>
#include <coop/data/drawn/patterns.hpp>
#include <coop/data/drawn/random.hpp>
#include <coop/data/drawn/scene.hpp>
#include <coop/data/drawn/shapes.hpp>
#include <coop/data/drawn/stage.hpp>
#include <coop/data/drawn/words.hpp>

#include <array>
#include <cstddef>

namespace coop::drawing {

/// A flower, mostly on something green.
inline composition compose_flower(dice& d, std::size_t which, const conditions& c) {
  using namespace detail;
  composition made;
  scene& s = made.shown;
  const flower_entry& f = flower_species[which];
  s = stage(d, c);
  if (d.chance(60)) {
    s.ground.front = strayed(d, {0.2, 0.42, 0.15}, 0.12);
    s.ground.back = strayed(d, {0.3, 0.5, 0.2}, 0.15);
  }
  scatter_clutter(d, s, d.among(c.least_clutter, c.most_clutter));
  const fixed size = d.between(c.smallest, c.largest);
  const fixed room = greatest(0, fixed(0.95) - size);
  const fixed x = d.between(-room, room), y = d.between(-room, room);
  if (d.chance(50)) {
    thing stem = make_thing(d, shape::stick, {x + fixed(0.05), y + size * fixed(0.9), 0.9},
                            strayed(d, entry(hue::green).value, 0.1));
    stem.turn = fixed(0.25) + d.between(-0.025, 0.025);
    stem.shadow = 0;
    s.things.push_back(stem);
  }
  const hue name = d.pick(f.colours);
  const colour petals = strayed(d, entry(name).value, c.stray + fixed(0.04));
  thing blossom = make_thing(d, shape::blossom, {x, y, size}, petals);
  blossom.outline.petals = f.petals > 7 ? f.petals + d.among(-1, 1) : f.petals;
  blossom.outline.depth = f.depth * d.between(0.7, 1.3);
  blossom.turn = d.between(0, 1);
  blossom.cover.pattern = f.cover;
  blossom.cover.back = strayed(d, scaled(petals, 0.75), 0.05);
  s.things.push_back(blossom);
  if (f.has_centre) {
    const spot at{x, y, size * d.between(0.2, 0.34)};
    thing centre = make_thing(d, shape::circle, at, strayed(d, entry(f.centre).value, 0.1));
    centre.shadow = 0;
    s.things.push_back(centre);
  }
  if (c.occluded) occlude(d, s, {x, y, size});
  made.about.kind = kind::flower;
  made.about.which = which;
  made.about.colour = name;
  set_style(d, made, c);
  return made;
}

/// A boat, seen from the side.
inline composition compose_boat(dice& d, std::size_t which, const conditions& c) {
  using namespace detail;
  composition made;
  scene& s = made.shown;
  const boat_entry& b = boat_types[which];
  s = stage(d, c);
  if (d.chance(50)) {
    s.ground.pattern = d.one_of({pattern::waves, pattern::gradient, pattern::clouds});
    s.ground.turn = 0;
    s.ground.front =
        strayed(d, d.one_of({colour{0.2, 0.4, 0.65}, colour{0.6, 0.75, 0.85}, colour{0.25, 0.5, 0.5}}), 0.12);
    s.ground.back = strayed(d, s.ground.front, 0.12);
  }
  scatter_clutter(d, s, d.among(c.least_clutter, c.most_clutter));
  const fixed size = d.between(c.smallest, c.largest);
  const fixed room = greatest(0, fixed(0.95) - size);
  const fixed x = d.between(-room, room), y = d.between(-room, room) + size * fixed(0.1);
  const auto [name, wood] = apart_from_ground(d, s, c);
  const colour canvas = strayed(d,
                                d.one_of({colour{0.95, 0.93, 0.85}, colour{0.85, 0.3, 0.2},
                                          colour{0.9, 0.75, 0.3}, colour{0.3, 0.3, 0.35}}),
                                0.1);
  const fixed lean = d.bell() * fixed(0.012);
  const auto put = [&](shape what, fixed dx, fixed dy, fixed scale, fixed aspect, colour paint_colour) {
    const spot at{x + size * (dx - dy * lean * 6), y + size * (dy + dx * lean * 6), size * scale};
    thing t = make_thing(d, what, at, paint_colour);
    t.turn = lean;
    t.aspect = aspect * d.between(0.92, 1.08);
    t.shadow = 0;
    s.things.push_back(t);
  };
  put(shape::hull, 0, 0.72, 1, 1, wood);
  if (b.cabin) {
    const fixed where = b.masts > 0 ? fixed(0.5) : d.bell() * fixed(0.2);
    put(shape::square, where, 0.36, 0.22, d.between(1, 2), canvas);
  }
  for (int mast = 0; mast < b.masts; ++mast) {
    const fixed at =
        b.masts == 1 ? fixed(b.cabin ? -0.25 : 0) : fixed(-0.62) + fixed(1.24) * mast / (b.masts - 1);
    const fixed height = d.between(0.52, 0.62);
    put(shape::square, at, fixed(0.55) - height, height, 0.12, scaled(wood, 0.7));
    const bool square = b.square && (!b.triangular || (b.masts == 1 ? true : mast + 1 < b.masts));
    if (square) {
      put(shape::lugsail, at, -0.32, 0.2, 1.1, canvas);
      put(shape::lugsail, at, 0.1, 0.24, 1.1, canvas);
    }
    if (b.triangular && (!square || b.masts == 1))
      put(shape::sail, at + fixed(0.2), -0.05, 0.5, 0.72, canvas);
  }
  const thing& last = s.things.back();
  if (c.occluded) occlude(d, s, {last.x, last.y, last.size});
  made.about.kind = kind::boat;
  made.about.which = which;
  made.about.colour = name;
  set_style(d, made, c);
  return made;
}

}  // namespace coop::drawing

#endif
