// SPDX-License-Identifier: MIT
//
// Multi-head attention in which a node attends to its ancestors and itself: causal attention of all sequences
// of a tree at once. Forward keeps the weights (softmax of q k' / sqrt(head size)). The way back is two passes: the
// asking rows turn d(output) into dq and the slopes of their scores; then every node sums, over the rows below it
// that ask, what they say of its key and value, in one fixed order and without two writers of one number. Follows
// multi_head_attention with a causal mask in CLIP's model.py; d(softmax): dS = P (dP - sum P dP).
// In a team each worker has scores of its own, then columns of its own: a head costs a handful of meetings, not one
// a score.
#ifndef COOP_NN_ANCESTOR_ATTENTION_HPP
#define COOP_NN_ANCESTOR_ATTENTION_HPP

#include <coop/nn/elementwise.hpp>

#include <cmath>

namespace coop::nn {

/// Where the ancestors of a node stand, in device memory. Paths of constants are not listed: nobody asks.
struct ancestor_view {
  view<const index_t, 1> offset;  // (nodes + 1)
  view<const index_t, 1> path;    // (offset.back())
};

/// Which of the asking rows stand at or below each live node: rows [first, last), for nodes stand in depth-first
/// order; and how deep the node lies, which is its place on their paths.
struct askers_view {
  view<const index_t, 1> first;  // (live nodes)
  view<const index_t, 1> last;   // (live nodes)
  view<const index_t, 1> depth;  // (live nodes)
};

/// output(i, :) = attention of node queries(i) for all heads; weights (H, paths) keep the softmax.
template <class T>
struct ancestor_attention_row {
  ancestor_view ancestors;         ///< who is asked
  view<const index_t, 1> queries;  // (rows) the nodes that ask
  index_t heads;                   ///< H
  view<const T, 2> q;              // (rows, W) of the asking nodes
  view<const T, 2> k;              // (nodes, W)
  view<const T, 2> v;              // (nodes, W)
  view<T, 2> weights;              // (H, paths)
  view<T, 2> output;               // (rows, W)

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t node = queries(row);
    const index_t begin = ancestors.offset(node);
    const index_t length = ancestors.offset(node + 1) - begin;
    const index_t* path = ancestors.path.data + begin;
    const index_t size = q.columns() / heads;
    const T scale = T(1) / std::sqrt(T(size));
    for (index_t head = 0; head < heads; ++head) {
      const index_t column = head * size;
      const T* query = q.row(row) + column;
      T* p = weights.row(head) + begin;
      T highest = T(-1e30);
      for (index_t j = team.first(); j < length; j += team.stride()) {
        const T* key = k.row(path[j]) + column;
        const T score = scale * sum_alone<T>(team, size, [=](index_t i) { return query[i] * key[i]; });
        p[j] = score;
        highest = score > highest ? score : highest;
      }
      highest = team.max(highest);
      few_each(team, length, [=](index_t j) { p[j] = exponential(p[j] - highest); });
      team.sync();
      T total = T(0);
      for (index_t j = team.first(); j < length; j += team.stride()) total += p[j];
      total = team.sum(total);
      for (index_t j = team.first(); j < length; j += team.stride()) p[j] /= total;
      team.sync();
      T* out = output.row(row) + column;
      sum_of_rows<T>(
          team, size, length,
          [this, p, path, column](index_t j) {
            const T share = p[j];
            const T* value = v.row(path[j]) + column;
            return [share, value](index_t i) { return share * value[i]; };
          },
          [out](index_t i, T sum) { out[i] = sum; });
    }
  }
};

/// dq of the asking nodes, and the slopes of the loss along their scores.
template <class T>
struct ancestor_attention_backward_row {
  ancestor_view ancestors;  ///< who was asked
  view<const index_t, 1> queries;
  index_t heads;             ///< H
  view<const T, 2> k;        // (nodes, W)
  view<const T, 2> v;        // (nodes, W)
  view<const T, 2> weights;  // (H, paths)
  view<const T, 2> doutput;  // (rows, W)
  view<T, 2> slopes;         // (H, paths) d(loss)/d(q k')
  view<T, 2> dq;             // (rows, W)

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t node = queries(row);
    const index_t begin = ancestors.offset(node);
    const index_t length = ancestors.offset(node + 1) - begin;
    const index_t* path = ancestors.path.data + begin;
    const index_t size = dq.columns() / heads;
    const T scale = T(1) / std::sqrt(T(size));
    for (index_t head = 0; head < heads; ++head) {
      const index_t column = head * size;
      const T* p = weights.row(head) + begin;
      const T* d = doutput.row(row) + column;
      T* slope = slopes.row(head) + begin;
      T mean = T(0);
      for (index_t j = team.first(); j < length; j += team.stride()) {
        const T* value = v.row(path[j]) + column;
        slope[j] = sum_alone<T>(team, size, [=](index_t i) { return d[i] * value[i]; });
        mean += p[j] * slope[j];
      }
      mean = team.sum(mean);
      for (index_t j = team.first(); j < length; j += team.stride())
        slope[j] = scale * p[j] * (slope[j] - mean);
      team.sync();
      T* out = dq.row(row) + column;
      sum_of_rows<T>(
          team, size, length,
          [this, slope, path, column](index_t j) {
            const T factor = slope[j];
            const T* key = k.row(path[j]) + column;
            return [factor, key](index_t i) { return factor * key[i]; };
          },
          [out](index_t i, T sum) { out[i] = sum; });
    }
  }
};

/// dk and dv of every live node. One row is one head of one node, row = head * live nodes + node, so that the few
/// nodes with much below them are spread.
template <class T>
struct ancestor_attention_backward_key {
  ancestor_view ancestors;  ///< who was asked
  askers_view askers;       ///< who asked
  view<const index_t, 1> queries;
  index_t heads;             ///< H
  view<const T, 2> q;        // (rows, W)
  view<const T, 2> weights;  // (H, paths)
  view<const T, 2> slopes;   // (H, paths)
  view<const T, 2> doutput;  // (rows, W)
  view<T, 2> dk;             // (live nodes, W)
  view<T, 2> dv;             // (live nodes, W)

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t live = askers.first.rows();
    const index_t head = row / live;
    const index_t node = row % live;
    const index_t size = dk.columns() / heads;
    const index_t column = head * size;
    const index_t first = askers.first(node);
    const index_t count = askers.last(node) - first;
    const index_t depth = askers.depth(node);
    sum_into(team, slopes.row(head), q, first, count, depth, column, size, dk.row(node) + column);
    sum_into(team, weights.row(head), doutput, first, count, depth, column, size, dv.row(node) + column);
  }

 private:
  /// out <- sum over the asking rows of factor(row's path at this depth) x(row, column ...).
  template <class M>
  COOP_HOST_DEVICE void sum_into(const M& team, const T* factors, view<const T, 2> x, index_t first,
                                 index_t count, index_t depth, index_t column, index_t size, T* out) const {
    sum_of_rows<T>(
        team, size, count,
        [this, factors, x, first, depth, column](index_t j) {
          const T factor = factors[ancestors.offset(queries(first + j)) + depth];
          const T* values = x.row(first + j) + column;
          return [factor, values](index_t i) { return factor * values[i]; };
        },
        [out](index_t i, T sum) { out[i] = sum; });
  }
};

}  // namespace coop::nn

#endif
