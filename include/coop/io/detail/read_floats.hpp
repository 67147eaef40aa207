// SPDX-License-Identifier: MIT
//
// An array of a file as float32, or as 64-bit integers: by parts that stay in the cache between reading and widening, or,
// where nothing is to be widened, read to where it is wanted.
#ifndef COOP_IO_DETAIL_READ_FLOATS_HPP
#define COOP_IO_DETAIL_READ_FLOATS_HPP

#include <coop/io/element_type.hpp>
#include <coop/io/lazy_file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace coop::detail {

constexpr std::size_t floats_part = std::size_t(1) << 17;  // bytes; a multiple of all sizes of elements

/// The floating elements at `places` into memory of the caller's, of as many floats. `what` begins the message about
/// another type.
inline void read_floats(const lazy_file& file, std::span<const std::byte> places, element_type type,
                        const std::string& what, std::span<float> to) {
  COOP_ASSERT(places.size() == to.size() * coop::bytes(type));
  if (type == element_type::f32) return file.read(places, std::as_writable_bytes(to));
  const auto part = std::make_unique_for_overwrite<std::byte[]>(std::min(floats_part, places.size()));
  for (std::size_t begin = 0; begin < places.size(); begin += floats_part) {
    const std::span<std::byte> some(part.get(), std::min(floats_part, places.size() - begin));
    file.read(places.subspan(begin, some.size()), some);
    write_floats(some, type, what, to.subspan(begin / coop::bytes(type), some.size() / coop::bytes(type)));
  }
}

/// The same as a vector.
inline std::vector<float> read_floats(const lazy_file& file, std::span<const std::byte> places,
                                      element_type type, const std::string& what) {
  if (!is_floating(type)) return as_floats({}, type, what);  // which says so
  std::vector<float> values = zeros<float>(places.size() / coop::bytes(type), what);
  read_floats(file, places, type, what, values);
  return values;
}

/// Elements of an integer or boolean type, by parts.
inline std::vector<std::int64_t> read_integers(const lazy_file& file, std::span<const std::byte> places,
                                               element_type type, const std::string& what) {
  std::vector<std::int64_t> values = as_integers({}, type, what);  // which refuses another type
  reserve(values, places.size() / coop::bytes(type), what);
  const auto part = std::make_unique_for_overwrite<std::byte[]>(std::min(floats_part, places.size()));
  for (std::size_t begin = 0; begin < places.size(); begin += floats_part) {
    const std::span<std::byte> some(part.get(), std::min(floats_part, places.size() - begin));
    file.read(places.subspan(begin, some.size()), some);
    const std::vector<std::int64_t> widened = as_integers(some, type, what);
    values.insert(values.end(), widened.begin(), widened.end());
  }
  return values;
}

}  // namespace coop::detail

#endif
