// SPDX-License-Identifier: MIT
//
// Writing files so that a crash, a full disk or a second writer leaves either the old file or the new one,
// never a half: the bytes go to a neighbour, are forced to the disk, and the neighbour is renamed over the
// target. A neighbour that a killed process left behind is taken by the next one that writes the same file, so
// there are never more of them than writers at a time. Beside it, reading a whole file and a log that grows line
// by line.
#ifndef COOP_IO_ATOMIC_FILE_HPP
#define COOP_IO_ATOMIC_FILE_HPP

#include <coop/io/descriptor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace coop {

/// A file under construction: write() parts, then commit(). Without commit nothing changes at `path`.
class atomic_file {
 public:
  /// Opens a temporary file beside `path`; a folder that cannot be written is an io_error.
  explicit atomic_file(const std::string& path) : path_(path), target_(path) {
    std::error_code failed;
    // A link keeps pointing where it points: what it names is replaced, not the link.
    if (std::filesystem::is_symlink(target_, failed)) {
      const std::filesystem::path named = std::filesystem::canonical(target_, failed);
      check<io_error>(!failed, [&] { return path_ + ": cannot follow the link: " + failed.message(); });
      target_ = named.string();
    }
    const auto status = std::filesystem::status(target_, failed);
    check<io_error>(!std::filesystem::exists(status) || std::filesystem::is_regular_file(status),
                    [&] { return path_ + ": cannot be replaced: not a regular file"; });
    open_neighbour();
  }
  atomic_file(atomic_file&&) = delete;
  ~atomic_file() { discard(); }

  /// Appends; a full disk is an io_error.
  void write(std::span<const std::byte> bytes) { detail::write_all(file_, bytes, path_); }
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

  /// Puts the written bytes at `path`; once, as the last call.
  void commit() {
    detail::force_to_disk(file_, path_);
    // Open until it has its name: an unlocked neighbour is anybody's.
    if (std::rename(neighbour_.c_str(), target_.c_str()) != 0)
      detail::throw_system_error(path_, "cannot rename");
    neighbour_.clear();
    detail::force_names_to_disk(std::filesystem::path(target_).parent_path().string());
    if (!file_.close()) detail::throw_system_error(path_, "cannot write");
  }

 private:
  void open_neighbour() {
    constexpr int attempts = 1000;  // other writers of the same file at this moment
    for (int attempt = 0; attempt < attempts; ++attempt) {
      const std::string name = target_ + ".partial." + std::to_string(attempt);
      bool fresh = false;
      file_ = detail::claim(name, fresh);
      if (file_.number() >= 0) {
        neighbour_ = name;
        if (!fresh && ::ftruncate(file_.number(), 0) != 0) detail::throw_system_error(path_, "cannot write");
        return;
      }
      if (errno != EWOULDBLOCK && errno != EEXIST) break;
    }
    detail::throw_system_error(path_, "cannot create");
  }

  void discard() noexcept {
    if (!neighbour_.empty()) ::unlink(neighbour_.c_str());
  }

  std::string path_;       // as the caller wrote it, for messages
  std::string target_;     // what is replaced
  std::string neighbour_;  // empty once renamed
  detail::descriptor file_;
};

/// Makes `path` hold exactly these bytes, or leaves it as it was and throws io_error.
inline void write_file(const std::string& path, std::span<const std::byte> bytes) {
  atomic_file file(path);
  file.write(bytes);
  file.commit();
}

/// The same for text.
inline void write_file(const std::string& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text.data(), text.size())));
}

/// Makes a directory and those that it lies in, so that they survive a power cut; whether it was not there before.
inline bool make_directories(const std::string& path) {
  std::vector<std::filesystem::path> above;  // of those to be made
  std::error_code failed;
  std::filesystem::path place(path);
  if (!place.has_filename()) place = place.parent_path();
  for (; !place.empty() && !std::filesystem::exists(place, failed); place = place.parent_path())
    above.push_back(place.parent_path());
  const bool made = std::filesystem::create_directories(path, failed);
  check<io_error>(!failed, [&] { return path + ": cannot make the directory: " + failed.message(); });
  for (const std::filesystem::path& each : above) detail::force_names_to_disk(each.string());
  return made;
}

/// All bytes of a file (or pipe); more than `limit` of them is an io_error, before they are read. So is a device, and a
/// pipe that nobody has begun to write into after a second.
inline std::string read_file(const std::string& path, std::size_t limit = std::size_t(1) << 30) {
  const detail::descriptor file = detail::open_for_reading(path);
  const struct ::stat status = detail::status_of(file, path);
  check<io_error>(!S_ISDIR(status.st_mode), [&] { return path + ": expected a file, got a directory"; });
  check<io_error>(!S_ISBLK(status.st_mode) && (!S_ISCHR(status.st_mode) || ::isatty(file.number()) == 1),
                  [&] { return path + ": expected a file, got a device"; });
  const auto refuse = [&] {
    return path + ": too long: expected at most " + std::to_string(limit) + " bytes";
  };
  const std::size_t expected = S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
  check<io_error>(expected <= limit, refuse);

  std::string bytes;
  std::size_t size = 0;
  bytes.resize(expected + 1);  // one spare byte, so that the end is met without growing
  for (bool waited = !S_ISFIFO(status.st_mode);;) {
    if (size == bytes.size()) bytes.resize(2 * bytes.size() + 4096);
    const std::size_t got =
        detail::read_some(file, std::as_writable_bytes(std::span(bytes)).subspan(size), path);
    if (got == 0 && size == 0 && !std::exchange(waited, true)) {
      detail::wait_for_writer(file, path);
      continue;
    }
    if (got == 0) break;
    size += got;
    check<io_error>(size <= limit, refuse);
  }
  bytes.resize(size);
  return bytes;
}

/// A text file that grows by whole lines, each handed to the system as it comes; a line that a crash cut
/// short is closed on opening, so that later lines stay readable.
class append_log {
 public:
  /// Opens or creates the file for appending; what cannot be opened is an io_error.
  explicit append_log(std::string path)
      : path_(std::move(path)), file_(detail::uninterrupted([this] {
          constexpr int flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK;
          return ::open(path_.c_str(), flags, 0666);  // NOLINT(cppcoreguidelines-pro-type-vararg)
        })) {
    if (file_.number() < 0) detail::throw_system_error(path_, "cannot open");
    const struct ::stat status = detail::status_of(file_, path_);
    check<io_error>(S_ISREG(status.st_mode),
                    [&] { return path_ + ": cannot be written: not a regular file"; });
    char last = '\n';
    if (status.st_size > 0) {
      detail::read_at(file_, static_cast<std::size_t>(status.st_size) - 1,
                      std::as_writable_bytes(std::span(&last, 1)), path_);
    }
    if (last != '\n') write_line("");
  }

  /// What was written so far survives a power cut from here on.
  void sync() { detail::force_to_disk(file_, path_); }

  /// Adds `line` and its end; a line break inside would make two lines of it and is an io_error.
  void write_line(std::string_view line) {
    check<io_error>(line.find('\n') == std::string_view::npos,
                    [&] { return path_ + ": a line with a line break inside: '" + std::string(line) + "'"; });
    std::string whole(line);
    whole += '\n';
    detail::write_all(file_, std::as_bytes(std::span(whole)), path_);
  }

 private:
  std::string path_;
  detail::descriptor file_;
};

}  // namespace coop

#endif
