// SPDX-License-Identifier: MIT
//
// Whether many products of like operands lie on a grid. A library multiplies a batch whose operands follow each other at
// a fixed distance in one call; heads of pictures lie at two distances, so they are such batches one behind the other.
#ifndef COOP_DEVICE_DETAIL_BATCH_GRID_HPP
#define COOP_DEVICE_DETAIL_BATCH_GRID_HPP

#include <coop/config.hpp>

#include <array>
#include <cstddef>

namespace coop::detail {

/// Places of the two operands and the result of one product, or distances between two such.
using product_places = std::array<std::ptrdiff_t, 3>;

/// `calls` batches of `batch` products: product (c, b) lies at c * between_calls + b * between_products.
struct batch_grid {
  index_t calls = 0;
  index_t batch = 0;
  product_places between_calls{};
  product_places between_products{};
  bool regular = true;  ///< else every product is a call of its own and the distances say nothing
};

inline product_places times(const product_places& step, index_t n) {
  return {step[0] * n, step[1] * n, step[2] * n};
}
inline product_places sum(const product_places& a, const product_places& b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}

/// The grid of products [0, count), in as few calls as it allows. place(i) are product i's places seen from product 0;
/// like(i) whether its shapes are those of product 0.
template <class Place, class Like>
batch_grid grid_of(index_t count, const Place& place, const Like& like) {
  const batch_grid alone{count, 1, {}, {}, false};
  if (count <= 1) return {count, 1, {}, {}, true};
  const product_places step = place(1);
  index_t inner = 1;
  while (inner < count && place(inner) == times(step, inner)) ++inner;
  if (count % inner != 0) return alone;
  const product_places far = inner < count ? place(inner) : product_places{};
  for (index_t i = 0; i < count; ++i) {
    if (place(i) != sum(times(far, i / inner), times(step, i % inner)) || !like(i)) return alone;
  }
  const index_t outer = count / inner;
  if (outer <= inner) return {outer, inner, far, step, true};
  return {inner, outer, step, far, true};
}

}  // namespace coop::detail

#endif
