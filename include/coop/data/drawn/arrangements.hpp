// SPDX-License-Identifier: MIT
//
// Several things of a kind, told apart by how they stand to each other.
#ifndef COOP_DATA_DRAWN_ARRANGEMENTS_HPP
#define COOP_DATA_DRAWN_ARRANGEMENTS_HPP

#include <coop/data/drawn/fixed.hpp>
#include <coop/data/drawn/random.hpp>
#include <coop/data/drawn/scene.hpp>
#include <coop/data/drawn/shapes.hpp>
#include <coop/data/drawn/stage.hpp>
#include <coop/data/drawn/words.hpp>

#include <cstddef>

namespace coop::drawing {

/// Several things that stand to each other as the arrangement says.
inline composition compose_arrangement(dice& d, arrangement how, const conditions& c) {
  using namespace detail;
  composition made;
  scene& s = made.shown;
  subject& about = made.about;
  s = stage(d, c);
  scatter_clutter(d, s, d.among(c.least_clutter, c.most_clutter));
  about.kind = kind::arrangement;
  about.which = std::size_t(how);
  about.first = any_shape(d);
  about.second = any_shape(d);
  const auto [name, value] = apart_from_ground(d, s, c);
  const auto [other_name, other_value] = apart_from_ground(d, s, c);
  about.colour = name;
  about.other_colour = other_name;
  const colour main_colour = value, second_colour = other_value;
  const auto put = [&](const spot& at, bool second = false) {
    s.things.push_back(make_thing(d, second ? about.second : about.first, at,
                                  strayed(d, second ? second_colour : main_colour, 0.06)));
  };
  const fixed x = d.between(-0.25, 0.25), y = d.between(-0.25, 0.25), from = d.between(0, 1);
  switch (how) {
    case arrangement::stacking: {
      const int count = d.among(3, 4);
      const fixed size = fixed(0.85) / count * d.between(0.8, 1);
      for (int i = 0; i < count; ++i)
        put({x + d.bell() * fixed(0.05), size - fixed(0.8) + size * fixed(1.84) * i, size});
      break;
    }
    case arrangement::queueing: {
      const int count = d.among(3, 5);
      const fixed size = fixed(0.85) / count * d.between(0.8, 1);
      for (int i = 0; i < count; ++i)
        put({size - fixed(0.85) + size * fixed(1.96) * i, y + d.bell() * fixed(0.05), size});
      break;
    }
    case arrangement::circling: {
      const int count = d.among(5, 8);
      const fixed radius = d.between(0.5, 0.65);
      for (int i = 0; i < count; ++i) {
        const fixed at = from + fixed(i) / count;
        put({x * fixed(0.5) + radius * cosine(at), y * fixed(0.5) + radius * sine(at),
             d.between(0.15, 0.21)});
      }
      break;
    }
    case arrangement::nesting: {
      fixed size = d.between(0.6, 0.85);
      for (int i = d.among(3, 4); i > 0; --i, size *= fixed(0.62)) {
        put({x * fixed(0.4), y * fixed(0.4), size});
        thing& t = s.things.back();
        t.turn = 0;
        t.aspect = 1;
        t.shadow = 0;
        if ((i & 1) != 0) t.cover.front = strayed(d, second_colour, 0.05);
      }
      break;
    }
    case arrangement::scattering:
      for (int i = d.among(7, 11); i > 0; --i)
        put({d.between(-0.88, 0.88), d.between(-0.88, 0.88), d.between(0.08, 0.15)});
      break;
    case arrangement::climbing: {
      const int count = d.among(3, 5);
      const fixed side = d.chance(50) ? 1 : -1;
      for (int i = 0; i < count; ++i) {
        const fixed along = fixed(-0.66) + fixed(1.32) * i / (count - 1);
        put({side * along + d.bell() * fixed(0.04), -along, fixed(0.6) / count * d.between(0.85, 1.2)});
      }
      break;
    }
    case arrangement::crowding:
      for (int i = d.among(6, 10); i > 0; --i)
        put({x + d.bell() * fixed(0.2), y + d.bell() * fixed(0.18), d.between(0.18, 0.27)});
      break;
    case arrangement::parting: {
      const fixed size = d.between(0.18, 0.3), level = d.between(-0.35, 0.35);
      put({size - fixed(0.92), level, size});
      put({fixed(0.92) - size, level + d.bell() * fixed(0.1), size});
      break;
    }
    case arrangement::hiding:
      put({x + fixed(0.34) * cosine(from), y + fixed(0.34) * sine(from), d.between(0.4, 0.54)}, true);
      put({x, y, d.between(0.38, 0.52)});
      break;
    case arrangement::orbiting: {
      put({x * fixed(0.4), y * fixed(0.4), d.between(0.34, 0.48)}, true);
      const int count = d.among(3, 6);
      for (int i = 0; i < count; ++i) {
        const fixed at = from + fixed(i) / count;
        put({x * fixed(0.4) + fixed(0.72) * cosine(at), y * fixed(0.4) + fixed(0.72) * sine(at),
             d.between(0.13, 0.18)});
      }
      break;
    }
  }
  set_style(d, made, c);
  return made;
}

}  // namespace coop::drawing

#endif
