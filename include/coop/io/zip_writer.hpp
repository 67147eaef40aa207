// SPDX-License-Identifier: MIT
//
// A zip archive of stored members (PKWARE's APPNOTE 4.5, 4.3.6 to 4.3.16), whose data begin at multiples of
// 64 bytes, so that whoever maps the file finds aligned numbers. PyTorch's files are such archives. Nothing
// is compressed and no time is noted: the same members give the same bytes.
#ifndef COOP_IO_ZIP_WRITER_HPP
#define COOP_IO_ZIP_WRITER_HPP

#include <coop/io/atomic_file.hpp>
#include <coop/io/deflate.hpp>  // crc32_of

#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace coop {

/**
 * A zip archive under construction: add() members, then commit(); without commit nothing changes at the path.
 * It has no zip64 records: 4 GiB or 65535 members and more are an io_error.
 */
class zip_writer {
 public:
  /// Where data begin, in bytes.
  static constexpr std::size_t alignment = 64;

  /// Begins an archive; nothing is at `path` before commit().
  explicit zip_writer(const std::string& path) : path_(path), file_(path) {}

  /// A member of this name, which must be new, holding these bytes as they are.
  void add(const std::string& name, std::span<const std::byte> bytes);
  /// The same for text.
  void add(const std::string& name, std::string_view text) {
    add(name, std::as_bytes(std::span(text.data(), text.size())));
  }

  /// Writes the directory and puts the archive at its path; once, as the last call.
  void commit();

 private:
  static constexpr std::size_t version = 20;  // of the format: 2.0, the oldest that everybody reads

  /// A little-endian number of so many bytes.
  static void append(std::string& to, std::size_t number, int bytes) {
    for (; bytes > 0; --bytes, number >>= 8) to += static_cast<char>(number & 0xff);
  }

  /// What the header of a member and its line in the directory have in common.
  static std::string facts(std::string_view name, std::span<const std::byte> bytes) {
    constexpr std::size_t utf8 = 0x0800;  // flag: names are
    constexpr std::size_t day = 0x0021;   // 1980-01-01, the first there is
    std::string text;
    append(text, version, 2);
    append(text, utf8, 2);
    append(text, 0, 2);  // method: stored
    append(text, 0, 2);  // midnight
    append(text, day, 2);
    append(text, crc32_of(bytes), 4);
    append(text, bytes.size(), 4);  // in the file
    append(text, bytes.size(), 4);  // unfolded
    append(text, name.size(), 2);
    return text;
  }

  /// An extra field that moves the data behind it, which would begin at `begin`, to the next multiple. PyTorch
  /// writes the same.
  static std::string padding(std::size_t begin) {
    constexpr std::size_t head = 4;  // "FB" and the number of bytes behind it
    std::size_t size = (alignment - begin % alignment) % alignment;
    if (size == 0) return {};
    if (size < head) size += alignment;
    std::string field = "FB";
    append(field, size - head, 2);
    return field + std::string(size - head, 'Z');
  }

  void expect_room(std::size_t more) const {
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max() - 1;
    check<io_error>(more <= most && size_ + more <= most, [&] {
      return path_ + ": too large for a zip archive: expected at most " + std::to_string(most) +
             " bytes, got " + std::to_string(size_ + more);
    });
  }

  std::string path_;
  atomic_file file_;
  std::size_t size_ = 0;
  std::set<std::string> names_;
  std::string directory_;
};

inline void zip_writer::add(const std::string& name, std::span<const std::byte> bytes) {
  constexpr std::size_t most = std::numeric_limits<std::uint16_t>::max() - 1;
  check<io_error>(!name.empty() && name.size() <= most && name.find('\0') == std::string::npos,
                  [&] { return path_ + ": a member's name that is empty, too long or has a zero byte"; });
  check<io_error>(names_.insert(name).second, [&] { return path_ + ": member '" + name + "' twice"; });
  check<io_error>(names_.size() <= most,
                  [&] { return path_ + ": too many members: expected at most " + std::to_string(most); });

  const std::string shared = facts(name, bytes);
  std::string header = "PK\x03\x04" + shared;
  const std::string extra = padding(size_ + header.size() + 2 + name.size());
  append(header, extra.size(), 2);
  header += name + extra;
  expect_room(header.size());
  const std::size_t begin = size_;

  std::string line = "PK\x01\x02";
  append(line, version, 2);  // who made it; its upper half says that file attributes are MS-DOS's
  line += shared;
  append(line, 0, 2);  // extra field
  append(line, 0, 2);  // comment
  append(line, 0, 2);  // disk
  append(line, 0, 2);  // internal attributes
  append(line, 0, 4);  // external attributes
  append(line, begin, 4);
  directory_ += line + name;

  file_.write(header);
  size_ += header.size();
  expect_room(bytes.size());
  file_.write(bytes);
  size_ += bytes.size();
}

inline void zip_writer::commit() {
  std::string end = "PK\x05\x06";
  append(end, 0, 2);  // this disk
  append(end, 0, 2);  // the directory's disk
  append(end, names_.size(), 2);
  append(end, names_.size(), 2);
  append(end, directory_.size(), 4);
  append(end, size_, 4);
  append(end, 0, 2);  // comment
  expect_room(directory_.size() + end.size());
  file_.write(directory_);
  file_.write(end);
  file_.commit();
}

}  // namespace coop

#endif
