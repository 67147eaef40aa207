// SPDX-License-Identifier: MIT
//
// The one place where Eigen is included. EIGEN_NO_CUDA: a .cu that compiled Eigen for the GPU would give the
// same templates other bodies than a .cpp does. Threads are ours (thread_team), so Eigen's are off.
#ifndef COOP_DEVICE_DETAIL_EIGEN_HPP
#define COOP_DEVICE_DETAIL_EIGEN_HPP

#ifndef EIGEN_NO_CUDA
#define EIGEN_NO_CUDA
#endif
#ifndef EIGEN_DONT_PARALLELIZE
#define EIGEN_DONT_PARALLELIZE
#endif

#include <coop/tensor/view.hpp>

#include <Eigen/Core>

#include <type_traits>

namespace coop::detail {

template <class T>
using eigen_matrix = Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A matrix view as an Eigen map, its row stride kept.
template <class T>
auto as_eigen(view<T, 2> v) {
  using matrix = std::conditional_t<std::is_const_v<T>, const eigen_matrix<T>, eigen_matrix<T>>;
  return Eigen::Map<matrix, Eigen::Unaligned, Eigen::OuterStride<>>(v.data, v.extent(0), v.extent(1),
                                                                    Eigen::OuterStride<>(v.stride));
}

}  // namespace coop::detail

#endif
