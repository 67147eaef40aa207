// SPDX-License-Identifier: MIT
//
// Locks by name between processes, all in one file, so that many processes share work in a directory and none of it
// is done twice. A lock goes when its process ends, however it ends, and leaves nothing behind. Built on POSIX record
// locks, which network file systems know too: a name stands for one byte of the file, which stays empty.
#ifndef COOP_IO_LOCK_TABLE_HPP
#define COOP_IO_LOCK_TABLE_HPP

#include <coop/io/descriptor.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace coop {

/// The locks of one process in one file. Record locks belong to processes and not to threads or objects: a process
/// makes one table of a file, and what it holds it may take again.
class lock_table {
 public:
  /// Opens or creates the file that the locks lie in.
  explicit lock_table(std::string path)
      : path_(std::move(path)), file_(detail::uninterrupted([this] {
          constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK;
          return ::open(path_.c_str(), flags, 0666);  // NOLINT(cppcoreguidelines-pro-type-vararg)
        })) {
    if (file_.number() < 0) detail::throw_system_error(path_, "cannot open");
  }

  /// Takes the lock of that name; false when another process has it.
  [[nodiscard]] bool try_lock(std::string_view name) {
    if (act(F_WRLCK, name)) return true;
    if (errno != EACCES && errno != EAGAIN) detail::throw_system_error(path_, "cannot lock");
    return false;
  }

  /// Gives a lock back.
  void unlock(std::string_view name) {
    if (!act(F_UNLCK, name)) detail::throw_system_error(path_, "cannot unlock");
  }

 private:
  /// FNV-1a, within what an offset holds; 62 bits, so that two names never meet in practice.
  static ::off_t place_of(std::string_view name) {
    std::uint64_t hash = 14695981039346656037u;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    constexpr int unused = sizeof(::off_t) == 8 ? 2 : 34;
    return static_cast<::off_t>(hash >> unused);
  }

  bool act(short kind, std::string_view name) {
    struct ::flock request {};
    request.l_type = kind;
    request.l_whence = SEEK_SET;
    request.l_start = place_of(name);
    request.l_len = 1;
    return ::fcntl(file_.number(), F_SETLK, &request) == 0;  // NOLINT(cppcoreguidelines-pro-type-vararg)
  }

  std::string path_;
  detail::descriptor file_;
};

}  // namespace coop

#endif
