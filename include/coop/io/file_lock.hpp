// SPDX-License-Identifier: MIT
//
// One holder at a time of whatever a file stands for, a directory that is written into, say. The lock goes when its
// process ends, however it ends; the file goes when the lock is given back, and one that a killed process left behind
// stands in nobody's way.
#ifndef COOP_IO_FILE_LOCK_HPP
#define COOP_IO_FILE_LOCK_HPP

#include <coop/io/descriptor.hpp>

#include <cerrno>
#include <string>
#include <utility>

namespace coop {

/// Holds the lock while it lives; moves only.
class file_lock {
 public:
  /// Takes the lock. A choice_error, which says who has it and `whose` it is ("run: "), when somebody else does.
  explicit file_lock(const std::string& path, const std::string& whose = {}) : path_(path) {
    bool fresh = false;
    file_ = detail::claim(path_, fresh);
    if (file_.number() < 0 && errno != EWOULDBLOCK) detail::throw_system_error(path_, "cannot lock");
    check<choice_error>(file_.number() >= 0, [&] {
      return (whose.empty() ? path_ : whose) + ": in use: expected to be alone, got " + holder(path_);
    });
    // Only for the message to others, so nothing depends on it: not even a disk with room for a line.
    if (::ftruncate(file_.number(), 0) == 0) {
      const std::string text = "process " + std::to_string(::getpid()) + " on " + host();
      static_cast<void>(!::pwrite(file_.number(), text.data(), text.size(), 0));
    }
  }
  file_lock(file_lock&& other) noexcept
      : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)) {}
  file_lock& operator=(file_lock&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    return *this;
  }
  ~file_lock() {
    if (!path_.empty()) ::unlink(path_.c_str());  // while it is locked, so that nobody's is taken away
  }

 private:
  static std::string host() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "a host without a name";
  }

  /// Who has it, as the file says.
  static std::string holder(const std::string& path) {
    const detail::descriptor file(::open(
        path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // NOLINT(cppcoreguidelines-pro-type-vararg)
    char text[400] = {};
    const bool said = file.number() >= 0 && ::pread(file.number(), text, sizeof text - 1, 0) > 0;
    return said ? text : "another process";
  }

  std::string path_;
  detail::descriptor file_;
};

}  // namespace coop

#endif
