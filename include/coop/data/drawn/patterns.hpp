// SPDX-License-Identifier: MIT
//
// The fillings of a surface: what colour a point has, given two colours, a scale and a seed. First the
// patterns that textures and objects wear, then the grounds seen from the air. A point is given twice:
// scaled (X, Y), in which a pattern repeats at about every whole number, and in the picture's own frame (x,
// y) in [-1, 1].
#ifndef COOP_DATA_DRAWN_PATTERNS_HPP
#define COOP_DATA_DRAWN_PATTERNS_HPP

#include <coop/data/drawn/fixed.hpp>
#include <coop/data/drawn/random.hpp>

#include <cstdint>

namespace coop::drawing {

/// Red, green and blue, each in [0, 1].
struct colour {
  fixed red, green, blue;  ///< share of full light
};

/// A mixture of which b has a share.
constexpr colour mix(colour a, colour b, fixed share) {
  return {a.red + (b.red - a.red) * share, a.green + (b.green - a.green) * share,
          a.blue + (b.blue - a.blue) * share};
}

/// Every channel times a factor.
constexpr colour scaled(colour a, fixed factor) {
  return {a.red * factor, a.green * factor, a.blue * factor};
}

/// How far two colours lie apart: the sum of the channels' distances, in [0, 3].
constexpr fixed distance(colour a, colour b) {
  return abs(a.red - b.red) + abs(a.green - b.green) + abs(a.blue - b.blue);
}

/// What a surface is covered with.
enum class pattern {
  stripes,
  dots,
  checks,
  grid,
  zigzag,
  speckles,
  waves,
  rings,
  bricks,
  marble,
  cracks,
  scales,
  weave,
  honeycomb,
  spiral,
  patches,
  lattice,
  clouds,
  rays,
  plain,
  gradient,
  // grounds seen from the air
  forest,
  river,
  highway,
  residential,
  shore,
  annual_crop,
  permanent_crop,
  pasture,
  industrial,
  scrub
};

/// Patterns that the textures are made of; plain, gradient and the grounds come after them.
inline constexpr int texture_patterns = 19;
inline constexpr int first_ground = int(pattern::forest);
inline constexpr int grounds = 10;

/// A filling: a pattern, its two colours, its scale and the angle it is turned by.
struct filling {
  drawing::pattern pattern = drawing::pattern::plain;  ///< what covers it
  colour front{}, back{};                              ///< the pattern's colour and what lies behind it
  fixed scale = 1;                                     ///< of the pattern
  fixed turn = 0;                                      ///< of the pattern, in turns
};

namespace detail {

/// The two nearest of the points scattered one to a cell: distances, and a number that the nearest owns.
struct neighbours {
  fixed first = 9, second = 9, own;
};

inline neighbours scattered(fixed x, fixed y, std::uint32_t seed) {
  neighbours found;
  const int i = floor(x), j = floor(y);
  for (int b = j - 1; b <= j + 1; ++b) {
    for (int a = i - 1; a <= i + 1; ++a) {
      const fixed dx = fixed(a) + lattice(a, b, seed) - x, dy = fixed(b) + lattice(a, b, seed + 9) - y;
      const fixed square = dx * dx + dy * dy;
      if (square < found.first) {
        found.second = found.first;
        found.first = square;
        found.own = lattice(a, b, seed + 5);
      } else if (square < found.second) {
        found.second = square;
      }
    }
  }
  found.first = root(found.first);
  found.second = root(found.second);
  return found;
}

/// The same on the centres of a honeycomb.
inline neighbours hexagonal(fixed x, fixed y) {
  neighbours found;
  const int row = nearest(y / fixed(0.866));
  for (int b = row - 1; b <= row + 1; ++b) {
    const fixed offset = (b & 1) != 0 ? fixed(0.5) : fixed();
    const int column = nearest(x - offset);
    for (int a = column - 1; a <= column + 1; ++a) {
      const fixed d = length(fixed(a) + offset - x, fixed(b) * fixed(0.866) - y);
      if (d < found.first) {
        found.second = found.first;
        found.first = d;
      } else if (d < found.second) {
        found.second = d;
      }
    }
  }
  return found;
}

constexpr colour ground_tint(colour land, colour tint, fixed x, fixed y, std::uint32_t seed) {
  return mix(land, tint, fixed(0.3) + fixed(0.4) * clouds(x * 3, y * 3, seed + 1));
}

inline colour ground(const filling& f, fixed X, fixed Y, fixed x, fixed y, std::uint32_t seed) {
  const colour& tint = f.front;
  switch (f.pattern) {
    case pattern::forest: {
      const fixed near = least(scattered(X * 3, Y * 3, seed).first, 1);
      const colour crown = mix({0.2, 0.4, 0.15}, {0.06, 0.2, 0.07}, near);
      return mix(crown, tint, fixed(0.22) + fixed(0.1) * lattice(floor(X * 6), floor(Y * 6), seed));
    }
    case pattern::river: {
      const fixed bend = fixed(0.45) * sine(y * f.scale * fixed(0.11) + fixed(int(seed % 8)) / 8) +
                         fixed(0.3) * (clouds(x * 2, y * 2, seed) - fixed(0.5));
      if (abs(x - bend) < fixed(0.1) + fixed(0.08) * noise(y * 2, 0, seed)) {
        return mix({0.16, 0.28, 0.4}, tint, 0.15);
      }
      return ground_tint({0.34, 0.46, 0.2}, tint, x, y, seed);
    }
    case pattern::highway: {
      const fixed off = abs(x + fixed(0.2) * y * y + fixed(int(seed % 5) - 2) / 8);
      if (off < fixed(0.015) && fraction(y * 5) < fixed(0.5)) return {0.9, 0.9, 0.8};
      if (off < fixed(0.15)) {
        if (lattice(floor(x * 14), floor(y * 9), seed) < fixed(0.06)) return {0.85, 0.25, 0.2};
        return mix({0.42, 0.42, 0.44}, tint, 0.12);
      }
      return ground_tint({0.42, 0.48, 0.28}, tint, x, y, seed);
    }
    case pattern::residential: {
      const fixed u = fraction(X * fixed(1.2)), v = fraction(Y * fixed(1.2));
      const int i = floor(X * fixed(1.2)), j = floor(Y * fixed(1.2));
      if (u < fixed(0.16) || v < fixed(0.16)) return mix({0.5, 0.5, 0.5}, tint, 0.15);
      const fixed yard = fixed(0.12) * lattice(i, j, seed);
      if (u > fixed(0.35) + yard && u < fixed(0.8) && v > fixed(0.35) && v < fixed(0.8) - yard) {
        return mix({0.62, 0.32, 0.24}, {0.68, 0.64, 0.58}, lattice(i, j, seed + 2));
      }
      return mix({0.32, 0.44, 0.22}, tint, fixed(0.4) * lattice(i, j, seed + 7));
    }
    case pattern::shore: {
      const fixed coast = x * fixed(0.8) + clouds(x * fixed(1.7) + 3, y * fixed(1.7), seed) - fixed(0.5) +
                          fixed(int(seed % 7) - 3) / 12;
      if (coast > fixed()) return mix({0.1, 0.22, 0.38}, {0.16, 0.32, 0.46}, clouds(x * 6, y * 6, seed));
      if (coast > fixed(-0.06)) return {0.8, 0.76, 0.6};
      return ground_tint({0.35, 0.46, 0.22}, tint, x, y, seed);
    }
    case pattern::annual_crop: {
      const int i = floor(X * fixed(0.55) + fixed(0.3) * (clouds(0, y, seed) - fixed(0.5)));
      const int j = floor(Y * fixed(0.35) + ((i & 1) != 0 ? fixed(0.37) : fixed()));
      const fixed kind = lattice(i, j, seed);
      const colour field = kind < fixed(0.33)   ? colour{0.54, 0.45, 0.26}
                           : kind < fixed(0.66) ? colour{0.4, 0.52, 0.22}
                                                : colour{0.68, 0.6, 0.36};
      const colour tilled = fraction(X * 4) < fixed(0.5) ? mix(field, {0.2, 0.25, 0.1}, 0.15) : field;
      return mix(tilled, tint, 0.2);
    }
    case pattern::permanent_crop: {
      const fixed u = fraction(X * fixed(1.6)) - fixed(0.5), v = fraction(Y * fixed(1.6)) - fixed(0.5);
      const fixed crown =
          fixed(0.2) + fixed(0.14) * lattice(floor(X * fixed(1.6)), floor(Y * fixed(1.6)), seed);
      if (length(u, v) < crown) return mix({0.2, 0.38, 0.16}, tint, 0.15);
      return mix({0.56, 0.48, 0.32}, tint, 0.3);
    }
    case pattern::pasture:
      return mix(mix({0.38, 0.56, 0.25}, {0.5, 0.64, 0.32}, clouds(x * fixed(1.4), y * fixed(1.4), seed)),
                 tint, 0.25);
    case pattern::industrial: {
      const fixed u = fraction(X * fixed(0.6) + fixed(0.5)), v = fraction(Y * fixed(0.5));
      const int i = floor(X * fixed(0.6) + fixed(0.5)), j = floor(Y * fixed(0.5));
      const fixed wide = fixed(0.5) + fixed(0.35) * lattice(i, j, seed);
      if (u > fixed(0.12) && u < fixed(0.12) + wide && v > fixed(0.12) && v < fixed(0.85)) {
        return mix({0.72, 0.73, 0.77}, tint, fixed(0.4) * lattice(i, j, seed + 3));
      }
      return mix({0.4, 0.39, 0.38}, tint, 0.15);
    }
    default: {  // scrub
      const colour dry =
          clouds(x * 4, y * 4, seed) > fixed(0.5) ? colour{0.34, 0.4, 0.19} : colour{0.48, 0.44, 0.28};
      return mix(dry, tint, fixed(0.18) + fixed(0.2) * lattice(floor(x * 20), floor(y * 20), seed));
    }
  }
}

}  // namespace detail

/// The colour of a filling at (x, y) of its own frame, before it is turned.
inline colour colour_at(const filling& f, fixed px, fixed py, std::uint32_t seed) {
  using namespace detail;
  if (f.pattern == pattern::plain) return f.front;
  const fixed c = cosine(f.turn), s = sine(f.turn);
  const fixed x = c * px + s * py, y = c * py - s * px;
  const fixed X = x * f.scale, Y = y * f.scale;
  const auto choose = [&](bool back) { return back ? f.back : f.front; };
  switch (f.pattern) {
    case pattern::plain:
      return f.front;
    case pattern::gradient:
      return mix(f.front, f.back, clamp(fixed(0.5) + fixed(0.5) * y, 0, 1));
    case pattern::stripes:
      return choose(fraction(X) >= fixed(0.5));
    case pattern::dots:
      return choose(length(fraction(X) - fixed(0.5), fraction(Y) - fixed(0.5)) < fixed(0.3));
    case pattern::checks:
      return choose(((floor(X) + floor(Y)) & 1) == 0);
    case pattern::grid:
      return choose(fraction(X) < fixed(0.18) || fraction(Y) < fixed(0.18));
    case pattern::zigzag:
      return choose(fraction(Y + abs(fraction(X * fixed(0.5)) - fixed(0.5)) * 2) >= fixed(0.5));
    case pattern::speckles:
      return choose(lattice(floor(X * 4), floor(Y * 4), seed) < fixed(0.35));
    case pattern::waves:
      return choose(fraction(Y + fixed(0.32) * sine(X * fixed(0.55))) >= fixed(0.5));
    case pattern::rings:
      return choose(fraction(length(X, Y)) >= fixed(0.5));
    case pattern::bricks: {
      const int course = floor(Y);
      const fixed along = X * fixed(0.5) + ((course & 1) != 0 ? fixed(0.5) : fixed());
      return choose(fraction(Y) < fixed(0.16) || fraction(along) < fixed(0.08));
    }
    case pattern::marble: {
      const fixed veins = clouds(X * fixed(0.7), Y * fixed(0.7), seed) * 2 + X * fixed(0.16);
      return mix(f.front, f.back, fixed(0.5) + fixed(0.5) * sine(veins));
    }
    case pattern::cracks: {
      const neighbours n = scattered(X, Y, seed);
      return choose(n.second - n.first < fixed(0.1));
    }
    case pattern::patches:
      return mix(f.front, f.back, scattered(X, Y, seed).own);
    case pattern::scales: {
      const fixed v = Y * fixed(1.5);
      const fixed across = fraction(X + ((floor(v) & 1) != 0 ? fixed(0.5) : fixed())) - fixed(0.5);
      return choose(abs(length(across, fraction(v) * fixed(0.7)) - fixed(0.48)) < fixed(0.09));
    }
    case pattern::weave: {
      const bool over = ((floor(X) + floor(Y)) & 1) != 0;
      return mix(f.front, f.back,
                 least(abs((over ? fraction(Y) : fraction(X)) - fixed(0.5)) * fixed(2.2), 1));
    }
    case pattern::honeycomb: {
      const neighbours n = hexagonal(X, Y);
      return choose(n.second - n.first < fixed(0.16));
    }
    case pattern::spiral:
      return choose(fraction(length(X, Y) * fixed(0.8) + angle(Y, X)) >= fixed(0.5));
    case pattern::lattice:
      return choose(fraction(X + Y) < fixed(0.15) || fraction(X - Y) < fixed(0.15));
    case pattern::clouds:
      return mix(f.front, f.back, clouds(X * fixed(1.3), Y * fixed(1.3), seed));
    case pattern::rays:
      return choose(fraction(angle(y, x) * (4 + floor(f.scale * fixed(1.6)))) >= fixed(0.5));
    default:
      return ground(f, X, Y, x, y, seed);
  }
}

}  // namespace coop::drawing

#endif
