// SPDX-License-Identifier: MIT
//
// Zip files, pickles and PyTorch archives byte by byte, for tests of files that lie. A zip member is described with
// everything that its headers can say wrongly; a pickle is a string of opcodes.
#ifndef COOP_TESTS_SUPPORT_TORCH_BYTES_HPP
#define COOP_TESTS_SUPPORT_TORCH_BYTES_HPP

#include <coop/io/deflate.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop::tests {

/// The little-endian bytes of a number.
template <class T>
std::string little(T value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes += char(std::uint64_t(value) >> (8 * i) & 0xff);
  return bytes;
}

inline std::uint32_t crc_of(const std::string& data) {
  return crc32_of(std::as_bytes(std::span(data.data(), data.size())));
}

/// A member of a zip file; what is not set is told rightly.
struct zip_member {
  std::string name;
  std::string data = {};  // as stored
  std::uint16_t method = 0;
  std::uint16_t flags = 0x0808;  // sizes after the data, names in UTF-8: what PyTorch writes
  std::optional<std::uint32_t> size = {};
  std::optional<std::uint32_t> crc = {};
  std::optional<std::string> local_name = {};
  std::optional<std::uint32_t> header = {};  // where the directory says that it is
  std::string local_extra = {};
  std::string extra = {};
  std::uint16_t disk = 0;
};

/// What the end of the directory can say wrongly.
struct zip_end {
  std::uint16_t disk = 0;
  std::optional<std::uint16_t> members = {};
  std::optional<std::uint32_t> size = {};
  std::optional<std::uint32_t> begin = {};
  bool zip64 = false;
  std::string comment = {};
};

inline std::string zip_of(const std::vector<zip_member>& members, const zip_end& end = {}) {
  std::string file;
  std::string directory;
  for (const zip_member& m : members) {
    const auto header = std::uint32_t(file.size());
    const auto stored = std::uint32_t(m.data.size());
    const std::uint32_t size = m.size.value_or(stored);
    const std::uint32_t crc = m.crc.value_or(m.method == 0 ? crc_of(m.data) : 0);
    const bool later = (m.flags & 8) != 0;
    const std::string local = m.local_name.value_or(m.name);
    file += "PK\x03\x04" + little(std::uint16_t(20)) + little(m.flags) + little(m.method) +
            std::string(4, '\0') + little(later ? 0 : crc) + little(later ? 0 : stored) +
            little(later ? 0 : size) + little(std::uint16_t(local.size())) +
            little(std::uint16_t(m.local_extra.size())) + local + m.local_extra + m.data;
    if (later) file += "PK\x07\x08" + little(crc) + little(stored) + little(size);
    directory += "PK\x01\x02" + little(std::uint32_t(0x140014)) + little(m.flags) + little(m.method) +
                 std::string(4, '\0') + little(crc) + little(stored) + little(size) +
                 little(std::uint16_t(m.name.size())) + little(std::uint16_t(m.extra.size())) +
                 std::string(2, '\0') + little(m.disk) + std::string(6, '\0') +
                 little(m.header.value_or(header)) + m.name + m.extra;
  }
  const auto begin = std::uint32_t(file.size());
  const auto size = std::uint32_t(directory.size());
  const auto count = std::uint16_t(members.size());
  file += directory;
  if (end.zip64) {
    const auto place = std::uint64_t(file.size());
    file += "PK\x06\x06" + little(std::uint64_t(44)) + little(std::uint32_t(0x2d002d)) +
            std::string(8, '\0') + little(std::uint64_t(count)) + little(std::uint64_t(count)) +
            little(std::uint64_t(size)) + little(std::uint64_t(begin));
    file += "PK\x06\x07" + std::string(4, '\0') + little(place) + little(std::uint32_t(1));
  }
  file += "PK\x05\x06" + little(end.disk) + little(end.disk) +
          little(end.members.value_or(end.zip64 ? std::uint16_t(0xffff) : count)) +
          little(end.members.value_or(end.zip64 ? std::uint16_t(0xffff) : count)) +
          little(end.size.value_or(size)) + little(end.begin.value_or(end.zip64 ? 0xffffffffu : begin)) +
          little(std::uint16_t(end.comment.size())) + end.comment;
  return file;
}

/// Opcodes of one pickle, after PROTO and before STOP.
namespace op {

inline const std::string none = "N";
inline const std::string empty_dict = "}";
inline const std::string empty_tuple = ")";

inline std::string text(const std::string& value) {
  return "X" + little(std::uint32_t(value.size())) + value;
}
inline std::string integer(std::int32_t value) { return "J" + little(std::uint32_t(value)); }
inline std::string wide(std::int64_t value) { return "\x8a\x08" + little(value); }
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string bytes = "(";
  for (const std::string& item : items) bytes += item;
  return bytes + "t";
}
inline std::string integers(const std::vector<std::int32_t>& values) {
  std::vector<std::string> items;
  for (const auto value : values) items.push_back(integer(value));
  return tuple(items);
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string bytes = "}(";
  for (const auto& [key, value] : pairs) bytes += text(key) + value;
  return bytes + "u";
}
inline std::string call(const std::string& module, const std::string& name, const std::string& arguments) {
  return global(module, name) + arguments + "R";
}
inline std::string ordered_dict() { return call("collections", "OrderedDict", empty_tuple); }

inline std::string storage(const std::string& kind, const std::string& key, std::int32_t elements) {
  return tuple({text("storage"), global("torch", kind), text(key), text("cpu"), integer(elements)}) + "Q";
}
inline std::string tensor(const std::string& storage, std::int32_t offset,
                          const std::vector<std::int32_t>& size, const std::vector<std::int32_t>& stride) {
  return call("torch._utils", "_rebuild_tensor_v2",
              tuple({storage, integer(offset), integers(size), integers(stride), "\x89", ordered_dict()}));
}

}  // namespace op

inline std::string pickle_of(const std::string& opcodes) { return "\x80\x02" + opcodes + "."; }

/// A file of torch.save: a pickle and storages by key.
inline std::string saved(const std::string& opcodes,
                         const std::vector<std::pair<std::string, std::string>>& storages,
                         std::vector<zip_member> more = {}) {
  std::vector<zip_member> members{{.name = "archive/data.pkl", .data = pickle_of(opcodes)}};
  for (const auto& [key, data] : storages) members.push_back({.name = "archive/data/" + key, .data = data});
  for (zip_member& m : more) members.push_back(std::move(m));
  return zip_of(members);
}

}  // namespace coop::tests

#endif
