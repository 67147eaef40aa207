// SPDX-License-Identifier: MIT
//
// The outlines: each is a question "is this point inside", asked in the shape's own frame, where x and y run
// over about [-1, 1] and y points down. Named shapes come first, in the order of their words in words.hpp;
// the parts that only compositions use follow.
#ifndef COOP_DATA_DRAWN_SHAPES_HPP
#define COOP_DATA_DRAWN_SHAPES_HPP

#include <coop/data/drawn/fixed.hpp>

namespace coop::drawing {

/// What a thing's outline can be.
enum class shape {
  circle,
  square,
  triangle,
  star,
  heart,
  cross,
  ring,
  crescent,
  arrow,
  hexagon,
  diamond,
  house,
  tree,
  fish,
  mushroom,
  cup,
  key,
  umbrella,
  cloud,
  bolt,
  bottle,
  ladder,
  anchor,
  bell,
  // parts
  ellipse,
  stick,
  blossom,
  hull,
  sail,
  lugsail
};

/// Shapes that have a name of their own; the parts come after them.
inline constexpr int named_shapes = 24;

/// Two numbers that a shape may need: petals and their depth for a blossom.
struct outline {
  drawing::shape shape = shape::circle;  ///< what it is
  int petals = 6;                        ///< of a flower
  fixed depth = 0.3;                     // how far the notches between petals reach in
};

namespace detail {

/// A vertical trapezium: half widths at the top and the bottom edge.
constexpr bool trapezium(fixed x, fixed y, fixed top, fixed bottom, fixed half_top, fixed half_bottom) {
  if (y < top || y > bottom) return false;
  return abs(x) <= half_top + (half_bottom - half_top) * (y - top) / (bottom - top);
}

constexpr bool box(fixed x, fixed y, fixed half_width, fixed half_height) {
  return abs(x) <= half_width && abs(y) <= half_height;
}

inline bool disc(fixed x, fixed y, fixed radius) { return x * x + y * y <= radius * radius; }

inline bool annulus(fixed x, fixed y, fixed inner, fixed outer) {
  return disc(x, y, outer) && !disc(x, y, inner);
}

/// Five points: the boundary of one tenth of the star is a straight line between the two radii.
inline bool star(fixed x, fixed y) {
  const fixed a = angle(x, -y);                           // from the top
  const fixed a5 = abs(a * 5 - fixed(nearest(a * 5)));    // [0, 1/2]: tip to notch
  const fixed inner = 0.4, outer = 0.98, sweep = a5 / 5;  // the angle from the tip
  const fixed r = length(x, y);
  // Line from (outer, angle 0) to (inner, angle 1/10), asked at `sweep`.
  const fixed px = r * cosine(sweep), py = r * sine(sweep);
  const fixed qx = inner * cosine(0.1), qy = inner * sine(0.1);
  return (px - outer) * qy <= py * (qx - outer);
}

inline bool heart(fixed x, fixed y) {
  if (y < fixed(-0.1)) return disc(abs(x) - fixed(0.42), y + fixed(0.28), 0.46);
  return abs(x) <= (fixed(0.92) - y) * fixed(0.84) && (abs(x) <= fixed(0.88) && y <= fixed(0.92));
}

inline bool anchor(fixed x, fixed y) {
  if (annulus(x, y + fixed(0.72), 0.1, 0.24)) return true;
  if (abs(x) < fixed(0.09) && y > fixed(-0.5) && y < fixed(0.85)) return true;
  if (abs(x) < fixed(0.42) && abs(y + fixed(0.3)) < fixed(0.09)) return true;
  return y > fixed(0.15) && annulus(x, y - fixed(0.1), 0.58, 0.78);
}

inline bool key(fixed x, fixed y) {
  if (annulus(x + fixed(0.5), y, 0.18, 0.42)) return true;
  if (x > fixed(-0.12) && x < fixed(0.92) && abs(y) < fixed(0.1)) return true;
  return y > fixed() && y < fixed(0.36) &&
         (abs(x - fixed(0.5)) < fixed(0.07) || abs(x - fixed(0.8)) < fixed(0.07));
}

inline bool bolt(fixed x, fixed y) {
  const fixed slant = x + y * fixed(0.35);
  if (y < fixed(0.12))
    return y > fixed(-0.92) && slant > fixed(-0.42) && slant < fixed(0.3) - y * fixed(0.12);
  return y < fixed(0.95) && slant < fixed(0.36) - (y - fixed(0.12)) * fixed(0.34) &&
         slant > fixed(-0.08) + (y - fixed(0.12)) * fixed(0.1);
}

}  // namespace detail

/// Whether (x, y) lies inside the outline.
inline bool inside(const outline& o, fixed x, fixed y) {
  using namespace detail;
  const fixed ax = abs(x), ay = abs(y);
  switch (o.shape) {
    case shape::circle:
      return disc(x, y, 0.85);
    case shape::square:
      return box(x, y, 0.75, 0.75);
    case shape::triangle:
      return trapezium(x, y, -0.8, 0.7, 0, 0.9);
    case shape::star:
      return star(x, y);
    case shape::heart:
      return heart(x, y);
    case shape::cross:
      return box(x, y, 0.27, 0.85) || box(x, y, 0.85, 0.27);
    case shape::ring:
      return annulus(x, y, 0.5, 0.88);
    case shape::crescent:
      return disc(x, y, 0.88) && !disc(x - fixed(0.42), y, 0.72);
    case shape::arrow:
      return x < fixed(0.1) ? x > fixed(-0.9) && ay < fixed(0.22) : ay < (fixed(0.9) - x) * fixed(0.8);
    case shape::hexagon:
      return ay < fixed(0.76) && ax * fixed(0.866) + ay * fixed(0.5) < fixed(0.76);
    case shape::diamond:
      return ax * fixed(1.6) + ay * fixed(1.08) < fixed(1);
    case shape::house:
      if (y <= fixed(-0.05)) return trapezium(x, y, -0.82, -0.05, 0, 0.85);
      return ax < fixed(0.62) && y < fixed(0.8) && !(ax < fixed(0.16) && y > fixed(0.3));
    case shape::tree:
      return trapezium(x, y, -0.92, -0.05, 0, 0.48) || trapezium(x, y, -0.3, 0.5, 0.12, 0.66) ||
             (ax < fixed(0.13) && y > fixed(0.4) && y < fixed(0.92));
    case shape::fish:
      if (x < fixed(-0.4)) return x > fixed(-0.92) && ay < (fixed(-0.28) - x) * fixed(0.72);
      return disc((x - fixed(0.15)) * fixed(0.64), y, 0.42) && !disc(x - fixed(0.5), y + fixed(0.1), 0.08);
    case shape::mushroom:
      return y < fixed() ? disc(x * fixed(0.9), y, 0.78) : ax < fixed(0.24) && y < fixed(0.8);
    case shape::cup:
      return trapezium(x, y, -0.6, 0.65, 0.6, 0.44) ||
             (x > fixed(0.4) && annulus(x - fixed(0.6), y, 0.2, 0.38));
    case shape::key:
      return key(x, y);
    case shape::umbrella:
      if (y < fixed(0.05)) return disc(x, y, 0.85);
      return (ax < fixed(0.07) && y < fixed(0.7)) ||
             (y > fixed(0.6) && annulus(x - fixed(0.15), y - fixed(0.66), 0.09, 0.22));
    case shape::cloud:
      return disc(x + fixed(0.46), y - fixed(0.2), 0.4) || disc(x - fixed(0.46), y - fixed(0.2), 0.4) ||
             disc(x, y + fixed(0.1), 0.52) || (ax < fixed(0.46) && y > fixed() && y < fixed(0.6));
    case shape::bolt:
      return bolt(x, y);
    case shape::bottle:
      return trapezium(x, y, -0.9, -0.4, 0.16, 0.16) || trapezium(x, y, -0.45, -0.1, 0.16, 0.4) ||
             trapezium(x, y, -0.12, 0.9, 0.4, 0.4);
    case shape::ladder:
      return ay < fixed(0.92) &&
             (abs(ax - fixed(0.44)) < fixed(0.11) ||
              (ax < fixed(0.44) && abs(fraction(y * fixed(2.4) + fixed(0.5)) - fixed(0.5)) < fixed(0.22)));
    case shape::anchor:
      return anchor(x, y);
    case shape::bell:
      return disc(x, y - fixed(0.72), 0.17) || trapezium(x, y, 0.4, 0.62, 0.62, 0.82) ||
             (y <= fixed(0.4) && y > fixed(-0.85) &&
              ax < fixed(0.3) + root(greatest(y + fixed(0.85), 0)) * fixed(0.26));
    case shape::ellipse:
      return disc(x, y * fixed(1.6), 0.9);
    case shape::stick:
      return box(x, y, 0.95, 0.12);
    case shape::blossom: {
      const fixed reach = (fixed(0.92) - o.depth) + o.depth * cosine(angle(y, x) * o.petals);
      return disc(x, y, greatest(reach, 0));
    }
    case shape::hull:
      return trapezium(x, y, -0.22, 0.22, 0.95, 0.62);
    case shape::sail:
      return x > fixed(-0.5) && y > fixed(-0.95) && y < fixed(0.85) &&
             x + fixed(0.5) < (y + fixed(0.95)) * fixed(0.55);
    case shape::lugsail:
      return box(x, y, 0.62, 0.8);
  }
  return false;
}

}  // namespace coop::drawing

#endif
