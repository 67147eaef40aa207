// SPDX-License-Identifier: MIT
//
// Which pictures make up which batch: an order fixed by (seed, epoch), so that a resumed run goes on where
// the unbroken one would be, cut into batches by PyTorch's rule for training loaders.
#ifndef COOP_DATA_BATCHES_HPP
#define COOP_DATA_BATCHES_HPP

#include <coop/config.hpp>
#include <coop/data/torch_random.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace coop {

/// Order of the pictures within an epoch.
enum class order_kind { shuffled, sequential };

/// "shuffled", "sequential".
constexpr std::string_view name(order_kind order) {
  return order == order_kind::shuffled ? "shuffled" : "sequential";
}

/// The order called `word`; choice_error lists those there are.
inline order_kind order_from_word(std::string_view word) {
  for (const order_kind order : {order_kind::shuffled, order_kind::sequential}) {
    if (word == name(order)) return order;
  }
  throw choice_error("order '" + std::string(word) + "': expected shuffled or sequential");
}

/// 0, 1, ... n - 1.
inline std::vector<index_t> sequential_order(index_t n) {
  std::vector<index_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), index_t{0});
  return order;
}

/// A permutation of 0 ... n - 1 that depends on seed and epoch and on nothing before.
inline std::vector<index_t> shuffled_order(index_t n, std::uint64_t seed, index_t epoch) {
  return torch_random(mixed_seed(seed, static_cast<std::uint64_t>(epoch))).randperm(n);
}

/// The order of an epoch.
inline std::vector<index_t> epoch_order(order_kind order, index_t n, std::uint64_t seed, index_t epoch) {
  return order == order_kind::shuffled ? shuffled_order(n, seed, epoch) : sequential_order(n);
}

/// What becomes of pictures that do not fill the last batch.
enum class last_batch {
  dropped,  // training: but when all pictures together are fewer than a batch, they are one
  kept      // evaluation
};

/// Half-open range of places in an order.
struct batch_range {
  index_t begin = 0;  ///< first sample
  index_t end = 0;    ///< behind the last

  /// Samples of the batch.
  [[nodiscard]] index_t size() const { return end - begin; }
  friend bool operator==(const batch_range&, const batch_range&) = default;
};

/// Batches in an epoch of n pictures.
inline index_t batch_count(index_t n, index_t batch, last_batch last) {
  check<choice_error>(batch >= 1,
                      [&] { return "batch size: expected at least 1, got " + std::to_string(batch); });
  if (n == 0) return 0;
  return last == last_batch::dropped && n >= batch ? n / batch : (n - 1) / batch + 1;
}

/// Batch number i of an epoch of n pictures.
inline batch_range batch_at(index_t i, index_t n, index_t batch) {
  COOP_ASSERT(i >= 0 && i <= (n - 1) / batch);
  const index_t begin = i * batch;
  return {begin, begin + std::min(batch, n - begin)};
}

/// All batches of an epoch of n pictures.
inline std::vector<batch_range> batches(index_t n, index_t batch, last_batch last = last_batch::dropped) {
  std::vector<batch_range> ranges;
  const index_t count = batch_count(n, batch, last);
  for (index_t i = 0; i < count; ++i) ranges.push_back(batch_at(i, n, batch));
  return ranges;
}

}  // namespace coop

#endif
