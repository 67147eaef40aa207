// SPDX-License-Identifier: MIT
//
// One array as NumPy's .npy file: features on their way into notebooks, golden arrays on their way into
// tests. Follows numpy.lib.format, versions 1 to 3; row-major arrays of plain numbers only, never pickled
// objects.
#ifndef COOP_IO_NPY_HPP
#define COOP_IO_NPY_HPP

#include <coop/io/atomic_file.hpp>
#include <coop/io/descriptor.hpp>
#include <coop/io/element_type.hpp>
#include <coop/tensor/view.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace coop {

/// An array as a file holds it.
struct npy_array {
  element_type type = element_type::f32;  ///< of its numbers
  std::vector<std::int64_t> extents;      ///< row-major
  std::vector<std::byte> bytes;           ///< little-endian, row-major

  /// A floating array as float32.
  [[nodiscard]] std::vector<float> floats() const { return detail::as_floats(bytes, type, "npy array"); }
  /// An integer or boolean array.
  [[nodiscard]] std::vector<std::int64_t> integers() const {
    return detail::as_integers(bytes, type, "npy array");
  }
};

/// Axes of an array in a .npy file: no version of NumPy has more.
inline constexpr std::size_t most_npy_axes = 64;

namespace detail {

struct npy_type {
  element_type type;
  std::string_view description;
};

/// bfloat16 is missing: NumPy has no such type.
inline constexpr std::array<npy_type, 9> npy_types{{{element_type::f16, "<f2"},
                                                    {element_type::f32, "<f4"},
                                                    {element_type::f64, "<f8"},
                                                    {element_type::i64, "<i8"},
                                                    {element_type::i32, "<i4"},
                                                    {element_type::i16, "<i2"},
                                                    {element_type::i8, "|i1"},
                                                    {element_type::u8, "|u1"},
                                                    {element_type::boolean, "|b1"}}};

/// Reads the literal that a .npy header is: a dict of the three known keys in any order.
class npy_header {
 public:
  npy_header(std::string_view text, const std::string& path) : rest_(text), path_(path) {
    expect('{');
    while (!take('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr") {
        description = quoted();
      } else if (key == "fortran_order") {
        fortran_order = word() == "True";
      } else if (key == "shape") {
        read_shape();
      } else {
        refuse();
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
  }

  std::string_view description;
  bool fortran_order = false;
  std::vector<std::int64_t> extents;

 private:
  [[noreturn]] void refuse() const {
    throw io_error(path_ + ": not a .npy file: header that NumPy does not write");
  }

  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }
  bool take(char c) {
    skip_space();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) refuse();
  }
  std::string_view quoted() {
    expect('\'');
    const std::size_t end = rest_.find('\'');
    if (end == std::string_view::npos) refuse();
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::string_view word() {
    skip_space();
    const std::size_t end = std::min(rest_.find_first_of(" ,}"), rest_.size());
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (text != "True" && text != "False") refuse();
    return text;
  }
  void read_shape() {
    extents.clear();
    expect('(');
    while (!take(')')) {
      skip_space();
      std::int64_t extent = 0;
      const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), extent);
      if (problem != std::errc{} || extent < 0) refuse();
      check<io_error>(extents.size() < most_npy_axes, [&] {
        return path_ + ": shape: expected at most " + std::to_string(most_npy_axes) + " axes, got more";
      });
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      extents.push_back(extent);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
  }

  std::string_view rest_;
  const std::string& path_;
};

/// "{'descr': '<f4', ...}" with all that stands before the data.
inline std::string npy_preamble(element_type type, const std::vector<std::int64_t>& extents) {
  const auto known =
      std::find_if(npy_types.begin(), npy_types.end(), [&](const npy_type& t) { return t.type == type; });
  check<io_error>(known != npy_types.end(),
                  [&] { return "npy: no NumPy type for elements of " + std::string(name(type)); });
  std::string header =
      "{'descr': '" + std::string(known->description) + "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t extent : extents)
    header += std::to_string(extent) + (extents.size() == 1 ? "," : ", ");
  if (extents.size() > 1) header.resize(header.size() - 2);
  header += "), }";
  constexpr std::size_t fixed = 10;  // magic, version, length
  while ((fixed + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string all = "\x93NUMPY";
  all += '\x01';
  all += '\x00';
  all += static_cast<char>(header.size() & 0xff);
  all += static_cast<char>(header.size() >> 8);
  return all + header;
}

template <class T>
void write_npy(const std::string& path, element_type type, const std::vector<std::int64_t>& extents,
               std::span<const T> values) {
  std::size_t count = 0;
  check<shape_error>(
      count_bytes(extents, type, values.size_bytes(), count) && count == values.size_bytes(), [&] {
        return path + ": " + to_text(extents) + " does not hold " + std::to_string(values.size()) + " values";
      });
  atomic_file file(path);
  file.write(npy_preamble(type, extents));
  file.write(std::as_bytes(values));
  file.commit();
}

}  // namespace detail

/// Writes float32 values of any shape.
inline void write_npy(const std::string& path, const std::vector<std::int64_t>& extents,
                      std::span<const float> values) {
  detail::write_npy(path, element_type::f32, extents, values);
}

/// Writes bytes of any shape: pixels.
inline void write_npy(const std::string& path, const std::vector<std::int64_t>& extents,
                      std::span<const std::uint8_t> values) {
  detail::write_npy(path, element_type::u8, extents, values);
}

/// Writes 64-bit integers of any shape: labels, token ids.
inline void write_npy(const std::string& path, const std::vector<std::int64_t>& extents,
                      std::span<const std::int64_t> values) {
  detail::write_npy(path, element_type::i64, extents, values);
}

/// Writes a matrix, its rows dense or not.
inline void write_npy(const std::string& path, view<const float, 2> matrix) {
  atomic_file file(path);
  file.write(detail::npy_preamble(element_type::f32, {matrix.rows(), matrix.columns()}));
  for (index_t i = 0; i < matrix.rows(); ++i) {
    file.write(std::as_bytes(std::span(matrix.row(i), static_cast<std::size_t>(matrix.columns()))));
  }
  file.commit();
}

/// Bytes of a .npy file's numbers that are read when nobody says their shape: the features of ImageNet have 3 GB.
inline constexpr std::size_t most_npy_bytes = std::size_t(1) << 34;

namespace detail {

/// Where the numbers of a .npy file begin, and what its header says of them; compared with the file's size.
struct npy_contents {
  descriptor file;
  std::size_t begin = 0;
  std::size_t size = 0;
  element_type type = element_type::f32;
  std::vector<std::int64_t> extents;
};

/// Reads the header and no number.
inline npy_contents open_npy(const std::string& path) {
  npy_contents found;
  found.file = open_for_reading(path);
  const std::size_t size = size_of_regular(found.file, path);
  constexpr std::size_t longest = 0xffff;  // that a header of version 1 can be
  constexpr std::string_view magic = "\x93NUMPY";
  std::vector<std::byte> head(std::min<std::size_t>(size, 12));
  read_at(found.file, 0, head, path);
  check<io_error>(head.size() == 12 && std::memcmp(head.data(), magic.data(), magic.size()) == 0,
                  [&] { return path + ": not a .npy file: expected it to begin with \\x93NUMPY"; });
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(head[i]); };
  const std::size_t format = byte(6);
  check<io_error>(format >= 1 && format <= 3,
                  [&] { return path + ": .npy version: expected 1, 2 or 3, got " + std::to_string(format); });
  const std::size_t start = format == 1 ? 10 : 12;
  const std::size_t length = byte(8) | byte(9) << 8 | (format == 1 ? 0 : byte(10) << 16 | byte(11) << 24);
  check<io_error>(length <= size - start, [&] {
    return path + ": truncated: expected a header of " + std::to_string(length) + " bytes, got " +
           std::to_string(size - start);
  });
  check<io_error>(length <= longest, [&] {
    return path + ": header: expected at most " + std::to_string(longest) + " bytes, got " +
           std::to_string(length);
  });
  head.resize(length);
  read_at(found.file, start, head, path);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes read as characters
  npy_header header({reinterpret_cast<const char*>(head.data()), length}, path);
  const auto known = std::find_if(npy_types.begin(), npy_types.end(),
                                  [&](const auto& t) { return t.description == header.description; });
  check<io_error>(known != npy_types.end(), [&] {
    return path + ": element type: expected little-endian floats, integers or booleans, got '" +
           std::string(header.description) + "'";
  });
  check<io_error>(!header.fortran_order,
                  [&] { return path + ": expected row-major order, got Fortran order"; });
  found.begin = start + length;
  found.size = size - found.begin;
  found.type = known->type;
  std::size_t count = 0;
  check<io_error>(count_bytes(header.extents, known->type, found.size, count) && count == found.size, [&] {
    return path + ": size: " + std::to_string(found.size) + " bytes of data do not fill " +
           std::string(name(known->type)) + " of shape " + to_text(header.extents);
  });
  found.extents = std::move(header.extents);
  return found;
}

/// Reads the numbers.
inline npy_array numbers_of(npy_contents found, const std::string& path) {
  std::vector<std::byte> bytes = zeros<std::byte>(found.size, path);
  read_at(found.file, found.begin, bytes, path);
  return {found.type, std::move(found.extents), std::move(bytes)};
}

}  // namespace detail

/// Reads an array; anything but a whole, row-major array of numbers is an io_error, and so are more than most_npy_bytes
/// of them, before memory is asked for.
inline npy_array read_npy(const std::string& path) {
  detail::npy_contents found = detail::open_npy(path);
  check<io_error>(found.size <= most_npy_bytes, [&] {
    return path + ": too long: expected at most " + std::to_string(most_npy_bytes) + " bytes, got " +
           std::to_string(found.size) + " of shape " + to_text(found.extents);
  });
  return detail::numbers_of(std::move(found), path);
}

/// The same; another shape than `extents` is a shape_error, before memory is asked for.
inline npy_array read_npy(const std::string& path, const std::vector<std::int64_t>& extents) {
  detail::npy_contents found = detail::open_npy(path);
  check<shape_error>(found.extents == extents, [&] {
    return path + ": shape: expected " + to_text(extents) + ", got " + to_text(found.extents);
  });
  return detail::numbers_of(std::move(found), path);
}

}  // namespace coop

#endif
