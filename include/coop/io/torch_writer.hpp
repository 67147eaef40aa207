// SPDX-License-Identifier: MIT
//
// A file that `torch.load` reads: what PyTorch's torch.save writes of a dictionary of tensors and numbers, a zip
// archive whose data.pkl says what there is (a pickle of protocol 2) and whose data/0, data/1, ... are the
// numbers. Only what PyTorch calls weights is in it, so `torch.load(path, weights_only=True)` takes it too.
#ifndef COOP_IO_TORCH_WRITER_HPP
#define COOP_IO_TORCH_WRITER_HPP

#include <coop/io/archive.hpp>  // named_array
#include <coop/io/zip_writer.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace coop {

/// What stands beside tensors in a file of PyTorch's: None, an int or a float.
using torch_value = std::variant<std::monostate, std::int64_t, double>;

/// A training checkpoint as PyTorch's programs keep it: {"state_dict": OrderedDict of tensors, name: value, ...}.
struct torch_checkpoint {
  std::vector<named_array> state_dict = {};                      ///< tensors, by name
  std::vector<std::pair<std::string, torch_value>> values = {};  ///< what stands beside them
};

namespace detail {

/// Python's pickle of protocol 2, as far as a checkpoint needs it. A pickle is a program for a stack: values
/// are pushed, and what gathers them pops them.
class pickle_writer {
 public:
  pickle_writer() : bytes_("\x80\x02") {}

  void none() { bytes_ += 'N'; }
  void boolean(bool value) { bytes_ += value ? '\x88' : '\x89'; }
  void integer(std::int64_t value) {
    if (value >= 0 && value <= 0xff) {
      bytes_ += 'K';
      little_endian(static_cast<std::uint64_t>(value), 1);
    } else if (value >= std::numeric_limits<std::int32_t>::min() &&
               value <= std::numeric_limits<std::int32_t>::max()) {
      bytes_ += 'J';
      little_endian(static_cast<std::uint64_t>(value), 4);
    } else {
      bytes_ += "\x8a\x08";
      little_endian(static_cast<std::uint64_t>(value), 8);
    }
  }
  void real(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    bytes_ += 'G';
    for (int shift = 56; shift >= 0; shift -= 8) bytes_ += static_cast<char>((bits >> shift) & 0xff);
  }
  void text(std::string_view utf8) {
    bytes_ += 'X';
    little_endian(utf8.size(), 4);
    bytes_ += utf8;
  }
  /// A class or function of Python's, by name.
  void global(std::string_view module, std::string_view name) {
    bytes_ += 'c';
    bytes_.append(module).append("\n").append(name).append("\n");
  }
  void mark() { bytes_ += '('; }
  /// All since the mark become a tuple.
  void tuple() { bytes_ += 't'; }
  void empty_tuple() { bytes_ += ')'; }
  void empty_dictionary() { bytes_ += '}'; }
  /// Keys and values since the mark go into the dictionary below it.
  void set_items() { bytes_ += 'u'; }
  /// The callable below the tuple on top is called with it.
  void reduce() { bytes_ += 'R'; }
  /// What lies outside the pickle and is called by the tuple on top.
  void persistent() { bytes_ += 'Q'; }

  /// The whole pickle.
  [[nodiscard]] std::string finish() const { return bytes_ + '.'; }

 private:
  void little_endian(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_ += static_cast<char>((value >> (8 * i)) & 0xff);
  }

  std::string bytes_;
};

inline std::string_view torch_storage(element_type type) {
  switch (type) {
    case element_type::f16:
      return "HalfStorage";
    case element_type::bf16:
      return "BFloat16Storage";
    case element_type::f32:
      return "FloatStorage";
    case element_type::f64:
      return "DoubleStorage";
    case element_type::i64:
      return "LongStorage";
    case element_type::i32:
      return "IntStorage";
    case element_type::i16:
      return "ShortStorage";
    case element_type::i8:
      return "CharStorage";
    case element_type::u8:
      return "ByteStorage";
    case element_type::boolean:
      break;
  }
  return "BoolStorage";
}

inline void put(pickle_writer& to, const torch_value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return to.integer(*whole);
  if (const auto* real = std::get_if<double>(&value)) return to.real(*real);
  to.none();
}

inline void put(pickle_writer& to, const std::vector<std::int64_t>& numbers) {
  to.mark();
  for (const std::int64_t number : numbers) to.integer(number);
  to.tuple();
}

inline void put_ordered_dictionary(pickle_writer& to) {
  to.global("collections", "OrderedDict");
  to.empty_tuple();
  to.reduce();
}

/// torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks).
inline void put(pickle_writer& to, const named_array& array, const std::string& key) {
  std::vector<std::int64_t> strides(array.extents.size(), 1);
  for (std::size_t axis = strides.size(); axis > 1; --axis)
    strides[axis - 2] = strides[axis - 1] * std::max<std::int64_t>(array.extents[axis - 1], 1);
  to.global("torch._utils", "_rebuild_tensor_v2");
  to.mark();
  to.mark();
  to.text("storage");
  to.global("torch", torch_storage(array.type));
  to.text(key);
  to.text("cpu");
  to.integer(static_cast<std::int64_t>(array.bytes.size() / bytes(array.type)));
  to.tuple();
  to.persistent();
  to.integer(0);
  put(to, array.extents);
  put(to, strides);
  to.boolean(false);
  put_ordered_dictionary(to);
  to.tuple();
  to.reduce();
}

inline std::string pickled(const torch_checkpoint& checkpoint) {
  pickle_writer to;
  to.empty_dictionary();
  to.mark();
  to.text("state_dict");
  put_ordered_dictionary(to);
  to.mark();
  for (std::size_t i = 0; i < checkpoint.state_dict.size(); ++i) {
    to.text(checkpoint.state_dict[i].name);
    put(to, checkpoint.state_dict[i], std::to_string(i));
  }
  to.set_items();
  for (const auto& [name, value] : checkpoint.values) {
    to.text(name);
    put(to, value);
  }
  to.set_items();
  return to.finish();
}

}  // namespace detail

/// Writes a checkpoint to `path`, all or nothing; the same content gives the same bytes. Names must be printable
/// ASCII and occur once; an array whose bytes do not fill its shape is a shape_error.
inline void write_torch(const std::string& path, const torch_checkpoint& checkpoint) {
  std::set<std::string> tensors;
  std::set<std::string> names{"state_dict"};
  const auto expect_name = [&](std::set<std::string>& known, const std::string& name) {
    const bool printable = std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
    check<io_error>(!name.empty() && printable && known.insert(name).second,
                    [&] { return path + ": '" + name + "': a name taken or not allowed"; });
  };
  for (const auto& [name, value] : checkpoint.values) expect_name(names, name);
  for (const named_array& array : checkpoint.state_dict) {
    expect_name(tensors, array.name);
    std::size_t count = 0;
    check<shape_error>(detail::count_bytes(array.extents, array.type, array.bytes.size(), count) &&
                           count == array.bytes.size(),
                       [&] {
                         return path + ": tensor '" + array.name +
                                "': " + std::to_string(array.bytes.size()) + " bytes do not fill " +
                                std::string(name(array.type)) + " of shape " + to_text(array.extents);
                       });
  }

  const std::string folder = "archive/";  // any name would do; torch.save takes it from the file's
  zip_writer zip(path);
  zip.add(folder + "data.pkl", detail::pickled(checkpoint));
  zip.add(folder + "byteorder", "little");
  for (std::size_t i = 0; i < checkpoint.state_dict.size(); ++i) {
    zip.add(folder + "data/" + std::to_string(i), std::span<const std::byte>(checkpoint.state_dict[i].bytes));
  }
  zip.add(folder + "version", "3\n");
  zip.commit();
}

}  // namespace coop

#endif
