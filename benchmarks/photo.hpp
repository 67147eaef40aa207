// SPDX-License-Identifier: MIT
//
// Pictures that cost a decoder what photographs cost it: light that falls off over the frame, objects with hard edges,
// texture whose octaves weaken as those of photographs do, and the grain of a sensor. Made by formula, so that every
// run has the same ones, and written as JPEG by libjpeg.
#ifndef COOP_BENCHMARKS_PHOTO_HPP
#define COOP_BENCHMARKS_PHOTO_HPP

#include <coop/data/image.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <jpeglib.h>

namespace coop::benchmarks {

/// From 0 to 1, of a place of a grid.
inline float scattered(std::uint32_t x, std::uint32_t y, std::uint32_t seed) {
  std::uint32_t h = x * 0x9E3779B1u ^ y * 0x85EBCA77u ^ seed * 0xC2B2AE3Du;
  h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
  h = (h ^ (h >> 12)) * 0x297A2D39u;
  return float((h ^ (h >> 15)) >> 8) / float(1 << 24);
}

/// Smooth noise of one octave.
inline float octave(float x, float y, std::uint32_t seed) {
  const float fx = std::floor(x);
  const float fy = std::floor(y);
  const auto eased = [](float t) { return t * t * (3 - 2 * t); };
  const float u = eased(x - fx);
  const float v = eased(y - fy);
  const auto at = [&](int dx, int dy) {
    return scattered(std::uint32_t(int(fx) + dx), std::uint32_t(int(fy) + dy), seed);
  };
  return (at(0, 0) * (1 - u) + at(1, 0) * u) * (1 - v) + (at(0, 1) * (1 - u) + at(1, 1) * u) * v;
}

/// A photograph of a scene that nobody has seen.
inline image photo(index_t height, index_t width, std::uint32_t seed = 1) {
  image picture(height, width);
  const float unit = 1.0f / float(std::min(height, width));
  for (index_t y = 0; y < height; ++y) {
    for (index_t x = 0; x < width; ++x) {
      const float px = float(x) * unit;
      const float py = float(y) * unit;
      // The object that lies on top here: discs of a colour and a roughness of their own.
      std::uint32_t object = 0;
      for (std::uint32_t i = 1; i <= 24; ++i) {
        const float cx = scattered(i, 1, seed) * float(width) * unit - px;
        const float cy = scattered(i, 2, seed) * float(height) * unit - py;
        const float radius = 0.05f + 0.2f * scattered(i, 3, seed);
        if (cx * cx + cy * cy < radius * radius) object = i;
      }
      const float rough = 20.0f + 70.0f * scattered(object, 4, seed);
      float texture = 0;
      float weight = 0.5f;
      for (float scale = 4; scale < 0.5f / unit; scale *= 2, weight *= 0.72f) {
        texture += weight * (octave(px * scale, py * scale, seed + object + std::uint32_t(scale)) - 0.5f);
      }
      const float light = 1.0f - 0.35f * py;
      for (std::uint32_t c = 0; c < 3; ++c) {
        const float base = 50.0f + 150.0f * scattered(object, 5 + c, seed);
        const float grain =
            10.0f * (scattered(std::uint32_t(x), std::uint32_t(y) * 4 + c, seed ^ 0x5bd1e995u) - 0.5f);
        const float value = light * (base + rough * 2.0f * texture) + grain;
        picture.at(y, x)[c] = static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
      }
    }
  }
  return picture;
}

/// A picture as a JPEG file's bytes, chroma halved both ways as cameras do.
inline std::vector<std::byte> jpeg_of(const image& picture, int quality) {
  jpeg_compress_struct state{};
  jpeg_error_mgr errors{};
  state.err = jpeg_std_error(&errors);
  jpeg_create_compress(&state);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): libjpeg's signature
  jpeg_mem_dest(&state, &bytes, &size);
  state.image_width = JDIMENSION(picture.width);
  state.image_height = JDIMENSION(picture.height);
  state.input_components = 3;
  state.in_color_space = JCS_RGB;
  jpeg_set_defaults(&state);
  jpeg_set_quality(&state, quality, TRUE);
  jpeg_start_compress(&state, TRUE);
  while (state.next_scanline < state.image_height) {
    auto* row = const_cast<JSAMPROW>(picture.at(index_t(state.next_scanline), 0));  // NOLINT: it only reads
    jpeg_write_scanlines(&state, &row, 1);
  }
  jpeg_finish_compress(&state);
  jpeg_destroy_compress(&state);
  const auto* begin = reinterpret_cast<const std::byte*>(bytes);  // NOLINT: bytes as the library spells them
  std::vector<std::byte> file(begin, begin + size);
  std::free(bytes);  // NOLINT: the library's own
  return file;
}

/// A size to measure with.
struct photo_size {
  index_t width;
  index_t height;
};
inline constexpr std::array<photo_size, 3> photo_sizes{{{300, 200}, {500, 375}, {1600, 1200}}};
inline constexpr int photo_quality = 90;

}  // namespace coop::benchmarks

#endif
