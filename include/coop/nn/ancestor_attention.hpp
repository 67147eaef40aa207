// SPDX-License-Identifier: MIT
//
// Multi-head attention in which a node attends to its ancestors and itself: causal attention of all sequences
// of a tree at once. Forward keeps the weights (softmax of q k' / sqrt(head size)); backward sums each shared
// key's and value's gradient over everything below it, one head after the other, in one fixed order. Follows
// multi_head_attention with a causal mask in CLIP's model.py; d(softmax): dS = P (dP - sum P dP).
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

/// output(i, :) = attention of node queries(i) for all heads; weights (H, paths) keep the softmax.
template <class T>
struct ancestor_attention_row {
  ancestor_view ancestors;
  view<const index_t, 1> queries;  // (rows) the nodes that ask
  index_t heads;
  view<const T, 2> q;  // (rows, W) of the asking nodes
  view<const T, 2> k;  // (nodes, W)
  view<const T, 2> v;  // (nodes, W)
  view<T, 2> weights;  // (H, paths)
  view<T, 2> output;   // (rows, W)

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
      for (index_t j = 0; j < length; ++j) {
        const T* key = k.row(path[j]) + column;
        const T score = scale * row_sum<T>(team, size, [=](index_t i) { return query[i] * key[i]; });
        p[j] = score;
        highest = score > highest ? score : highest;
      }
      T total = T(0);
      for (index_t j = 0; j < length; ++j) {
        p[j] = exponential(p[j] - highest);
        total += p[j];
      }
      T* out = output.row(row) + column;
      row_each(team, size, [=](index_t i) { out[i] = T(0); });
      for (index_t j = 0; j < length; ++j) {
        const T share = p[j] / total;
        p[j] = share;
        const T* value = v.row(path[j]) + column;
        row_each(team, size, [=](index_t i) { out[i] += share * value[i]; });
      }
    }
  }
};

/// One row is one head: dq of the asking nodes, and dk, dv of all their ancestors that are not constant.
/// dk and dv start at what they hold; dq is overwritten.
template <class T>
struct ancestor_attention_backward_head {
  ancestor_view ancestors;
  view<const index_t, 1> queries;
  index_t heads;
  index_t constants;
  view<const T, 2> q;        // (rows, W)
  view<const T, 2> k;        // (nodes, W)
  view<const T, 2> v;        // (nodes, W)
  view<const T, 2> weights;  // (H, paths)
  view<const T, 2> doutput;  // (rows, W)
  view<T, 2> slopes;         // (H, longest path) scratch
  view<T, 2> dq;             // (rows, W)
  view<T, 2> dk;             // (live nodes, W)
  view<T, 2> dv;             // (live nodes, W)

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t head) const {
    const index_t size = q.columns() / heads;
    const index_t column = head * size;
    const T scale = T(1) / std::sqrt(T(size));
    T* ds = slopes.row(head);
    for (index_t row = 0; row < queries.rows(); ++row) {
      const index_t node = queries(row);
      const index_t begin = ancestors.offset(node);
      const index_t length = ancestors.offset(node + 1) - begin;
      const index_t* path = ancestors.path.data + begin;
      const T* p = weights.row(head) + begin;
      const T* d = doutput.row(row) + column;
      const T* query = q.row(row) + column;
      T mean = T(0);
      for (index_t j = 0; j < length; ++j) {
        const T* value = v.row(path[j]) + column;
        ds[j] = row_sum<T>(team, size, [=](index_t i) { return d[i] * value[i]; });
        mean += p[j] * ds[j];
      }
      T* out = dq.row(row) + column;
      row_each(team, size, [=](index_t i) { out[i] = T(0); });
      for (index_t j = 0; j < length; ++j) {
        const T slope = scale * p[j] * (ds[j] - mean);
        const T* key = k.row(path[j]) + column;
        row_each(team, size, [=](index_t i) { out[i] += slope * key[i]; });
        if (path[j] < constants) continue;
        const T share = p[j];
        T* key_slope = dk.row(path[j] - constants) + column;
        T* value_slope = dv.row(path[j] - constants) + column;
        row_each(team, size, [=](index_t i) {
          key_slope[i] += slope * query[i];
          value_slope[i] += share * d[i];
        });
      }
    }
  }
};

}  // namespace coop::nn

#endif
