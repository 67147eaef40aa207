// SPDX-License-Identifier: MIT
//
// A picture in memory: 8-bit RGB, row-major, rows from the top, three interleaved channels. Everything
// between a decoder and a tower speaks this type; nothing here knows a file format: what reads files is a
// Decoder. Pictures of other numbers of channels are only for what keeps a file's own mode a while; see
// source_picture.hpp.
#ifndef COOP_DATA_IMAGE_HPP
#define COOP_DATA_IMAGE_HPP

#include <coop/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace coop {

/// An owned picture, shape (height, width, Channels), uint8.
template <index_t Channels>
struct basic_image {
  static_assert(Channels >= 1, "coop: a picture has a channel");
  index_t height = 0;                ///< rows
  index_t width = 0;                 ///< columns
  std::vector<std::uint8_t> pixels;  // (height, width, Channels)

  basic_image() = default;
  /// A picture of zeros.
  basic_image(index_t h, index_t w)
      : height(h), width(w), pixels(std::size_t(Channels) * std::size_t(h) * std::size_t(w)) {}

  /// The channels of the pixel in row y, column x.
  [[nodiscard]] std::uint8_t* at(index_t y, index_t x) {
    return pixels.data() + std::size_t(Channels) * (std::size_t(y) * std::size_t(width) + std::size_t(x));
  }
  /// The channels of one pixel.
  [[nodiscard]] const std::uint8_t* at(index_t y, index_t x) const {
    return pixels.data() + std::size_t(Channels) * (std::size_t(y) * std::size_t(width) + std::size_t(x));
  }

  friend bool operator==(const basic_image&, const basic_image&) = default;
};

/// Borrowed pixels of the same layout: a camera's buffer, a mapped file. `stride` is bytes from row to row.
template <index_t Channels>
struct basic_image_view {
  const std::uint8_t* data = nullptr;  ///< the first row
  index_t height = 0;                  ///< rows
  index_t width = 0;                   ///< columns
  std::ptrdiff_t stride = 0;           ///< bytes from a row to the next

  basic_image_view() = default;
  /// Dense rows, from the first.
  basic_image_view(const std::uint8_t* pixels, index_t h, index_t w)
      : basic_image_view(pixels, h, w, std::ptrdiff_t(Channels) * w) {}
  /// Rows that are `row_bytes` apart.
  basic_image_view(const std::uint8_t* pixels, index_t h, index_t w, std::ptrdiff_t row_bytes)
      : data(pixels), height(h), width(w), stride(row_bytes) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a view of what is there
  /// A whole picture, which must outlive the view.
  basic_image_view(const basic_image<Channels>& picture)
      : basic_image_view(picture.pixels.data(), picture.height, picture.width) {}

  /// The first byte of a row.
  [[nodiscard]] const std::uint8_t* row(index_t y) const { return data + y * stride; }
};

/// RGB, as towers take it.
using image = basic_image<3>;
using image_view = basic_image_view<3>;

/// What turns the file at a path into pixels, from several threads at once; io_error names the file.
template <class D>
concept Decoder = requires(const D& decoder, const std::string& path) {
  { decoder(path) } -> std::same_as<image>;
};

}  // namespace coop

#endif
