// SPDX-License-Identifier: MIT
//
// Golden pictures of this room's tests: arrays of (height, width, 3) that make_pictures.py wrote.
#ifndef COOP_TESTS_DATA_PICTURES_HPP
#define COOP_TESTS_DATA_PICTURES_HPP

#include <coop/data/image.hpp>
#include <coop/io/npy.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace pictures {

/// A file beside the sources of the tests, wherever the tests run.
inline std::string path_of(const std::string& name) {
  return (std::filesystem::path(__FILE__).parent_path() / name).string();
}

/// The golden pixels of that name.
inline coop::image golden(const std::string& name) {
  const coop::npy_array array = coop::read_npy(path_of(name + ".npy"));
  coop::image picture(coop::index_t(array.extents.at(0)), coop::index_t(array.extents.at(1)));
  coop::check<coop::shape_error>(array.extents.size() == 3 && array.bytes.size() == picture.pixels.size(),
                                 [&] { return name + ": not the pixels of a picture"; });
  std::memcpy(picture.pixels.data(), array.bytes.data(), array.bytes.size());
  return picture;
}

/// The golden pixels of that name, one picture after the other in an array of (pictures, height, width, 3).
inline std::vector<coop::image> golden_stack(const std::string& name) {
  const coop::npy_array array = coop::read_npy(path_of(name + ".npy"));
  const auto height = coop::index_t(array.extents.at(1));
  const auto width = coop::index_t(array.extents.at(2));
  std::vector<coop::image> all;
  for (std::int64_t i = 0; i < array.extents.at(0); ++i) {
    coop::image picture(height, width);
    std::memcpy(picture.pixels.data(), array.bytes.data() + std::size_t(i) * picture.pixels.size(),
                picture.pixels.size());
    all.push_back(std::move(picture));
  }
  return all;
}

/// Files of every mode, in the order of the stacks conversion_*.npy.
inline const std::vector<std::string> every_mode{"jpeg_420",       "jpeg_grey",   "jpeg_cmyk",
                                                 "jpeg_ycck",      "png_one_bit", "png_grey",
                                                 "png_grey_alpha", "png_palette", "png_palette_transparent",
                                                 "png_palette_2",  "png_rgb",     "png_rgba",
                                                 "png_rgba_holes", "png_rgba_16", "png_grey_alpha_16"};
/// Those on which the orders of conversion differ in kind.
inline const std::vector<std::string> different_modes{"jpeg_cmyk", "png_one_bit", "png_grey_alpha",
                                                      "png_palette", "png_rgba_holes"};

/// The file of that name, with its ending.
inline std::string file_of(const std::string& name) {
  return path_of(name + (name.starts_with("jpeg") ? ".jpg" : ".png"));
}

}  // namespace pictures

#endif
