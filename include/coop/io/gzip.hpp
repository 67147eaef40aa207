// SPDX-License-Identifier: MIT
//
// Text files that may be compressed: gzip (.gz) through zlib, told by the file's first bytes and not by its
// name. Everything is read at once and bounded, since a small file can unfold to any size.
#ifndef COOP_IO_GZIP_HPP
#define COOP_IO_GZIP_HPP

#include <coop/error.hpp>
#include <coop/io/descriptor.hpp>

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>

namespace coop {

namespace detail {

/// A regular file, plain or compressed, whose text is read from its beginning on.
class text_reader {
 public:
  explicit text_reader(const std::string& path) : path_(path) {
    descriptor opened = open_for_reading(path);
    const struct ::stat found = status_of(opened, path);
    check<io_error>(S_ISREG(found.st_mode), [&] {
      return path + ": expected a regular file, got " +
             (S_ISDIR(found.st_mode) ? "a directory" : "a pipe or a device");
    });
    stored_ = static_cast<std::size_t>(found.st_size);
    file_.reset(gzdopen(opened.number(), "rb"));
    if (!file_) {
      errno = ENOMEM;  // zlib's only reason
      throw_system_error(path, "cannot open");
    }
    opened.release();
    gzbuffer(file_.get(), static_cast<unsigned>(step));
  }

  /// What is best asked for at once.
  static constexpr std::size_t step = std::size_t(1) << 18;

  /// Whether it is not compressed.
  [[nodiscard]] bool plain() const { return gzdirect(file_.get()) == 1; }
  /// Bytes of the file.
  [[nodiscard]] std::size_t stored() const { return stored_; }

  /// Adds up to `count` bytes to a text; whether there were any. A damaged or truncated file is an io_error.
  bool append(std::string& text, std::size_t count) {
    const std::size_t size = text.size();
    text.resize(size + count);
    const int got = gzread(file_.get(), text.data() + size, static_cast<unsigned>(count));
    int status = Z_OK;
    const char* message = gzerror(file_.get(), &status);
    if (status == Z_ERRNO) throw_system_error(path_, "cannot read");
    // A file that breaks off yields what it has and only then says Z_BUF_ERROR.
    check<io_error>(got >= 0 && (status == Z_OK || status == Z_STREAM_END), [&] {
      return path_ + ": cannot be decompressed: " + (status == Z_BUF_ERROR ? "it is truncated" : message);
    });
    text.resize(size + static_cast<std::size_t>(got));
    return got > 0;
  }

 private:
  struct closer {
    void operator()(gzFile file) const { gzclose_r(file); }
  };

  std::string path_;
  std::unique_ptr<gzFile_s, closer> file_;
  std::size_t stored_ = 0;
};

}  // namespace detail

/// The text of a plain or gzip-compressed file. More than `limit` bytes of text, or a damaged or truncated
/// file, is an io_error that names it.
inline std::string read_text_or_gzip(const std::string& path, std::size_t limit = std::size_t(256) << 20) {
  detail::text_reader reader(path);
  constexpr std::size_t step = detail::text_reader::step;
  const auto refuse = [&] {
    return path + ": its text is too long: expected at most " + std::to_string(limit) + " bytes";
  };
  check<io_error>(!reader.plain() || reader.stored() <= limit, refuse);
  std::string text;
  if (reader.plain()) text.reserve(reader.stored() + step);  // where it stays
  for (bool more = true; more;) {
    const std::size_t size = text.size();
    check<io_error>(size <= limit, refuse);
    // Never twice the limit, and one step to find out that there is more.
    if (text.capacity() < size + step) text.reserve(std::max(std::min(2 * size, limit), size) + step);
    more = reader.append(text, step);
  }
  return text;
}

/// The first bytes of the same text, at most `count`.
inline std::string first_of_text_or_gzip(const std::string& path, std::size_t count) {
  detail::text_reader reader(path);
  std::string text;
  while (text.size() < count && reader.append(text, count - text.size())) {
  }
  return text;
}

}  // namespace coop

#endif
