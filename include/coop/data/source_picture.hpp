// SPDX-License-Identifier: MIT
//
// A picture as its file has it, before anybody made RGB of it: grey, with alpha, of a palette, of four inks.
// The published programs differ in when they convert. CoOp's engine, Dassl, converts at loading; CLIP's own
// preprocessing resizes and crops first, in the picture's mode, as Pillow does that: palettes and bilevel
// pictures by the nearest pixel, colours multiplied by their alpha, inks as inks. The numbers are Pillow's
// (Convert.c, Geometry.c).
#ifndef COOP_DATA_SOURCE_PICTURE_HPP
#define COOP_DATA_SOURCE_PICTURE_HPP

#include <coop/data/image.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

/// When a picture becomes RGB.
enum class conversion_order : std::uint8_t {
  dassl,  // at loading: what CoOp was trained and tested with
  clip    // after resizing and cropping: what CLIP's own preprocessing does
};

/// "dassl", "clip".
constexpr std::string_view name(conversion_order order) {
  return order == conversion_order::dassl ? "dassl" : "clip";
}

/// The order called `word`; choice_error lists those there are.
inline conversion_order conversion_from_word(std::string_view word) {
  for (const conversion_order order : {conversion_order::dassl, conversion_order::clip}) {
    if (word == name(order)) return order;
  }
  throw choice_error("conversion '" + std::string(word) + "': expected dassl or clip");
}

/// What the samples of a pixel are. In brackets Pillow's name.
enum class picture_mode : std::uint8_t {
  bilevel,     // [1] black and white, 0 or 255
  grey,        // [L]
  grey_alpha,  // [LA]
  palette,     // [P] an index
  rgb,         // [RGB]
  rgb_alpha,   // [RGBA]
  inks         // [CMYK]
};

/// Samples of a pixel.
COOP_HOST_DEVICE constexpr index_t channels(picture_mode mode) {
  switch (mode) {
    case picture_mode::grey_alpha:
      return 2;
    case picture_mode::rgb:
      return 3;
    case picture_mode::rgb_alpha:
    case picture_mode::inks:
      return 4;
    default:
      return 1;
  }
}

/// Samples in the mode of the file, and the palette that indices look up.
struct source_picture {
  picture_mode mode = picture_mode::rgb;                  ///< what a sample is
  index_t height = 0;                                     ///< rows
  index_t width = 0;                                      ///< columns
  std::vector<std::uint8_t> samples;                      // (height, width, channels(mode))
  std::vector<std::array<std::uint8_t, 3>> colours = {};  // (256, 3), of a palette; else empty

  source_picture() = default;
  /// A picture of zeros.
  source_picture(picture_mode m, index_t h, index_t w)
      : mode(m), height(h), width(w), samples(std::size_t(channels(m)) * std::size_t(h) * std::size_t(w)) {
    if (m == picture_mode::palette) colours.resize(256);
  }
  /// A picture that is RGB from the start.
  explicit source_picture(image rgb) : height(rgb.height), width(rgb.width), samples(std::move(rgb.pixels)) {}

  friend bool operator==(const source_picture&, const source_picture&) = default;
};

/// A Decoder that also gives a picture in the mode of its file: decoder.source(path).
template <class D>
concept SourceDecoder = Decoder<D> && requires(const D& decoder, const std::string& path) {
  { decoder.source(path) } -> std::same_as<source_picture>;
};

/// (height, width) of a picture.
struct picture_extents {
  index_t height = 0;  ///< rows
  index_t width = 0;   ///< columns

  friend bool operator==(const picture_extents&, const picture_extents&) = default;
};

/// A Decoder that can tell how large a picture is without decoding it: decoder.extents(path).
template <class D>
concept MeasuringDecoder = Decoder<D> && requires(const D& decoder, const std::string& path) {
  { decoder.extents(path) } -> std::same_as<picture_extents>;
};

namespace detail {

/// a * b / 255, rounded as Pillow rounds it.
COOP_HOST_DEVICE constexpr int multiply_of_255(int a, int b) {
  const int t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}
/// A colour that was multiplied by its alpha as it was before, truncated; what is wholly transparent stays as it is.
COOP_HOST_DEVICE constexpr int divided_by_alpha(int colour, int alpha) {
  if (alpha == 0 || alpha == 255) return colour;
  const int whole = 255 * colour / alpha;
  return whole < 255 ? whole : 255;
}
/// What `ink` of 255 leaves of the light that black leaves.
COOP_HOST_DEVICE constexpr int light_of_ink(int ink, int light) {
  const int rest = light - multiply_of_255(ink, light);
  return rest < 0 ? 0 : rest < 255 ? rest : 255;
}

/// RGB of `pixels` pixels in a row. Alpha is dropped, not composited; a palette is looked up; inks go by
/// Pillow's cmyk2rgb. `colours` is only looked at for palettes.
inline void rgb_of_samples(picture_mode mode, const std::uint8_t* in, std::size_t pixels,
                           std::span<const std::array<std::uint8_t, 3>> colours, std::uint8_t* rgb) {
  const auto each = [&](auto convert) {
    const auto step = std::size_t(channels(mode));
    for (std::size_t i = 0; i < pixels; ++i) convert(in + step * i, rgb + 3 * i);
  };
  switch (mode) {
    case picture_mode::bilevel:
    case picture_mode::grey:
    case picture_mode::grey_alpha:
      return each([](const std::uint8_t* s, std::uint8_t* out) { std::fill_n(out, 3, s[0]); });
    case picture_mode::palette:
      return each(
          [&](const std::uint8_t* s, std::uint8_t* out) { std::copy_n(colours[s[0]].data(), 3, out); });
    case picture_mode::rgb:
    case picture_mode::rgb_alpha:
      return each([](const std::uint8_t* s, std::uint8_t* out) { std::copy_n(s, 3, out); });
    case picture_mode::inks:
      return each([](const std::uint8_t* s, std::uint8_t* out) {
        const int light = 255 - s[3];  // 255 minus black
        for (int c = 0; c < 3; ++c) out[c] = static_cast<std::uint8_t>(light_of_ink(s[c], light));
      });
  }
}

/// Colours multiplied by their alpha, the last channel: between such pixels can be interpolated.
template <index_t Channels>
void multiply_by_alpha(std::uint8_t* samples, std::size_t pixels) {
  for (std::size_t i = 0; i < pixels; ++i, samples += Channels) {
    const int alpha = samples[Channels - 1];
    for (index_t c = 0; c + 1 < Channels; ++c) {
      samples[c] = static_cast<std::uint8_t>(multiply_of_255(samples[c], alpha));
    }
  }
}

/// The way back.
template <index_t Channels>
void divide_by_alpha(std::uint8_t* samples, std::size_t pixels) {
  for (std::size_t i = 0; i < pixels; ++i, samples += Channels) {
    const int alpha = samples[Channels - 1];
    for (index_t c = 0; c + 1 < Channels; ++c) {
      samples[c] = static_cast<std::uint8_t>(divided_by_alpha(samples[c], alpha));
    }
  }
}

}  // namespace detail

/// Pillow's convert("RGB"). Of a picture that is RGB already no pixel is copied.
inline image to_rgb(source_picture picture) {
  image rgb;
  rgb.height = picture.height;
  rgb.width = picture.width;
  if (picture.mode == picture_mode::rgb) {
    rgb.pixels = std::move(picture.samples);
    return rgb;
  }
  const std::size_t pixels = std::size_t(picture.height) * std::size_t(picture.width);
  rgb.pixels.resize(3 * pixels);
  detail::rgb_of_samples(picture.mode, picture.samples.data(), pixels, picture.colours, rgb.pixels.data());
  return rgb;
}

}  // namespace coop

#endif
