// SPDX-License-Identifier: MIT
//
// What compositions are made of: what is true of a scene (all that a caption may speak of), how hard a
// picture may be, an empty stage with its light, and the things that are set upon it by throwing dice.
#ifndef COOP_DATA_DRAWN_STAGE_HPP
#define COOP_DATA_DRAWN_STAGE_HPP

#include <coop/data/drawn/fixed.hpp>
#include <coop/data/drawn/patterns.hpp>
#include <coop/data/drawn/random.hpp>
#include <coop/data/drawn/scene.hpp>
#include <coop/data/drawn/shapes.hpp>
#include <coop/data/drawn/words.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace coop::drawing {

/// What kind of thing a picture is about.
enum class kind { object, texture, ground, group, arrangement, relation, flower, boat };
/// Where one thing stands to another.
enum class relation { above, below, left, right };

/// What is true of a scene. Which fields mean something depends on the kind.
struct subject {
  drawing::kind kind = drawing::kind::object;           ///< what kind of thing
  drawing::style style = drawing::style::photo;         ///< how it is rendered
  shape first = shape::circle, second = shape::circle;  ///< of the main thing, and of the other
  hue colour = hue::red, other_colour = hue::red;       ///< of the main thing, and of the other
  drawing::pattern pattern = drawing::pattern::plain;   ///< what the main thing is covered with
  std::optional<hue> background;                        ///< else any
  std::size_t which = 0;  // the row of flower_species, boat_types, arrangement_words or ground_words
  int count = 1;          ///< of equal things
  drawing::relation relation = drawing::relation::above;  ///< of the first thing to the second
  word size, place;                                       ///< empty when there is nothing to say
};

/// A scene and what is true of it.
struct composition {
  scene shown;    ///< what is rendered
  subject about;  ///< what is said of it
};

/// How hard a picture may be.
struct conditions {
  fixed grain = 0.14;                       // the strongest
  fixed smallest = 0.28, largest = 0.8;     ///< of the main thing
  int least_clutter = 0, most_clutter = 3;  ///< things that nobody speaks of
  fixed contrast = 0.5;   // the least distance of colour between the main thing and its ground
  fixed stray = 0.09;     // how far a colour strays from the one its word names
  fixed warp = 0;         // the strongest
  bool occluded = false;  ///< the main thing may be half hidden
  fixed restyled = 0;     // percent of pictures that are not photographs
  std::optional<drawing::style> only = {};  ///< all pictures in one style
};

namespace detail {

inline colour strayed(dice& d, colour c, fixed by) {
  const auto stray = [&](fixed v) { return clamp(v + d.between(-by, by), 0, 1); };
  const fixed red = stray(c.red), green = stray(c.green), blue = stray(c.blue);
  return {red, green, blue};
}

inline hue any_hue(dice& d) { return hue(d.below(int(hues.size()))); }
inline colour any_colour(dice& d, fixed by) { return strayed(d, entry(any_hue(d)).value, by); }
inline shape any_shape(dice& d) { return shape(d.below(named_shapes)); }

/// A colour that can be told from the ground, of the hues allowed (all, when none are named).
template <class Hues>
std::pair<hue, colour> apart_from_ground(dice& d, const scene& s, const Hues& allowed, const conditions& c) {
  std::pair<hue, colour> result;
  for (int attempt = 0; attempt < 12; ++attempt) {
    result.first = d.pick(allowed);
    result.second = strayed(d, entry(result.first).value, c.stray);
    if (distance(result.second, s.ground.front) > c.contrast) break;
  }
  return result;
}

inline std::array<hue, 12> all_hues() {
  std::array<hue, 12> result{};
  for (int i = 0; i < 12; ++i) result[std::size_t(i)] = hue(i);
  return result;
}

inline std::pair<hue, colour> apart_from_ground(dice& d, const scene& s, const conditions& c) {
  return apart_from_ground(d, s, all_hues(), c);
}

/// An empty stage: ground, light, camera.
inline scene stage(dice& d, const conditions& c) {
  scene s;
  s.seed = std::uint32_t(d.next() >> 40);
  constexpr pattern common[] = {pattern::plain,  pattern::plain,  pattern::gradient, pattern::gradient,
                                pattern::clouds, pattern::clouds, pattern::speckles, pattern::marble,
                                pattern::grid,   pattern::stripes};
  s.ground.pattern = d.one_of(common);
  s.ground.front = any_colour(d, 0.15);
  const bool busy = s.ground.pattern >= pattern::stripes && s.ground.pattern <= pattern::marble;
  s.ground.back = strayed(d, s.ground.front, busy ? 0.14 : 0.25);
  s.ground.scale = d.between(1.5, 4);
  s.ground.turn = d.between(0, 1);
  s.grain = d.between(0, c.grain);
  const fixed from = d.between(0, 1);
  s.light_x = cosine(from);
  s.light_y = sine(from);
  s.shade = d.between(0.05, 0.5);
  s.gain = d.between(0.7, 1.15);
  s.vignette = d.between(0, 0.35);
  if (c.warp > fixed()) s.warp = d.between(0, c.warp);
  return s;
}

/// Where a thing stands. Draws that fill it belong between braces: there they happen from left to right,
/// while the order of a call's arguments is the compiler's own.
struct spot {
  fixed x, y, size;
};

inline thing make_thing(dice& d, shape what, const spot& at, colour c) {
  thing t;
  t.outline.shape = what;
  t.x = at.x;
  t.y = at.y;
  t.size = at.size;
  t.turn = d.bell() * fixed(0.04);
  t.aspect = d.between(0.82, 1.2);
  t.cover.front = c;
  t.cover.back = any_colour(d, 0.1);
  t.cover.scale = d.between(2.2, 4);
  t.cover.turn = d.between(0, 0.5);
  t.shadow = d.one_of({fixed(0), fixed(0.25), fixed(0.4)});
  return t;
}

/// Small things that are nobody's subject.
inline void scatter_clutter(dice& d, scene& s, int count) {
  for (int i = 0; i < count; ++i) {
    const shape what = d.one_of(
        {shape::ellipse, shape::stick, shape::ellipse, shape::stick, shape::circle, shape::triangle});
    const spot at{d.between(-1, 1), d.between(-1, 1), d.between(0.06, 0.17)};
    thing t = make_thing(d, what, at, any_colour(d, 0.1));
    t.turn = d.between(0, 1);
    t.shadow = 0;
    s.things.push_back(t);
  }
}

/// Things that lie over the rim of the main one.
inline void occlude(dice& d, scene& s, const spot main) {
  for (int i = d.among(1, 3); i > 0; --i) {
    const fixed towards = d.between(0, 1), reach = main.size * fixed(0.65);
    const shape what = d.one_of({shape::ellipse, shape::stick, shape::stick, shape::square});
    const spot at{main.x + reach * cosine(towards), main.y + reach * sine(towards),
                  main.size * d.between(0.28, 0.55)};
    thing t = make_thing(d, what, at, any_colour(d, 0.1));
    t.turn = d.between(0, 1);
    s.things.push_back(t);
  }
}

inline void set_style(dice& d, composition& made, const conditions& c) {
  style chosen = style::photo;
  if (c.only) {
    chosen = *c.only;
  } else if (d.chance(c.restyled)) {
    chosen = style(1 + d.below(styles - 1));
  }
  scene& s = made.shown;
  made.about.style = s.style = chosen;
  if (chosen == style::painting) s.warp = 0.25;
  if (chosen == style::dark) s.grain *= fixed(0.35);
  if (chosen == style::sketch || chosen == style::chalk) {
    s.warp = d.between(0, 0.12);
    s.grain = 0.02;
    s.vignette = 0;
    s.gain = 1;
  }
}

/// Weather and cameras spoil a picture of a texture or a ground, but nobody sketches it.
inline void set_camera(dice& d, composition& made, const conditions& c) {
  constexpr style cameras[] = {style::blurred, style::grey, style::dark};
  const style chosen = c.only ? *c.only : d.chance(c.restyled) ? d.one_of(cameras) : style::photo;
  made.about.style = made.shown.style = chosen;
  if (chosen == style::dark) made.shown.grain *= fixed(0.35);
}

inline void set_background(dice& d, composition& made) {
  if (made.shown.ground.pattern != pattern::plain || d.chance(50)) return;
  const hue h = any_hue(d);
  made.shown.ground.front = strayed(d, entry(h).value, 0.06);
  made.about.background = h;
}

inline word place_word(fixed x, fixed y) {
  if (abs(x) <= fixed(0.3) && abs(y) <= fixed(0.3)) return {};
  if (abs(x) > abs(y)) return x < fixed() ? "on the left" : "on the right";
  return y < fixed() ? "at the top" : "at the bottom";
}

inline pattern any_cover(dice& d) {
  return d.one_of({pattern::stripes, pattern::dots, pattern::checks, pattern::grid, pattern::gradient,
                   pattern::zigzag, pattern::speckles});
}

}  // namespace detail

}  // namespace coop::drawing

#endif
