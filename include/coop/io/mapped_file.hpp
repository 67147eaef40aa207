// SPDX-License-Identifier: MIT
//
// A whole file seen as memory, read only. Pages are loaded when they are touched and belong to the system's
// cache, so opening a large archive to read one array of it costs that array. The file must not be cut short
// by someone else meanwhile; files written through io/atomic_file.hpp never are.
#ifndef COOP_IO_MAPPED_FILE_HPP
#define COOP_IO_MAPPED_FILE_HPP

#include <coop/io/descriptor.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace coop {

/// Read-only bytes of a regular file; moves only.
class mapped_file {
 public:
  /// Maps a file for reading; one that cannot be opened is an io_error.
  explicit mapped_file(const std::string& path) {
    const detail::descriptor file = detail::open_for_reading(path);
    const struct ::stat status = detail::status_of(file, path);
    check<io_error>(S_ISREG(status.st_mode), [&] { return path + ": not a regular file"; });
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0) return;  // an empty range cannot be mapped
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
    if (address == MAP_FAILED) detail::throw_system_error(path, "cannot map");
    bytes_ = {static_cast<const std::byte*>(address), size};
  }
  mapped_file(mapped_file&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  mapped_file& operator=(mapped_file&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~mapped_file() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());  // NOLINT
  }

  /// The file's bytes, and how many; valid as long as this object.
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

  /// A part that has been read and is not needed soon: its pages stop counting as this program's memory. They come
  /// back when touched.
  void release(std::span<const std::byte> part) const {
    COOP_ASSERT(part.empty() ||
                (part.data() >= bytes_.data() && part.data() + part.size() <= bytes_.data() + bytes_.size()));
    constexpr std::size_t worth_a_call = std::size_t(1) << 18;
    if (part.size() < worth_a_call) return;
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto from = static_cast<std::size_t>(part.data() - bytes_.data()) / page * page;
    const auto to = static_cast<std::size_t>(part.data() + part.size() - bytes_.data());
    // Of no consequence if it fails. The mapping is private and never written, so nothing is lost.
    ::madvise(const_cast<std::byte*>(bytes_.data()) + from, to - from, MADV_DONTNEED);  // NOLINT
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace coop

#endif
