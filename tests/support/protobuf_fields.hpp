// SPDX-License-Identifier: MIT
//
// The fields of a message of protocol buffers, written apart from the library's own code: enough to see what a
// writer has written.
#ifndef COOP_TESTS_SUPPORT_PROTOBUF_FIELDS_HPP
#define COOP_TESTS_SUPPORT_PROTOBUF_FIELDS_HPP

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

/// A field of kind varint (number) or of bytes behind their length (bytes).
struct protobuf_field {
  std::uint64_t field = 0;
  std::uint64_t number = 0;
  std::string bytes = {};
};

/// The fields of a message in their order.
inline std::vector<protobuf_field> protobuf_fields(const std::string& message) {
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.at(at++));
      value |= std::uint64_t(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  std::vector<protobuf_field> fields;
  while (at < message.size()) {
    const std::uint64_t key = varint();
    protobuf_field next{.field = key >> 3, .number = varint()};
    if ((key & 7) == 2) {
      if (next.number > message.size() - at) throw std::runtime_error("a field longer than its message");
      next.bytes = message.substr(at, next.number);
      at += next.number;
    } else if ((key & 7) != 0) {
      throw std::runtime_error("a kind of field that is neither varint nor bytes");
    }
    fields.push_back(next);
  }
  return fields;
}

/// The bytes of every field of this number.
inline std::vector<std::string> bytes_of(const std::string& message, std::uint64_t field) {
  std::vector<std::string> found;
  for (const protobuf_field& f : protobuf_fields(message)) {
    if (f.field == field) found.push_back(f.bytes);
  }
  return found;
}

#endif
