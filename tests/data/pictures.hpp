// SPDX-License-Identifier: MIT
//
// Golden pictures of this room's tests: arrays of (height, width, 3) that make_pictures.py wrote.
#ifndef COOP_TESTS_DATA_PICTURES_HPP
#define COOP_TESTS_DATA_PICTURES_HPP

#include <coop/data/image.hpp>
#include <coop/io/npy.hpp>

#include <cstring>
#include <filesystem>
#include <string>

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

}  // namespace pictures

#endif
