// SPDX-License-Identifier: MIT
//
// What arrays in files are made of: the element types, their names and sizes, extents of any rank, and the
// way from stored bytes to the numbers that programs use. Every file format of this room rests on it.
#ifndef COOP_IO_ELEMENT_TYPE_HPP
#define COOP_IO_ELEMENT_TYPE_HPP

#include <coop/error.hpp>
#include <coop/io/half.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace coop {

static_assert(std::endian::native == std::endian::little,
              "coop: array files are little-endian and read as they are");

/// Types of array elements in files.
enum class element_type { f16, bf16, f32, f64, i64, i32, i16, i8, u8, boolean };

namespace detail {

struct element_fact {
  element_type type;
  std::string_view name;
  std::size_t bytes;
};

inline constexpr std::array<element_fact, 10> element_facts{{{element_type::f16, "F16", 2},
                                                             {element_type::bf16, "BF16", 2},
                                                             {element_type::f32, "F32", 4},
                                                             {element_type::f64, "F64", 8},
                                                             {element_type::i64, "I64", 8},
                                                             {element_type::i32, "I32", 4},
                                                             {element_type::i16, "I16", 2},
                                                             {element_type::i8, "I8", 1},
                                                             {element_type::u8, "U8", 1},
                                                             {element_type::boolean, "BOOL", 1}}};

}  // namespace detail

/// "F32", as safetensors spells types.
constexpr std::string_view name(element_type type) { return detail::element_facts[std::size_t(type)].name; }

/// Bytes of one element.
constexpr std::size_t bytes(element_type type) { return detail::element_facts[std::size_t(type)].bytes; }
/// A type that as float32 keeps its meaning.
constexpr bool is_floating(element_type type) {
  return type == element_type::f16 || type == element_type::bf16 || type == element_type::f32 ||
         type == element_type::f64;
}

/// Extents of an array that are not 0 multiply to at most this, also where another is 0 and there are no bytes: what is
/// computed from extents then stays within 64 bits. No memory holds so many elements.
inline constexpr std::int64_t most_elements = std::int64_t(1) << 48;

/// "(2, 3)"; "()" of a scalar.
inline std::string to_text(const std::vector<std::int64_t>& extents) {
  std::string text = "(";
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    text += (axis ? ", " : "") + std::to_string(extents[axis]);
  }
  return text + ")";
}

namespace detail {

/// Bytes of an array of these extents; false when one is negative, beyond `limit`, or beyond most_elements.
inline bool count_bytes(const std::vector<std::int64_t>& extents, element_type type, std::size_t limit,
                        std::size_t& count) {
  std::int64_t elements = 1;  // of extents that are not 0
  bool empty = false;
  for (const std::int64_t extent : extents) {
    if (extent < 0) return false;
    empty = empty || extent == 0;
    if (extent == 0) continue;
    if (extent > most_elements / elements) return false;
    elements *= extent;
  }
  count = empty ? 0 : static_cast<std::size_t>(elements) * coop::bytes(type);
  return count <= limit;
}

/// Room for so many elements; memory that is not there is an io_error that begins with `what`.
template <class T>
void reserve(std::vector<T>& values, std::size_t count, const std::string& what) {
  try {
    return values.reserve(count);
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {  // more than any memory
  }
  throw io_error(what + ": no memory for it: expected room for " + std::to_string(count) + " elements of " +
                 std::to_string(sizeof(T)) + " bytes");
}

/// So many elements, all zero; errors as above.
template <class T>
std::vector<T> zeros(std::size_t count, const std::string& what) {
  std::vector<T> values;
  reserve(values, count, what);
  values.resize(count);
  return values;
}

/// `count` elements stored as From, each turned into To by `convert`; the source need not be aligned.
template <class From, class To, class Convert>
std::vector<To> converted(std::span<const std::byte> source, const std::string& what, Convert convert) {
  std::vector<To> values = zeros<To>(source.size() / sizeof(From), what);
  if constexpr (std::is_same_v<From, To>) {
    if (!values.empty()) std::memcpy(values.data(), source.data(), source.size());
  } else {
    for (std::size_t i = 0; i < values.size(); ++i) {
      From element;
      std::memcpy(&element, source.data() + i * sizeof(From), sizeof(From));
      values[i] = convert(element);
    }
  }
  return values;
}

/// binary16 as float32, by parts that stay in the cache, so that no page of the result is written twice.
inline std::vector<float> floats_of_halves(std::span<const std::byte> source, const std::string& what) {
  constexpr std::size_t part = 2048;
  std::array<float, part> some;
  const std::size_t count = source.size() / sizeof(std::uint16_t);
  std::vector<float> values;
  reserve(values, count, what);
  for (std::size_t begin = 0; begin < count; begin += part) {
    const std::size_t length = std::min(part, count - begin);
    widen_halves(source.data() + begin * sizeof(std::uint16_t), length, some.data());
    values.insert(values.end(), some.data(), some.data() + length);
  }
  return values;
}

/// Elements of any floating type as float32. `what` begins the message when the type is another.
inline std::vector<float> as_floats(std::span<const std::byte> source, element_type type,
                                    const std::string& what) {
  switch (type) {
    case element_type::f16:
      return floats_of_halves(source, what);
    case element_type::bf16:
      return converted<std::uint16_t, float>(source, what,
                                             [](std::uint16_t v) { return float_from_bfloat16(v); });
    case element_type::f32:
      return converted<float, float>(source, what, [](float v) { return v; });
    case element_type::f64:
      return converted<double, float>(source, what, [](double v) { return static_cast<float>(v); });
    default:
      throw io_error(what + ": element type: expected F16, BF16, F32 or F64, got " + std::string(name(type)));
  }
}

/// The same into memory of the caller's, of as many floats as there are elements.
inline void write_floats(std::span<const std::byte> source, element_type type, const std::string& what,
                         std::span<float> to) {
  COOP_ASSERT(source.size() == to.size() * coop::bytes(type));
  const auto each = [&](auto element, auto widen) {
    for (std::size_t i = 0; i < to.size(); ++i) {
      std::memcpy(&element, source.data() + i * sizeof element, sizeof element);
      to[i] = widen(element);
    }
  };
  switch (type) {
    case element_type::f16:
      return widen_halves(source.data(), to.size(), to.data());
    case element_type::bf16:
      return each(std::uint16_t{}, [](std::uint16_t v) { return float_from_bfloat16(v); });
    case element_type::f32:
      if (!to.empty()) std::memcpy(to.data(), source.data(), source.size());
      return;
    case element_type::f64:
      return each(double{}, [](double v) { return static_cast<float>(v); });
    default:
      throw io_error(what + ": element type: expected F16, BF16, F32 or F64, got " + std::string(name(type)));
  }
}

/// Elements of any integer type as 64-bit integers.
inline std::vector<std::int64_t> as_integers(std::span<const std::byte> source, element_type type,
                                             const std::string& what) {
  const auto widen = [](auto v) { return static_cast<std::int64_t>(v); };
  switch (type) {
    case element_type::i64:
      return converted<std::int64_t, std::int64_t>(source, what, widen);
    case element_type::i32:
      return converted<std::int32_t, std::int64_t>(source, what, widen);
    case element_type::i16:
      return converted<std::int16_t, std::int64_t>(source, what, widen);
    case element_type::i8:
      return converted<std::int8_t, std::int64_t>(source, what, widen);
    case element_type::u8:
    case element_type::boolean:
      return converted<std::uint8_t, std::int64_t>(source, what, widen);
    default:
      throw io_error(what + ": element type: expected an integer type, got " + std::string(name(type)));
  }
}

}  // namespace detail

}  // namespace coop

#endif
