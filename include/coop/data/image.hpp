// SPDX-License-Identifier: MIT
//
// A picture in memory: 8-bit RGB, row-major, rows from the top, three interleaved channels. Everything
// between a decoder and a tower speaks this type; nothing here knows a file format: what reads files is a
// Decoder.
#ifndef COOP_DATA_IMAGE_HPP
#define COOP_DATA_IMAGE_HPP

#include <coop/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace coop {

/// An owned picture, shape (height, width, 3), uint8, RGB.
struct image {
  index_t height = 0;
  index_t width = 0;
  std::vector<std::uint8_t> pixels;  // (height, width, 3)

  image() = default;
  image(index_t h, index_t w)
      : height(h), width(w), pixels(std::size_t(3) * std::size_t(h) * std::size_t(w)) {}

  /// The three channels of the pixel in row y, column x.
  [[nodiscard]] std::uint8_t* at(index_t y, index_t x) {
    return pixels.data() + 3 * (std::size_t(y) * std::size_t(width) + std::size_t(x));
  }
  [[nodiscard]] const std::uint8_t* at(index_t y, index_t x) const {
    return pixels.data() + 3 * (std::size_t(y) * std::size_t(width) + std::size_t(x));
  }

  friend bool operator==(const image&, const image&) = default;
};

/// Borrowed pixels of the same layout: a camera's buffer, a mapped file. `stride` is bytes from row to row.
struct image_view {
  const std::uint8_t* data = nullptr;
  index_t height = 0;
  index_t width = 0;
  std::ptrdiff_t stride = 0;

  image_view() = default;
  image_view(const std::uint8_t* pixels, index_t h, index_t w)
      : image_view(pixels, h, w, std::ptrdiff_t(3) * w) {}
  image_view(const std::uint8_t* pixels, index_t h, index_t w, std::ptrdiff_t row_bytes)
      : data(pixels), height(h), width(w), stride(row_bytes) {}
  image_view(const image& picture)  // NOLINT(google-explicit-constructor): a view of what is there
      : image_view(picture.pixels.data(), picture.height, picture.width) {}

  [[nodiscard]] const std::uint8_t* row(index_t y) const { return data + y * stride; }
};

/// What turns the file at a path into pixels, from several threads at once; io_error names the file.
template <class D>
concept Decoder = requires(const D& decoder, const std::string& path) {
  { decoder(path) } -> std::same_as<image>;
};

}  // namespace coop

#endif
