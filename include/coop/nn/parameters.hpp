// SPDX-License-Identifier: MIT
//
// From an archive's float32 arrays to a device's tensors, or to a matrix in host memory that a device will freeze.
// The archive checks name and shape and says both when they are wrong; here only the element type and the place
// change.
#ifndef COOP_NN_PARAMETERS_HPP
#define COOP_NN_PARAMETERS_HPP

#include <coop/device/concepts.hpp>
#include <coop/device/host_buffer.hpp>
#include <coop/io/archive.hpp>
#include <coop/tensor/tensor.hpp>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

namespace coop::nn {

/// Host float32 values as a tensor of the device's scalar.
template <int Rank, Device D>
tensor<typename D::scalar, Rank, D> upload(const D& device, const std::vector<float>& values,
                                           shape<Rank> extents) {
  using T = typename D::scalar;
  COOP_ASSERT(values.size() == extents.size());
  if constexpr (std::is_same_v<T, float>) {
    return to_device(device, view<const float, Rank>{values.data(), extents});
  } else {
    const std::vector<T> converted(values.begin(), values.end());
    return to_device(device, view<const T, Rank>{converted.data(), extents});
  }
}

/// A matrix in host memory, on its way into a layer.
template <class T>
class host_matrix {
 public:
  /// Uninitialised numbers.
  explicit host_matrix(shape<2> s) : memory_(s.size()), extents_(s) {}

  [[nodiscard]] T* data() { return memory_.data(); }
  /// The matrix in the host's memory.
  [[nodiscard]] coop::view<const T, 2> view() const { return {memory_.data(), extents_}; }

 private:
  lent_buffer<T> memory_;
  shape<2> extents_;
};

/// Reads the matrix `name` of shape (rows, columns) to where `to` begins.
template <class T, class Archive>
void read_numbers(const Archive& archive, const std::string& name, index_t rows, index_t columns, T* to) {
  if constexpr (std::is_same_v<T, float>) {
    coop::detail::read_into(archive, name, {rows, columns}, {to, shape<2>{rows, columns}.size()});
  } else {
    const std::vector<float> values = archive.read(name, {rows, columns});
    std::copy(values.begin(), values.end(), to);
  }
}

/// The vector `name` of `n` elements.
template <Device D, class Archive>
tensor<typename D::scalar, 1, D> read_vector(const D& device, const Archive& archive, const std::string& name,
                                             index_t n) {
  return upload(device, archive.read(name, {n}), shape<1>{n});
}

/// The matrix `name` of shape (rows, columns).
template <Device D, class Archive>
tensor<typename D::scalar, 2, D> read_matrix(const D& device, const Archive& archive, const std::string& name,
                                             index_t rows, index_t columns) {
  return upload(device, archive.read(name, {rows, columns}), shape<2>{rows, columns});
}

/// The same in host memory, in the scalar T.
template <class T, class Archive>
host_matrix<T> read_host_matrix(const Archive& archive, const std::string& name, index_t rows,
                                index_t columns) {
  host_matrix<T> matrix(shape<2>{rows, columns});
  read_numbers(archive, name, rows, columns, matrix.data());
  return matrix;
}

}  // namespace coop::nn

#endif
