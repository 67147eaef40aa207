// SPDX-License-Identifier: MIT
//
// A file's bytes at places in memory, read when they are asked for. Opening a large archive to read one array of it
// costs that array. The memory is this program's own and not the file's pages: a file that somebody cuts short
// meanwhile is an io_error and never a signal, and what was read once stays as it was.
#ifndef COOP_IO_LAZY_FILE_HPP
#define COOP_IO_LAZY_FILE_HPP

#include <coop/io/descriptor.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// Read-only bytes of a regular file; moves only. Const, and safe to read from several threads.
class lazy_file {
 public:
  /// A file of more than `limit` bytes, or none, is an io_error.
  explicit lazy_file(const std::string& path, std::size_t limit = std::numeric_limits<std::size_t>::max())
      : path_(path), file_(detail::open_for_reading(path)) {
    const std::size_t size = detail::size_of_regular(file_, path);
    check<io_error>(size <= limit, [&] {
      return path + ": too long: expected at most " + std::to_string(limit) + " bytes, got " +
             std::to_string(size);
    });
    if (size == 0) return;  // an empty range cannot be mapped
    read_ = std::make_unique<blocks>((size + block - 1) / block);
    void* address =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED) detail::throw_system_error(path, "no place in memory for it");
    places_ = {static_cast<std::byte*>(address), size};
  }
  lazy_file(lazy_file&& other) noexcept
      : path_(std::move(other.path_)),
        file_(std::move(other.file_)),
        places_(std::exchange(other.places_, {})),
        read_(std::move(other.read_)) {}
  lazy_file& operator=(lazy_file&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    std::swap(places_, other.places_);
    std::swap(read_, other.read_);
    return *this;
  }
  ~lazy_file() {
    if (!places_.empty()) ::munmap(places_.data(), places_.size());
  }

  /// How many bytes the file has.
  [[nodiscard]] std::size_t size() const { return places_.size(); }

  /// All bytes; what was not read yet is read now.
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes(place(0, size())); }

  /// The places of `count` bytes from byte `begin` on: to be handed to bytes() or read(), and looked at only after the
  /// former.
  [[nodiscard]] std::span<const std::byte> place(std::size_t begin, std::size_t count) const {
    COOP_ASSERT(begin <= size() && count <= size() - begin);
    return std::span<const std::byte>(places_).subspan(begin, count);
  }

  /// The bytes at such places, there as long as this object lives; what was not read yet is read now.
  [[nodiscard]] std::span<const std::byte> bytes(std::span<const std::byte> places) const {
    if (places.empty()) return places;
    const std::size_t begin = begin_of(places);
    const std::lock_guard<std::mutex> alone(read_->one_at_a_time);
    for (std::size_t i = begin / block; i * block < begin + places.size(); ++i) {
      if (read_->done[i]) continue;
      const std::size_t from = i * block;
      detail::read_at(file_, from, places_.subspan(from, std::min(block, size() - from)), path_);
      read_->done[i] = true;
    }
    return places;
  }

  /// The same bytes into memory of the caller's and nowhere else: for what is wanted once.
  void read(std::span<const std::byte> places, std::span<std::byte> to) const {
    COOP_ASSERT(places.size() == to.size());
    if (!places.empty()) detail::read_at(file_, begin_of(places), to, path_);
  }

 private:
  static constexpr std::size_t block = std::size_t(1) << 16;

  /// Which blocks are in their places.
  struct blocks {
    explicit blocks(std::size_t count) : done(count, false) {}
    std::mutex one_at_a_time;
    std::vector<bool> done;
  };

  [[nodiscard]] std::size_t begin_of(std::span<const std::byte> places) const {
    COOP_ASSERT(places.data() >= places_.data() &&
                places.data() + places.size() <= places_.data() + places_.size());
    return static_cast<std::size_t>(places.data() - places_.data());
  }

  std::string path_;
  detail::descriptor file_;
  std::span<std::byte> places_;
  std::unique_ptr<blocks> read_;
};

}  // namespace coop

#endif
