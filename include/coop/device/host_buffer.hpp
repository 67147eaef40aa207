// SPDX-License-Identifier: MIT
//
// Memory of the host. Rows begin on cache lines, so that a vector register is never filled from two of them. Large
// memory asks for large pages: weights are filled once and read from end to end, and of small pages there would be a
// hundred thousand, each cleared and entered by itself when it is first touched.
#ifndef COOP_DEVICE_HOST_BUFFER_HPP
#define COOP_DEVICE_HOST_BUFFER_HPP

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace coop {

namespace detail {

inline constexpr std::size_t cache_line = 64;
inline constexpr std::size_t large_page = std::size_t(2) << 20;

/// Where memory of so many bytes should begin.
constexpr std::size_t alignment_of(std::size_t bytes) { return bytes < large_page ? cache_line : large_page; }

/// Asks for large pages where they are filled to the end, so that no more memory is taken than without.
inline void ask_for_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // Of no consequence if it fails: then pages are small.
  if (bytes >= large_page) ::madvise(memory, bytes / large_page * large_page, MADV_HUGEPAGE);
#endif
}

}  // namespace detail

/// Uninitialised memory of the host, aligned to a cache line, or to a large page where it fills one.
template <class T>
class host_buffer {
  static_assert(std::is_trivially_copyable_v<T>, "coop: buffers hold plain numbers");

 public:
  host_buffer() = default;
  /// Elements without values.
  explicit host_buffer(std::size_t n) {
    const std::size_t bytes = std::max<std::size_t>(n, 1) * sizeof(T);
    const std::align_val_t alignment{detail::alignment_of(bytes)};
    data_ = {static_cast<T*>(::operator new(bytes, alignment)), release{alignment}};
    detail::ask_for_large_pages(data_.get(), bytes);
  }
  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] const T* data() const { return data_.get(); }

 private:
  struct release {
    std::align_val_t alignment{};
    void operator()(T* p) const { ::operator delete(p, alignment); }
  };
  std::unique_ptr<T, release> data_;
};

/// Memory for a while. A thread keeps one piece that came back and lends it again, so that of many in a row the pages
/// are filled for the first time once.
template <class T>
class lent_buffer {
 public:
  /// Elements without values, in the thread's spare piece if that is large enough.
  explicit lent_buffer(std::size_t n) : size_(n) {
    if (spare().size >= n) {
      size_ = std::exchange(spare().size, 0);
      memory_ = std::move(spare().memory);
    } else {
      spare() = {};  // it would only lie beside the larger one
      memory_ = host_buffer<T>(n);
    }
  }
  lent_buffer(lent_buffer&& other) noexcept
      : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)) {}
  lent_buffer& operator=(lent_buffer&&) = delete;
  ~lent_buffer() {
    if (size_ > spare().size && size_ <= most_kept) spare() = {std::move(memory_), size_};
  }

  [[nodiscard]] T* data() { return memory_.data(); }
  [[nodiscard]] const T* data() const { return memory_.data(); }

 private:
  static constexpr std::size_t most_kept = (std::size_t(32) << 20) / sizeof(T);
  struct piece {
    host_buffer<T> memory;
    std::size_t size = 0;
  };
  static piece& spare() {
    static thread_local piece one;
    return one;
  }

  host_buffer<T> memory_;
  std::size_t size_;
};

/// Memory that grows to the largest size asked for and is then used again: scratch of a thread.
template <class T>
class growing_buffer {
 public:
  /// Room for n elements; what was there is lost when it grows.
  [[nodiscard]] T* at_least(std::size_t n) {
    if (n > size_) {
      memory_ = host_buffer<T>(n);
      size_ = n;
    }
    return memory_.data();
  }

 private:
  host_buffer<T> memory_;
  std::size_t size_ = 0;
};

}  // namespace coop

#endif
