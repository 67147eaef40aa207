// SPDX-License-Identifier: MIT
//
// From an archive's float32 arrays to a device's tensors. The archive checks name and shape and says both
// when they are wrong; here only the element type and the place change.
#ifndef COOP_NN_PARAMETERS_HPP
#define COOP_NN_PARAMETERS_HPP

#include <coop/device/concepts.hpp>
#include <coop/tensor/tensor.hpp>

#include <cstdint>
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

}  // namespace coop::nn

#endif
