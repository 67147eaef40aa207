// SPDX-License-Identifier: MIT
//
// An open file of the operating system (POSIX), closed when it goes out of scope, and the one wording for
// what the system says when a call fails. The rest of the room is written on top of it. Calls that a signal
// interrupted are made again, and what came in parts is put together; nothing here waits for a pipe that
// nobody writes into.
#ifndef COOP_IO_DESCRIPTOR_HPP
#define COOP_IO_DESCRIPTOR_HPP

#include <coop/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
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

  /// Somebody else closes it from here on.
  void release() { number_ = -1; }

  /// Closes now and reports whether the system could: on some file systems a full disk shows up only here.
  [[nodiscard]] bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_ = -1;
};

/// The call's result; called anew for as long as a signal interrupts it.
template <class Call>
auto uninterrupted(const Call& call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

/// `path` opened for reading; a missing file is an io_error. A pipe is opened at once, with or without a writer.
inline descriptor open_for_reading(const std::string& path) {
  descriptor file(uninterrupted([&] {
    return ::open(path.c_str(),
                  O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  }));
  if (file.number() < 0) throw_system_error(path, "cannot open");
  return file;
}

/// What the system knows about an open file.
inline struct ::stat status_of(const descriptor& file, const std::string& path) {
  struct ::stat status {};
  if (::fstat(file.number(), &status) != 0) throw_system_error(path, "cannot read its size");
  return status;
}

/// How many bytes an open regular file has; anything else is an io_error.
inline std::size_t size_of_regular(const descriptor& file, const std::string& path) {
  const struct ::stat status = status_of(file, path);
  check<io_error>(S_ISREG(status.st_mode), [&] { return path + ": not a regular file"; });
  return static_cast<std::size_t>(status.st_size);
}

/// Some of the next bytes, as many as there are now; 0 at the end. Waits while a pipe's writer has nothing to say.
inline std::size_t read_some(const descriptor& file, std::span<std::byte> to, const std::string& path) {
  for (;;) {
    const ::ssize_t got = ::read(file.number(), to.data(), to.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      struct ::pollfd waiting {};
      waiting.fd = file.number();
      waiting.events = POLLIN;
      if (::poll(&waiting, 1, -1) >= 0) continue;
    }
    if (errno != EINTR) throw_system_error(path, "cannot read");
  }
}

/// Returns when a pipe without a writer has got one; after a second without, an io_error.
inline void wait_for_writer(const descriptor& pipe, const std::string& path) {
  struct ::pollfd waiting {};
  waiting.fd = pipe.number();
  waiting.events = POLLIN;
  constexpr int a_second = 1000;
  const int ready = uninterrupted([&] { return ::poll(&waiting, 1, a_second); });
  if (ready < 0) throw_system_error(path, "cannot read");
  check<io_error>(ready > 0, [&] { return path + ": a pipe that nobody writes into"; });
}

/// Fills `to` from byte `begin` of a file on. One that ends earlier has been cut short since its size was asked for.
inline void read_at(const descriptor& file, std::size_t begin, std::span<std::byte> to,
                    const std::string& path) {
  std::size_t done = 0;
  while (done < to.size()) {
    const ::ssize_t got = uninterrupted([&] {
      return ::pread(file.number(), to.data() + done, to.size() - done, static_cast<::off_t>(begin + done));
    });
    if (got < 0) throw_system_error(path, "cannot read");
    check<io_error>(got > 0, [&] {
      return path + ": cut short while it was read: expected " + std::to_string(begin + to.size()) +
             " bytes, got " + std::to_string(begin + done);
    });
    done += static_cast<std::size_t>(got);
  }
}

/// Writes all bytes, through interruptions and partial writes.
inline void write_all(const descriptor& file, std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ::ssize_t written =
        uninterrupted([&] { return ::write(file.number(), bytes.data(), bytes.size()); });
    if (written == 0) errno = ENOSPC;  // no progress and no reason
    if (written <= 0) throw_system_error(path, "cannot write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

/// What was written is on the disk when this returns.
inline void force_to_disk(const descriptor& file, const std::string& path) {
  if (uninterrupted([&] { return ::fsync(file.number()); }) != 0)
    throw_system_error(path, "cannot be forced to the disk");
}

/// The names in a directory are on the disk when this returns: a new name survives a power cut only then. File systems
/// that do not sync directories, and directories that may be written and not read, are left as they are.
inline void force_names_to_disk(const std::string& directory) {
  const descriptor handle(uninterrupted([&] {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    return ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }));
  if (handle.number() < 0) return;
  if (uninterrupted([&] { return ::fsync(handle.number()); }) != 0 && errno == EIO)
    throw_system_error(directory, "cannot be forced to the disk");
}

/// The file at `path` for this descriptor alone, made if it is not there: locked until it is closed, as the end of a
/// process closes it, whatever ended it. Without a number when it is another's (errno is EWOULDBLOCK), no regular file
/// with this one name (EEXIST), or not to be opened. `fresh` says that it was made now. On a file system without locks
/// only a fresh file is given.
inline descriptor claim(const std::string& path, bool& fresh) {
  constexpr int attempts = 100;  // between a look and a lock its owner may rename or remove it
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const auto opened = [&](int flags) {
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
      return ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0666);
    };
    descriptor file(uninterrupted([&] { return opened(O_CREAT | O_EXCL); }));
    fresh = file.number() >= 0;
    if (!fresh) {
      if (errno != EEXIST) return {};
      file = descriptor(uninterrupted([&] { return opened(0); }));
      if (file.number() < 0) {
        if (errno == ENOENT) continue;
        errno = EEXIST;
        return {};
      }
    }
    const bool locked = uninterrupted([&] { return ::flock(file.number(), LOCK_EX | LOCK_NB); }) == 0;
    if (!locked && (errno == EWOULDBLOCK || !fresh)) {
      errno = EWOULDBLOCK;
      return {};
    }
    const struct ::stat mine = status_of(file, path);
    struct ::stat named {};
    if (::lstat(path.c_str(), &named) != 0 || named.st_ino != mine.st_ino || named.st_dev != mine.st_dev)
      continue;
    if (!S_ISREG(mine.st_mode) || mine.st_nlink != 1) {
      errno = EEXIST;
      return {};
    }
    return file;
  }
  errno = EWOULDBLOCK;
  return {};
}

}  // namespace coop::detail

#endif
