// SPDX-License-Identifier: MIT
//
// Named arrays in one file. Whoever needs weights asks for an Archive and says the shape it expects; the
// model of that concept here is the safetensors format (github.com/huggingface/safetensors, format version
// 0.x): a length, a JSON header, and the bytes. Files come from anywhere, so everything the header claims is
// checked on opening, and no claim can make us allocate more than the file holds.
#ifndef COOP_IO_ARCHIVE_HPP
#define COOP_IO_ARCHIVE_HPP

#include <coop/io/atomic_file.hpp>
#include <coop/io/detail/read_floats.hpp>
#include <coop/io/element_type.hpp>
#include <coop/io/half.hpp>
#include <coop/io/json.hpp>
#include <coop/io/lazy_file.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

/// One array of an archive. Where its bytes lie is the reader's own affair.
struct archive_entry {
  std::string name;                       ///< of the tensor
  element_type type = element_type::f32;  ///< of its numbers in the file
  std::vector<std::int64_t> extents;      ///< row-major; none: one number
};

/// Bytes of an array's elements; readers have checked that they can be counted.
inline std::size_t bytes(const archive_entry& e) {
  std::size_t count = 0;
  static_cast<void>(
      detail::count_bytes(e.extents, e.type, std::numeric_limits<std::size_t>::max() / 2, count));
  return count;
}

namespace detail {

/// The entry of that name among entries sorted by name, or null.
inline const archive_entry* find_entry(const std::vector<archive_entry>& entries, std::string_view name) {
  const auto at = std::lower_bound(entries.begin(), entries.end(), name,
                                   [](const archive_entry& e, std::string_view n) { return e.name < n; });
  return at != entries.end() && at->name == name ? &*at : nullptr;
}

/// The same, and an io_error when there is none.
inline const archive_entry& entry_of(const std::vector<archive_entry>& entries, std::string_view name,
                                     const std::string& path) {
  const archive_entry* found = find_entry(entries, name);
  check<io_error>(found != nullptr, [&] {
    return path + ": no tensor '" + std::string(name) + "' among the " + std::to_string(entries.size()) +
           " of this file";
  });
  return *found;
}

/// A tensor's name without the prefix of data-parallel training, where the first name has it.
inline std::string_view without_parallel(std::string_view tensor, bool parallel) {
  constexpr std::string_view prefix = "module.";
  return parallel && tensor.starts_with(prefix) ? tensor.substr(prefix.size()) : tensor;
}

inline std::string tensor_title(const std::string& path, std::string_view name) {
  return path + ": tensor '" + std::string(name) + "'";
}

/// A shape_error unless the entry has these extents.
inline void expect_extents(const archive_entry& e, const std::vector<std::int64_t>& extents,
                           const std::string& path) {
  check<shape_error>(e.extents == extents, [&] {
    return tensor_title(path, e.name) + ": shape: expected " + to_text(extents) + ", got " +
           to_text(e.extents);
  });
}

}  // namespace detail

/// A file of named arrays, whatever its format.
template <class A>
concept Archive = requires(const A& archive, std::string_view name,
                           const std::vector<std::int64_t>& extents) {
  { archive.path() } -> std::convertible_to<const std::string&>;
  { archive.entries() } -> std::convertible_to<const std::vector<archive_entry>&>;
  { archive.contains(name) } -> std::same_as<bool>;
  { archive.entry(name) } -> std::convertible_to<const archive_entry&>;
  { archive.read(name, extents) } -> std::same_as<std::vector<float>>;
  { archive.metadata() } -> std::convertible_to<const std::map<std::string, std::string>&>;
};

namespace detail {

/// The floats of an array into memory of the caller's: at once where the archive can, else by its read().
template <class A>
void read_into(const A& archive, const std::string& name, const std::vector<std::int64_t>& extents,
               std::span<float> to) {
  if constexpr (requires { archive.read_into(name, extents, to); }) {
    archive.read_into(name, extents, to);
  } else {
    const std::vector<float> values = archive.read(name, extents);
    COOP_ASSERT(values.size() == to.size());
    std::copy(values.begin(), values.end(), to.begin());
  }
}

}  // namespace detail

/**
 * A safetensors file, opened and validated: the header's length and syntax, no duplicate names, known types,
 * sizes that match shapes, and ranges that tile the data without overlap or hole. Moves, never copies; const
 * and safe to read from several threads.
 */
class safetensors {
 public:
  /// Greatest header of the format's own reader.
  static constexpr std::size_t greatest_header = 100'000'000;

  /// Opens the file and checks its whole index; a file that lies about itself is an io_error.
  explicit safetensors(const std::string& path) : path_(path), file_(path) {
    std::vector<place> places = parse_header();
    check_tiling(places);
    std::sort(places.begin(), places.end(),
              [](const place& a, const place& b) { return a.entry.name < b.entry.name; });
    for (place& p : places) {
      entries_.push_back(std::move(p.entry));
      begins_.push_back(p.begin);
    }
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  /// All arrays, sorted by name.
  [[nodiscard]] const std::vector<archive_entry>& entries() const { return entries_; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  [[nodiscard]] bool contains(std::string_view name) const {
    return detail::find_entry(entries_, name) != nullptr;
  }
  [[nodiscard]] const archive_entry& entry(std::string_view name) const {
    return detail::entry_of(entries_, name, path_);
  }

  /// The stored bytes of an array, not copied; valid while this object lives.
  [[nodiscard]] std::span<const std::byte> raw(const archive_entry& e) const {
    return file_.bytes(place_of(e));
  }

  /// A floating array as float32; another shape than `extents` is a shape_error.
  [[nodiscard]] std::vector<float> read(std::string_view name,
                                        const std::vector<std::int64_t>& extents) const {
    detail::expect_extents(entry(name), extents, path_);
    return read(name);
  }
  /// The same into memory of the caller's, of as many floats as the shape has.
  void read_into(std::string_view name, const std::vector<std::int64_t>& extents, std::span<float> to) const {
    const archive_entry& e = entry(name);
    detail::expect_extents(e, extents, path_);
    detail::read_floats(file_, place_of(e), e.type, title(name), to);
  }
  /// A floating array of whatever shape as float32.
  [[nodiscard]] std::vector<float> read(std::string_view name) const {
    const archive_entry& e = entry(name);
    return detail::read_floats(file_, place_of(e), e.type, title(name));
  }
  /// An integer or boolean array.
  [[nodiscard]] std::vector<std::int64_t> read_integers(std::string_view name) const {
    const archive_entry& e = entry(name);
    return detail::read_integers(file_, place_of(e), e.type, title(name));
  }

 private:
  /// An array and its bytes: [begin, end) of the data.
  struct place {
    archive_entry entry;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  [[nodiscard]] std::string title(std::string_view name) const { return detail::tensor_title(path_, name); }
  [[nodiscard]] std::span<const std::byte> place_of(const archive_entry& e) const {
    const archive_entry& own = entry(e.name);
    return file_.place(data_begin_ + begins_[std::size_t(&own - entries_.data())], bytes(own));
  }

  std::vector<place> parse_header();
  [[nodiscard]] place parse_entry(const std::string& name, const json& description) const;
  void check_tiling(std::vector<place>& places) const;

  std::string path_;
  lazy_file file_;
  std::size_t data_begin_ = 0;
  std::vector<archive_entry> entries_;
  std::vector<std::size_t> begins_;  // of the entries' bytes in the data
  std::map<std::string, std::string> metadata_;
};

static_assert(Archive<safetensors>);

inline std::vector<safetensors::place> safetensors::parse_header() {
  const std::span<const std::byte> all = file_.place(0, file_.size());
  check<io_error>(all.size() >= 8, [&] {
    return path_ + ": not a safetensors file: expected 8 bytes of header length, got " +
           std::to_string(all.size());
  });
  std::uint64_t length = 0;
  std::memcpy(&length, file_.bytes(all.first(8)).data(), sizeof length);
  check<io_error>(length <= greatest_header, [&] {
    return path_ + ": not a safetensors file: header length: expected at most " +
           std::to_string(greatest_header) + ", got " + std::to_string(length);
  });
  check<io_error>(length <= all.size() - 8, [&] {
    return path_ + ": truncated: expected a header of " + std::to_string(length) + " bytes, got " +
           std::to_string(all.size() - 8);
  });
  data_begin_ = 8 + static_cast<std::size_t>(length);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes read as characters
  const std::string_view text(reinterpret_cast<const char*>(file_.bytes(all.first(data_begin_)).data()) + 8,
                              static_cast<std::size_t>(length));
  check<io_error>(text.starts_with('{'),
                  [&] { return path_ + ": not a safetensors file: expected a header that starts with '{'"; });

  std::vector<place> places;
  const json header = parse_json(text, path_, 4);
  for (const auto& [name, description] : header.items()) {
    check<io_error>(name.find('\0') == std::string::npos,
                    [&] { return path_ + ": a name with a zero byte inside"; });
    if (name != "__metadata__") {
      places.push_back(parse_entry(name, description));
      continue;
    }
    check<io_error>(description.is_object(),
                    [&] { return path_ + ": __metadata__: expected an object of strings"; });
    for (const auto& [key, value] : description.items()) {
      check<io_error>(value.is_string(),
                      [&, &key = key] { return path_ + ": __metadata__: '" + key + "': expected a string"; });
      metadata_.emplace(key, value.get<std::string>());
    }
  }
  return places;
}

inline safetensors::place safetensors::parse_entry(const std::string& name, const json& description) const {
  check<io_error>(description.is_object() && description.size() == 3 && description.contains("dtype") &&
                      description.contains("shape") && description.contains("data_offsets"),
                  [&] { return title(name) + ": expected an object of dtype, shape and data_offsets"; });
  place p;
  archive_entry& e = p.entry;
  e.name = name;

  const json& type = description["dtype"];
  const auto fact =
      std::find_if(detail::element_facts.begin(), detail::element_facts.end(),
                   [&](const auto& f) { return type.is_string() && type == std::string(f.name); });
  check<io_error>(fact != detail::element_facts.end(), [&] {
    return title(name) + ": dtype: expected one of F16 BF16 F32 F64 I64 I32 I16 I8 U8 BOOL, got " +
           json_text(type, path_);
  });
  e.type = fact->type;

  constexpr auto greatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto natural = [&](const json& number, const char* what) {
    check<io_error>(number.is_number_unsigned() && number.get<std::uint64_t>() <= greatest, [&] {
      return title(name) + ": " + what + ": expected whole numbers of at least 0, got " +
             json_text(number, path_);
    });
    return number.get<std::uint64_t>();
  };

  const json& shape = description["shape"];
  constexpr std::size_t greatest_rank = 16;
  check<io_error>(shape.is_array() && shape.size() <= greatest_rank,
                  [&] { return title(name) + ": shape: expected an array of at most 16 numbers"; });
  for (const json& extent : shape) e.extents.push_back(static_cast<std::int64_t>(natural(extent, "shape")));

  const json& offsets = description["data_offsets"];
  check<io_error>(offsets.is_array() && offsets.size() == 2,
                  [&] { return title(name) + ": data_offsets: expected an array of two numbers"; });
  p.begin = static_cast<std::size_t>(natural(offsets[0], "data_offsets"));
  p.end = static_cast<std::size_t>(natural(offsets[1], "data_offsets"));
  const std::size_t available = file_.size() - data_begin_;
  check<io_error>(p.begin <= p.end && p.end <= available, [&] {
    return title(name) + ": data_offsets: expected a range within the " + std::to_string(available) +
           " bytes of data, got [" + std::to_string(p.begin) + ", " + std::to_string(p.end) + ")";
  });

  std::size_t count = 0;
  const bool fits = detail::count_bytes(e.extents, e.type, available, count);
  check<io_error>(fits && count == p.end - p.begin, [&] {
    return title(name) + ": size: expected " + (fits ? std::to_string(count) : "more than the file's") +
           " bytes for " + std::string(coop::name(e.type)) + " of shape " + to_text(e.extents) + ", got " +
           std::to_string(p.end - p.begin);
  });
  return p;
}

/// Arrays that leave no hole and share no byte; sorts them by place.
inline void safetensors::check_tiling(std::vector<place>& places) const {
  std::sort(places.begin(), places.end(), [](const place& a, const place& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::size_t at = 0;
  for (const place& p : places) {
    check<io_error>(p.begin == at, [&] {
      return title(p.entry.name) +
             ": data_offsets: " + (p.begin < at ? "overlap with another tensor" : "a hole before it") +
             ": expected a begin of " + std::to_string(at) + ", got " + std::to_string(p.begin);
    });
    at = p.end;
  }
  check<io_error>(at == file_.size() - data_begin_, [&] {
    return path_ + ": bytes after the last tensor: expected " + std::to_string(at) + " bytes of data, got " +
           std::to_string(file_.size() - data_begin_);
  });
}

/// An array on its way into a file.
struct named_array {
  std::string name;                       ///< of the tensor
  element_type type = element_type::f32;  ///< of its numbers
  std::vector<std::int64_t> extents;      ///< row-major
  std::vector<std::byte> bytes;           ///< little-endian, row-major
};

namespace detail {

template <class T>
named_array pack(std::string name, element_type type, std::vector<std::int64_t> extents,
                 std::span<const T> values) {
  const auto source = std::as_bytes(values);
  named_array array{std::move(name), type, std::move(extents), {source.begin(), source.end()}};
  std::size_t count = 0;
  check<shape_error>(count_bytes(array.extents, type, std::numeric_limits<std::size_t>::max() / 2, count) &&
                         count == source.size(),
                     [&] {
                       return "tensor '" + array.name + "': " + to_text(array.extents) + " does not hold " +
                              std::to_string(values.size()) + " values";
                     });
  return array;
}

}  // namespace detail

/// Values as a float32 array.
inline named_array to_array(std::string name, std::vector<std::int64_t> extents,
                            std::span<const float> values) {
  return detail::pack(std::move(name), element_type::f32, std::move(extents), values);
}

/// Values as a 64-bit integer array.
inline named_array to_array(std::string name, std::vector<std::int64_t> extents,
                            std::span<const std::int64_t> values) {
  return detail::pack(std::move(name), element_type::i64, std::move(extents), values);
}

/// Values rounded to binary16.
inline named_array to_array_f16(std::string name, std::vector<std::int64_t> extents,
                                std::span<const float> values) {
  std::vector<std::uint16_t> rounded(values.size());
  std::transform(values.begin(), values.end(), rounded.begin(), half_from_float);
  return detail::pack<std::uint16_t>(std::move(name), element_type::f16, std::move(extents), rounded);
}

/// Values rounded to bfloat16.
inline named_array to_array_bf16(std::string name, std::vector<std::int64_t> extents,
                                 std::span<const float> values) {
  std::vector<std::uint16_t> rounded(values.size());
  std::transform(values.begin(), values.end(), rounded.begin(), bfloat16_from_float);
  return detail::pack<std::uint16_t>(std::move(name), element_type::bf16, std::move(extents), rounded);
}

/// Writes arrays and metadata to `path`, all or nothing. The same content gives the same bytes: arrays lie in
/// the order of falling element size, then name, so that each is aligned to its elements when the file is
/// mapped.
inline void write_safetensors(const std::string& path, const std::vector<named_array>& arrays,
                              const std::map<std::string, std::string>& metadata = {}) {
  std::vector<const named_array*> order;
  for (const named_array& array : arrays) order.push_back(&array);
  std::sort(order.begin(), order.end(), [](const named_array* a, const named_array* b) {
    return std::pair(bytes(b->type), std::string_view(a->name)) <
           std::pair(bytes(a->type), std::string_view(b->name));
  });

  json header = json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t at = 0;
  for (const named_array* array : order) {
    std::size_t count = 0;
    check<shape_error>(detail::count_bytes(array->extents, array->type, array->bytes.size(), count) &&
                           count == array->bytes.size(),
                       [&] {
                         return path + ": tensor '" + array->name +
                                "': " + std::to_string(array->bytes.size()) + " bytes do not fill " +
                                std::string(name(array->type)) + " of shape " + to_text(array->extents);
                       });
    check<io_error>(array->name != "__metadata__" && array->name.find('\0') == std::string::npos &&
                        !header.contains(array->name),
                    [&] { return path + ": tensor '" + array->name + "': a name taken or not allowed"; });
    header[array->name] = {{"dtype", std::string(name(array->type))},
                           {"shape", array->extents},
                           {"data_offsets", {at, at + count}}};
    at += count;
  }
  std::string text = json_text(header, path);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the data begin at a multiple of 8
  const auto length = static_cast<std::uint64_t>(text.size());
  check<io_error>(text.size() <= safetensors::greatest_header,
                  [&] { return path + ": header too long to be read"; });

  atomic_file file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(text);
  for (const named_array* array : order) file.write(std::span<const std::byte>(array->bytes));
  file.commit();
}

}  // namespace coop

#endif
