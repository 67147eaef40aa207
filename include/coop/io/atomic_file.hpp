// SPDX-License-Identifier: MIT
//
// Writing files so that a crash, a full disk or a second writer leaves either the old file or the new one,
// never a half: the bytes go to a neighbour, are forced to the disk, and the neighbour is renamed over the
// target. Beside it, reading a whole file and a log that grows line by line.
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
    if (::fsync(file_.number()) != 0) detail::throw_system_error(path_, "cannot be forced to the disk");
    if (!file_.close()) detail::throw_system_error(path_, "cannot write");
    if (std::rename(neighbour_.c_str(), target_.c_str()) != 0)
      detail::throw_system_error(path_, "cannot rename");
    neighbour_.clear();
    remember_directory();
  }

 private:
  void open_neighbour() {
    constexpr int attempts = 1000;  // names left behind by killed processes are stepped over
    for (int attempt = 0; attempt < attempts; ++attempt) {
      std::string name = target_ + ".partial." + std::to_string(::getpid()) + "." + std::to_string(attempt);
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
      file_ = detail::descriptor(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      if (file_.number() >= 0) {
        neighbour_ = std::move(name);
        return;
      }
      if (errno != EEXIST) break;
    }
    detail::throw_system_error(path_, "cannot create");
  }

  void discard() noexcept {
    if (!neighbour_.empty()) ::unlink(neighbour_.c_str());
  }

  /// The new name survives a power cut only once its directory is on the disk. Some file systems refuse to
  /// sync directories; the file itself is safe by then, so that is not an error.
  void remember_directory() const {
    const std::filesystem::path parent = std::filesystem::path(target_).parent_path();
    const std::string directory = parent.empty() ? "." : parent.string();
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    const detail::descriptor handle(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (handle.number() >= 0) static_cast<void>(::fsync(handle.number()));
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

/// All bytes of a file (or pipe); more than `limit` of them is an io_error, before they are read.
inline std::string read_file(const std::string& path, std::size_t limit = std::size_t(1) << 30) {
  const detail::descriptor file = detail::open_for_reading(path);
  const struct ::stat status = detail::status_of(file, path);
  const auto refuse = [&] {
    return path + ": too long: expected at most " + std::to_string(limit) + " bytes";
  };
  const std::size_t expected = S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
  check<io_error>(expected <= limit, refuse);

  std::string bytes;
  std::size_t size = 0;
  bytes.resize(expected + 1);  // one spare byte, so that the end is met without growing
  for (;;) {
    if (size == bytes.size()) bytes.resize(2 * bytes.size() + 4096);
    const ::ssize_t got = ::read(file.number(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) detail::throw_system_error(path, "cannot read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
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
      : path_(std::move(path)),
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
        file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    if (file_.number() < 0) detail::throw_system_error(path_, "cannot open");
    const struct ::stat status = detail::status_of(file_, path_);
    char last = '\n';
    if (S_ISREG(status.st_mode) && status.st_size > 0 &&
        ::pread(file_.number(), &last, 1, status.st_size - 1) != 1) {
      detail::throw_system_error(path_, "cannot read");
    }
    if (last != '\n') write_line("");
  }

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
