// SPDX-License-Identifier: MIT
//
// An open file of the operating system (POSIX), closed when it goes out of scope, and the one wording for
// what the system says when a call fails. The rest of the room is written on top of it.
#ifndef COOP_IO_DESCRIPTOR_HPP
#define COOP_IO_DESCRIPTOR_HPP

#include <coop/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace coop::detail {

/// io_error "<path>: <what>: <what the system says>"; reads errno, so call it right after the failure.
[[noreturn]] inline void throw_system_error(const std::string& path, const char* what) {
  const int code = errno;
  throw io_error(path + ": " + what + ": " + std::generic_category().message(code));
}

/// Owner of one file descriptor.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  [[nodiscard]] int number() const { return number_; }

  /// Closes now and reports whether the system could: on some file systems a full disk shows up only here.
  [[nodiscard]] bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_ = -1;
};

/// `path` opened for reading; a directory or a missing file is an io_error.
inline descriptor open_for_reading(const std::string& path) {
  descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));  // NOLINT(cppcoreguidelines-pro-type-vararg)
  if (file.number() < 0) throw_system_error(path, "cannot open");
  return file;
}

/// What the system knows about an open file.
inline struct ::stat status_of(const descriptor& file, const std::string& path) {
  struct ::stat status {};
  if (::fstat(file.number(), &status) != 0) throw_system_error(path, "cannot read its size");
  return status;
}

/// Writes all bytes, through interruptions and partial writes.
inline void write_all(const descriptor& file, std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_system_error(path, "cannot write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace coop::detail

#endif
