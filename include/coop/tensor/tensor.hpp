// SPDX-License-Identifier: MIT
//
// An owned array on a device. It moves and is never copied by accident; to_host and to_device are the two
// ways across. What a device is stands in device/concepts.hpp; only its memory verbs are used here.
#ifndef COOP_TENSOR_TENSOR_HPP
#define COOP_TENSOR_TENSOR_HPP

#include <coop/tensor/view.hpp>

#include <utility>
#include <vector>

namespace coop {

/// `Rank`-dimensional dense array of T in the memory of device D.
template <class T, int Rank, class D>
class tensor {
 public:
  tensor() = default;
  /// Uninitialised elements.
  tensor(const D& device, shape<Rank> s) : extents_(s), buffer_(device.template allocate<T>(s.size())) {}

  tensor(tensor&&) noexcept = default;
  tensor& operator=(tensor&&) noexcept = default;

  /// Its shape, one extent of it, its elements and bytes (0 where there is no memory), and whether there is none.
  [[nodiscard]] const shape<Rank>& extents() const { return extents_; }
  [[nodiscard]] index_t extent(int axis) const { return extents_[axis]; }
  [[nodiscard]] std::size_t size() const { return buffer_.data() ? extents_.size() : 0; }
  [[nodiscard]] std::size_t bytes() const { return size() * sizeof(T); }
  [[nodiscard]] bool empty() const { return buffer_.data() == nullptr; }

  /// Its elements; valid as long as the tensor.
  [[nodiscard]] coop::view<T, Rank> view() { return {buffer_.data(), extents_}; }
  [[nodiscard]] coop::view<const T, Rank> view() const { return {buffer_.data(), extents_}; }

 private:
  shape<Rank> extents_{};
  typename D::template buffer<T> buffer_;
};

/// A tensor with the elements of a host view.
template <class D, class T, int Rank>
auto to_device(const D& device, view<const T, Rank> host) {
  tensor<T, Rank, D> t(device, host.extents);
  device.upload(host, t.view());
  return t;
}

/// The elements, dense and row-major, in host memory.
template <class T, int Rank, class D>
std::vector<T> to_host(const D& device, view<const T, Rank> v) {
  std::vector<T> host(v.size());
  device.download(v, coop::view<T, Rank>{host.data(), v.extents});
  return host;
}

}  // namespace coop

#endif
