// SPDX-License-Identifier: MIT
//
// A scene as values (a ground, things upon it, light and a style) and its rasteriser. A scene is drawn on
// twice the grid and averaged, lit, restyled (sketch, painting, chalk and so on) and given the grain of a
// camera. It holds no randomness of its own but a seed.
#ifndef COOP_DATA_DRAWN_SCENE_HPP
#define COOP_DATA_DRAWN_SCENE_HPP

#include <coop/data/drawn/fixed.hpp>
#include <coop/data/drawn/patterns.hpp>
#include <coop/data/drawn/random.hpp>
#include <coop/data/drawn/shapes.hpp>
#include <coop/data/image.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace coop::drawing {

/// How a scene is rendered.
enum class style { photo, sketch, silhouette, painting, negative, pixels, blurred, dark, chalk, grey };
inline constexpr int styles = 10;  ///< how many there are

/// One thing: an outline, where it stands, and what covers it.
struct thing {
  drawing::outline outline;  ///< its shape
  fixed x, y;                ///< its centre, in [0, 1]
  fixed size = 0.4;          ///< of the picture's side
  fixed turn;                ///< in turns
  fixed aspect = 1;          ///< width over height
  filling cover;             ///< what it is covered with
  fixed shadow;              ///< how dark its shadow is
};

/// Everything a picture shows.
struct scene {
  drawing::style style = drawing::style::photo;  ///< how it is rendered
  filling ground;                                ///< what lies behind everything
  std::vector<thing> things;                     ///< from back to front
  fixed grain;                                   // amplitude of the camera's noise
  fixed light_x, light_y, shade;  ///< where light comes from, and how much it models the things
  fixed warp;                     // how far a hand trembles
  fixed gain = 1, vignette;       ///< brightness, and how much darker corners are
  std::uint32_t seed = 0;         ///< of the grain
};

/// Side of the drawn pictures.
inline constexpr int picture_side = 64;

namespace detail {

inline constexpr int canvas_side = 2 * picture_side;  // two samples a side of a pixel
inline constexpr int canvas_area = canvas_side * canvas_side;

/// The samples of a picture: a colour each, and what is seen there (0 is the ground).
struct canvas {
  std::vector<colour> colours = std::vector<colour>(canvas_area);
  std::vector<int> seen = std::vector<int>(canvas_area);

  static std::size_t index(int y, int x) { return std::size_t(y) * canvas_side + std::size_t(x); }
};

/// A thing with what does not change from sample to sample worked out.
struct placed {
  const thing* what;
  fixed cosine, sine, along, across, reach;
};

inline std::vector<placed> place_things(const scene& s) {
  std::vector<placed> result;
  for (const thing& t : s.things) {
    const fixed wide = t.size * t.aspect;
    result.push_back({&t, cosine(t.turn), sine(t.turn), fixed(1) / wide, fixed(1) / t.size,
                      greatest(wide, t.size) * fixed(1.5)});
  }
  return result;
}

/// The line drawings tell apart a thing from its neighbour, and the two colours of what covers it.
inline int identity(int order, const thing& t, colour c) {
  if (t.cover.pattern == pattern::plain) return 1 + order;
  return 1 + order + (c.red + c.green + c.blue > fixed(1.5) ? 40 : 20);
}

inline void draw_things(const scene& s, const std::vector<placed>& things, fixed u, fixed v, colour& c,
                        int& seen) {
  for (std::size_t i = 0; i < things.size(); ++i) {
    const placed& p = things[i];
    const thing& t = *p.what;
    const fixed dx = u - t.x, dy = v - t.y;
    if (abs(dx) > p.reach || abs(dy) > p.reach) continue;
    const fixed x = (p.cosine * dx + p.sine * dy) * p.along;
    const fixed y = (p.cosine * dy - p.sine * dx) * p.across;
    if (!inside(t.outline, x, y)) {
      if (t.shadow > fixed() && inside(t.outline, x - fixed(0.12), y - fixed(0.16)))
        c = scaled(c, fixed(1) - t.shadow);
      continue;
    }
    c = colour_at(t.cover, x, y, s.seed + 7 * std::uint32_t(i));
    seen = identity(int(i), t, c);
    if (s.shade > fixed()) c = scaled(c, fixed(1) - s.shade * (x * s.light_x + y * s.light_y) * fixed(0.6));
  }
}

inline canvas draw_canvas(const scene& s) {
  canvas result;
  const std::vector<placed> things = place_things(s);
  for (int row = 0; row < canvas_side; ++row) {
    for (int column = 0; column < canvas_side; ++column) {
      fixed u = fixed::from_raw((2 * column + 1) * fixed::unit / canvas_side) - 1;
      fixed v = fixed::from_raw((2 * row + 1) * fixed::unit / canvas_side) - 1;
      if (s.warp > fixed()) {
        const fixed du = noise(u * 4 + 9, v * 4, s.seed + 31), dv = noise(u * 4, v * 4 + 5, s.seed + 37);
        u += (du - fixed(0.5)) * s.warp;
        v += (dv - fixed(0.5)) * s.warp;
      }
      const std::size_t at = canvas::index(row, column);
      result.colours[at] = colour_at(s.ground, u, v, s.seed + 100);
      draw_things(s, things, u, v, result.colours[at], result.seen[at]);
    }
  }
  return result;
}

inline void draw_lines(canvas& c, colour paper, colour ink, bool hatched, std::uint32_t seed) {
  for (int y = 0; y < canvas_side; ++y) {
    for (int x = 0; x < canvas_side; ++x) {
      const int own = c.seen[canvas::index(y, x)];
      bool edge = false;
      for (int j = 0; j <= 2; ++j) {
        for (int i = 0; i <= 2; ++i) {
          edge = edge ||
                 (y + j < canvas_side && x + i < canvas_side && c.seen[canvas::index(y + j, x + i)] != own);
        }
      }
      const bool dusted = hatched && own > 0 && lattice(x / 2, y / 2, seed) < fixed(0.25);
      c.colours[canvas::index(y, x)] = edge ? ink : dusted ? mix(paper, ink, 0.35) : paper;
    }
  }
}

inline void draw_silhouette(canvas& c, colour sky) {
  for (int i = 0; i < canvas_area; ++i) {
    const fixed height = fixed::from_raw(i / canvas_side * fixed::unit / canvas_side);
    const colour evening = mix(sky, {0.95, 0.9, 0.8}, fixed(0.5) + fixed(0.4) * height);
    c.colours[std::size_t(i)] = c.seen[std::size_t(i)] > 0 ? colour{0.05, 0.05, 0.07} : evening;
  }
}

inline void paint(canvas& c, std::uint32_t seed) {
  for (int y = 0; y < canvas_side; ++y) {
    for (int x = 0; x < canvas_side; ++x) {
      const fixed stroke =
          (noise(fixed(x) * fixed(0.35), fixed(y) * fixed(0.12), seed + 3) - fixed(0.5)) * fixed(0.25);
      const auto few = [&](fixed v) { return fixed(nearest((v + stroke) * 5)) / 5; };
      colour& here = c.colours[canvas::index(y, x)];
      here = {few(here.red), few(here.green), few(here.blue)};
    }
  }
}

/// The mean of a window of samples, which may reach over the edge.
inline colour mean_of(const canvas& c, int top, int left, int rows, int columns) {
  colour sum;
  int count = 0;
  for (int y = top < 0 ? 0 : top; y < top + rows && y < canvas_side; ++y) {
    for (int x = left < 0 ? 0 : left; x < left + columns && x < canvas_side; ++x, ++count) {
      const colour& here = c.colours[canvas::index(y, x)];
      sum = {sum.red + here.red, sum.green + here.green, sum.blue + here.blue};
    }
  }
  return scaled(sum, fixed(1) / count);
}

inline void coarsen(canvas& c) {
  constexpr int block = canvas_side / 16;
  for (int y = 0; y < canvas_side; y += block) {
    for (int x = 0; x < canvas_side; x += block) {
      const colour mean = mean_of(c, y, x, block, block);
      for (int i = 0; i < block * block; ++i) c.colours[canvas::index(y + i / block, x + i % block)] = mean;
    }
  }
}

inline void blur(canvas& c) {
  constexpr int radius = canvas_side / 26;
  for (int pass = 0; pass < 2; ++pass) {
    for (const bool along : {true, false}) {
      const canvas before = c;
      for (int y = 0; y < canvas_side; ++y) {
        for (int x = 0; x < canvas_side; ++x) {
          c.colours[canvas::index(y, x)] = along ? mean_of(before, y, x - radius, 1, 2 * radius + 1)
                                                 : mean_of(before, y - radius, x, 2 * radius + 1, 1);
        }
      }
    }
  }
}

inline void restyle(canvas& c, const scene& s) {
  switch (s.style) {
    case style::photo:
      break;
    case style::sketch:
      draw_lines(c, {0.93, 0.92, 0.88}, {0.12, 0.12, 0.14}, false, s.seed);
      break;
    case style::chalk:
      draw_lines(c, {0.13, 0.2, 0.17}, {0.9, 0.9, 0.88}, true, s.seed);
      break;
    case style::silhouette:
      draw_silhouette(c, s.ground.front);
      break;
    case style::painting:
      paint(c, s.seed);
      break;
    case style::negative:
      for (colour& here : c.colours)
        here = {fixed(1) - here.red, fixed(1) - here.green, fixed(1) - here.blue};
      break;
    case style::pixels:
      coarsen(c);
      break;
    case style::blurred:
      blur(c);
      break;
    case style::dark:
      for (colour& here : c.colours) {
        here = {here.red * fixed(0.28) + fixed(0.01), here.green * fixed(0.3) + fixed(0.02),
                here.blue * fixed(0.38) + fixed(0.06)};
      }
      break;
    case style::grey:
      for (colour& here : c.colours) {
        const fixed light = here.red * fixed(0.3) + here.green * fixed(0.59) + here.blue * fixed(0.11);
        here = {light, light, light};
      }
      break;
  }
}

constexpr std::uint8_t to_byte(fixed x) {
  const std::int64_t level = (x.raw() * 255 + fixed::unit / 2) >> fixed::bits;
  return std::uint8_t(level < 0 ? 0 : level > 255 ? 255 : level);
}

/// Averages the samples, darkens the corners, adds grain and rounds to bytes.
inline image expose(const canvas& c, const scene& s) {
  image picture(picture_side, picture_side);
  for (int y = 0; y < picture_side; ++y) {
    for (int x = 0; x < picture_side; ++x) {
      const fixed u = fixed::from_raw((2 * x + 1) * fixed::unit / picture_side) - 1;
      const fixed v = fixed::from_raw((2 * y + 1) * fixed::unit / picture_side) - 1;
      const fixed light = s.gain * (fixed(1) - s.vignette * (u * u + v * v) * fixed(0.5));
      const colour mean = scaled(mean_of(c, 2 * y, 2 * x, 2, 2), light);
      const std::uint32_t h = lattice_hash(x, y, s.seed + 977);
      const auto grained = [&](fixed value, int shift) {
        return to_byte(value + (fixed::from_raw(((h >> shift) & 1023) * 128) - 1) * s.grain);
      };
      std::uint8_t* pixel = picture.at(y, x);
      pixel[0] = grained(mean.red, 0);
      pixel[1] = grained(mean.green, 10);
      pixel[2] = grained(mean.blue, 20);
    }
  }
  return picture;
}

}  // namespace detail

/// Draws a scene, (64, 64, 3).
inline image rasterise(const scene& s) {
  detail::canvas c = detail::draw_canvas(s);
  detail::restyle(c, s);
  return detail::expose(c, s);
}

}  // namespace coop::drawing

#endif
