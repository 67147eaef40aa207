// SPDX-License-Identifier: MIT
//
// Memory of the host. Rows begin on cache lines, so that a vector register is never filled from two of them.
#ifndef COOP_DEVICE_HOST_BUFFER_HPP
#define COOP_DEVICE_HOST_BUFFER_HPP

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace coop {

/// Uninitialised memory of the host, 64-byte aligned.
template <class T>
class host_buffer {
  static_assert(std::is_trivially_copyable_v<T>, "coop: buffers hold plain numbers");

 public:
  host_buffer() = default;
  explicit host_buffer(std::size_t n)
      : data_(static_cast<T*>(::operator new(std::max<std::size_t>(n, 1) * sizeof(T), alignment))) {}
  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] const T* data() const { return data_.get(); }

 private:
  static constexpr std::align_val_t alignment{64};
  struct release {
    void operator()(T* p) const { ::operator delete(p, alignment); }
  };
  std::unique_ptr<T, release> data_;
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
