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

/// The text of a plain or gzip-compressed file. More than `limit` bytes of text, or a damaged or truncated
/// file, is an io_error that names it.
inline std::string read_text_or_gzip(const std::string& path, std::size_t limit = std::size_t(256) << 20) {
  struct closer {
    void operator()(gzFile file) const { gzclose_r(file); }
  };
  detail::descriptor opened = detail::open_for_reading(path);
  const struct ::stat found = detail::status_of(opened, path);
  check<io_error>(S_ISREG(found.st_mode), [&] {
    return path + ": expected a regular file, got " +
           (S_ISDIR(found.st_mode) ? "a directory" : "a pipe or a device");
  });
  const auto stored = static_cast<std::size_t>(found.st_size);
  const auto refuse = [&] {
    return path + ": its text is too long: expected at most " + std::to_string(limit) + " bytes";
  };
  const std::unique_ptr<gzFile_s, closer> file(gzdopen(opened.number(), "rb"));
  if (!file) {
    errno = ENOMEM;  // zlib's only reason
    detail::throw_system_error(path, "cannot open");
  }
  opened.release();
  constexpr std::size_t step = std::size_t(1) << 18;
  gzbuffer(file.get(), static_cast<unsigned>(step));
  const bool plain = gzdirect(file.get()) == 1;
  check<io_error>(!plain || stored <= limit, refuse);

  std::string text;
  if (plain) text.reserve(stored + step);  // where it stays
  int count = 1;
  while (count > 0) {
    const std::size_t size = text.size();
    check<io_error>(size <= limit, refuse);
    // Never twice the limit, and one step to find out that there is more.
    if (text.capacity() < size + step) text.reserve(std::max(std::min(2 * size, limit), size) + step);
    text.resize(size + step);
    count = gzread(file.get(), text.data() + size, static_cast<unsigned>(step));
    int status = Z_OK;
    const char* message = gzerror(file.get(), &status);
    if (status == Z_ERRNO) detail::throw_system_error(path, "cannot read");
    // A file that breaks off yields what it has and only then says Z_BUF_ERROR.
    check<io_error>(count >= 0 && (status == Z_OK || status == Z_STREAM_END), [&] {
      return path + ": cannot be decompressed: " + (status == Z_BUF_ERROR ? "it is truncated" : message);
    });
    text.resize(size + static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace coop

#endif
