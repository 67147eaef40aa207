// SPDX-License-Identifier: MIT
//
// Rows by 32 lanes that step together, four numbers at a time: norms and softmax keep a row in registers, so that it is
// read once, and attention lets eight lanes share a key. A Warp is whoever has lane(), sum(), sum_across(), max() and
// of_lane(): a GPU's (cuda_team.hpp), or threads of the host in a test. The layers these belong to are handed over as
// they are, and their generic forms (nn) are what the results are held to.
#ifndef COOP_DEVICE_DETAIL_WARP_ROWS_HPP
#define COOP_DEVICE_DETAIL_WARP_ROWS_HPP

#include <coop/tensor/view.hpp>

#include <cmath>
#include <cstddef>

namespace coop::detail {

inline constexpr index_t warp_lanes = 32;

/// Four numbers that are read and written at once.
struct alignas(16) quad {
  float x[4];
};

COOP_HOST_DEVICE inline quad load_quad(const float* from) { return *reinterpret_cast<const quad*>(from); }
COOP_HOST_DEVICE inline void store_quad(float* to, const quad& q) { *reinterpret_cast<quad*>(to) = q; }
COOP_HOST_DEVICE inline float dot(const quad& a, const quad& b) {
  return (a.x[0] * b.x[0] + a.x[1] * b.x[1]) + (a.x[2] * b.x[2] + a.x[3] * b.x[3]);
}
COOP_HOST_DEVICE inline void add_times(quad& sum, float factor, const quad& q) {
  for (int i = 0; i < 4; ++i) sum.x[i] += factor * q.x[i];
}

/// Where a lane's quad i of a row of 128 N numbers begins.
COOP_HOST_DEVICE inline index_t quad_place(index_t lane, index_t i) { return (i * warp_lanes + lane) * 4; }

/// nn::layer_norm_row of a row of 128 N numbers.
template <int N, class Warp, class F>
COOP_HOST_DEVICE void warp_layer_norm(const Warp& warp, const F& f, index_t row) {
  const index_t lane = warp.lane();
  constexpr float width = 128 * N;
  const float* in = f.x.row(row);
  quad x[N];
  float sum = 0;
  for (int i = 0; i < N; ++i) {
    x[i] = load_quad(in + quad_place(lane, i));
    sum += (x[i].x[0] + x[i].x[1]) + (x[i].x[2] + x[i].x[3]);
  }
  const float mean = warp.sum(sum) / width;
  float squares = 0;
  for (int i = 0; i < N; ++i) {
    for (float& value : x[i].x) value -= mean;
    squares += dot(x[i], x[i]);
  }
  const float inverse = 1.0f / std::sqrt(warp.sum(squares) / width + 1e-5f);
  float* out = f.y.row(row);
  for (int i = 0; i < N; ++i) {
    const index_t place = quad_place(lane, i);
    const quad weight = load_quad(f.weight.data + place);
    quad y = load_quad(f.bias.data + place);
    for (int k = 0; k < 4; ++k) y.x[k] += x[i].x[k] * inverse * weight.x[k];
    store_quad(out + place, y);
  }
  if (f.moments.rows() && lane == 0) {
    f.moments(row, 0) = mean;
    f.moments(row, 1) = inverse;
  }
}

/// nn::layer_norm_row_backward of a row of 128 N numbers.
template <int N, class Warp, class F>
COOP_HOST_DEVICE void warp_layer_norm_backward(const Warp& warp, const F& f, index_t row) {
  const index_t lane = warp.lane();
  constexpr float width = 128 * N;
  const float mean = f.moments(row, 0);
  const float inverse = f.moments(row, 1);
  quad d[N];  // dy weight
  quad x[N];  // normalised
  float sum = 0;
  float along = 0;
  for (int i = 0; i < N; ++i) {
    const index_t place = quad_place(lane, i);
    d[i] = load_quad(f.dy.row(row) + place);
    x[i] = load_quad(f.x.row(row) + place);
    const quad weight = load_quad(f.weight.data + place);
    for (int k = 0; k < 4; ++k) {
      d[i].x[k] *= weight.x[k];
      x[i].x[k] = (x[i].x[k] - mean) * inverse;
      sum += d[i].x[k];
    }
    along += dot(d[i], x[i]);
  }
  const float a = warp.sum(sum) / width;
  const float b = warp.sum(along) / width;
  float* out = f.dx.row(row);
  for (int i = 0; i < N; ++i) {
    const index_t place = quad_place(lane, i);
    quad y = load_quad(out + place);
    for (int k = 0; k < 4; ++k) y.x[k] += inverse * (d[i].x[k] - a - x[i].x[k] * b);
    store_quad(out + place, y);
  }
}

/// nn::softmax_row of a row of up to 32 N numbers.
template <int N, class Warp, class F>
COOP_HOST_DEVICE void warp_softmax(const Warp& warp, const F& f, index_t row) {
  const index_t lane = warp.lane();
  const index_t n = f.x.columns();
  float* values = f.x.row(row);
  float x[N];
  float top = -1e30f;
  for (int i = 0; i < N; ++i) {
    const index_t at = i * warp_lanes + lane;
    x[i] = at < n ? values[at] : -1e30f;
    top = x[i] > top ? x[i] : top;
  }
  top = warp.max(top);
  float total = 0;
  for (int i = 0; i < N; ++i) {
    x[i] = i * warp_lanes + lane < n ? std::exp(f.scale * (x[i] - top)) : 0.0f;
    total += x[i];
  }
  const float inverse = 1.0f / warp.sum(total);
  for (int i = 0; i < N; ++i) {
    const index_t at = i * warp_lanes + lane;
    if (at < n) values[at] = x[i] * inverse;
  }
}

// ---- Attention: rows of Size = 32 N numbers, each shared by eight lanes; lane l of the eight has the numbers
// 32 i + 4 l ... + 3. Four rows are read at a time, so four groups of lanes ask four keys. Of 32 keys, key j is lane j's:
// its number, its score, its factor.

inline constexpr index_t sharing_lanes = 8;
inline constexpr index_t rows_at_a_time = warp_lanes / sharing_lanes;
inline constexpr index_t rows_in_flight = 4;  // a lane's: enough that memory is waited for once in a while

template <int Size>
struct shared_rows {
  static_assert(Size % 32 == 0);
  static constexpr int quads = Size / 32;

  /// What a lane has of a row.
  COOP_HOST_DEVICE static void read(const float* row, index_t lane, quad (&to)[quads]) {
    for (int i = 0; i < quads; ++i) to[i] = load_quad(row + i * 32 + lane % sharing_lanes * 4);
  }
  /// Of keys [0, count), count <= 32, the product with `query` of the lane's own. `mine` is the lane's key, a row of x.
  template <class Warp>
  COOP_HOST_DEVICE static float products(const Warp& warp, const quad (&query)[quads], const float* x,
                                         std::ptrdiff_t stride, index_t mine, index_t count) {
    const index_t lane = warp.lane();
    const index_t group = lane / sharing_lanes;
    float own = 0;
    for (index_t begin = 0; begin < count; begin += rows_at_a_time * rows_in_flight) {
      quad rows[rows_in_flight][quads];
      for (index_t step = 0; step < rows_in_flight; ++step) {
        const index_t key = warp.of_lane(mine, begin + step * rows_at_a_time + group);
        read(x + key * stride, lane, rows[step]);
      }
      for (index_t step = 0; step < rows_in_flight; ++step) {
        float part = 0;
        for (int i = 0; i < quads; ++i) part += dot(query[i], rows[step][i]);
        part = warp.template sum<int(sharing_lanes)>(part);
        // Lane j's key was asked by group j % 4 in step j / 4.
        const float asked = warp.of_lane(part, lane % rows_at_a_time * sharing_lanes);
        if (begin / rows_at_a_time + step == lane / rows_at_a_time) own = asked;
      }
    }
    return own;
  }
  /// sum += the lane's part of the sum over keys [0, count) of factor x(key); every lane's key and factor are its own.
  template <class Warp>
  COOP_HOST_DEVICE static void add(const Warp& warp, float factor, const float* x, std::ptrdiff_t stride,
                                   index_t mine, index_t count, quad (&sum)[quads]) {
    const index_t lane = warp.lane();
    const index_t group = lane / sharing_lanes;
    const float counted = lane < count ? factor : 0.0f;
    for (index_t begin = 0; begin < count; begin += rows_at_a_time * rows_in_flight) {
      quad rows[rows_in_flight][quads];
      for (index_t step = 0; step < rows_in_flight; ++step) {
        const index_t key = warp.of_lane(mine, begin + step * rows_at_a_time + group);
        read(x + key * stride, lane, rows[step]);
      }
      for (index_t step = 0; step < rows_in_flight; ++step) {
        const float of_key = warp.of_lane(counted, begin + step * rows_at_a_time + group);
        for (int i = 0; i < quads; ++i) add_times(sum[i], of_key, rows[step][i]);
      }
    }
  }
  /// The four groups' sums as one, which every group then has.
  template <class Warp>
  COOP_HOST_DEVICE static void gather(const Warp& warp, quad (&sum)[quads]) {
    for (int i = 0; i < quads; ++i) {
      for (float& value : sum[i].x) value = warp.template sum_across<int(sharing_lanes)>(value);
    }
  }
  /// To where the row begins, by the first group.
  COOP_HOST_DEVICE static void write(const quad (&sum)[quads], index_t lane, float* row) {
    if (lane >= sharing_lanes) return;
    for (int i = 0; i < quads; ++i) store_quad(row + i * 32 + lane * 4, sum[i]);
  }
};

/// The lane's key among [begin, length): lanes beyond the last take the last, whose row is there.
COOP_HOST_DEVICE inline index_t own_key(index_t begin, index_t length, index_t lane) {
  return begin + lane < length ? begin + lane : length - 1;
}
COOP_HOST_DEVICE inline index_t keys_here(index_t begin, index_t length) {
  return length - begin < warp_lanes ? length - begin : warp_lanes;
}

/// out = softmax(scale query keys') values over `length` keys, key j being row row_of(j) of k and v; p keeps the softmax.
template <int Size, class Warp, class RowOf>
COOP_HOST_DEVICE void warp_attention(const Warp& warp, const float* query, const float* k,
                                     std::ptrdiff_t stride_k, const float* v, std::ptrdiff_t stride_v,
                                     index_t length, const RowOf& row_of, float scale, float* p, float* out) {
  using rows = shared_rows<Size>;
  const index_t lane = warp.lane();
  quad q[rows::quads];
  rows::read(query, lane, q);
  float top = -1e30f;
  float score = 0;  // of the last 32 keys
  for (index_t begin = 0; begin < length; begin += warp_lanes) {
    const index_t mine = row_of(own_key(begin, length, lane));
    score = scale * rows::products(warp, q, k, stride_k, mine, keys_here(begin, length));
    if (begin + lane < length) {
      top = score > top ? score : top;
      if (length > warp_lanes) p[begin + lane] = score;  // nobody else reads it
    }
  }
  top = warp.max(top);
  float total = 0;
  for (index_t j = lane; j < length; j += warp_lanes) {
    score = std::exp((length > warp_lanes ? p[j] : score) - top);
    if (length > warp_lanes) p[j] = score;
    total += score;
  }
  const float inverse = 1.0f / warp.sum(total);
  quad sum[rows::quads] = {};
  for (index_t begin = 0; begin < length; begin += warp_lanes) {
    const index_t j = begin + lane;
    float share = 0;
    if (j < length) {
      share = (length > warp_lanes ? p[j] : score) * inverse;
      p[j] = share;
    }
    rows::add(warp, share, v, stride_v, row_of(own_key(begin, length, lane)), keys_here(begin, length), sum);
  }
  rows::gather(warp, sum);
  rows::write(sum, lane, out);
}

/// nn::ancestor_attention_row, one head of one row.
template <int Size, class Warp, class F>
COOP_HOST_DEVICE void warp_ancestor_attention(const Warp& warp, const F& f, index_t row, index_t head) {
  const index_t node = f.queries(row);
  const index_t begin = f.ancestors.offset(node);
  const index_t* path = f.ancestors.path.data + begin;
  const index_t column = head * Size;
  warp_attention<Size>(
      warp, f.q.row(row) + column, f.k.data + column, f.k.stride, f.v.data + column, f.v.stride,
      f.ancestors.offset(node + 1) - begin, [path](index_t j) { return path[j]; },
      1.0f / std::sqrt(float(Size)), f.weights.row(head) + begin, f.output.row(row) + column);
}

/// nn::self_attention_row.
template <int Size, class Warp, class F>
COOP_HOST_DEVICE void warp_self_attention(const Warp& warp, const F& f, index_t row) {
  const index_t asking = row / f.heads;
  const index_t column = row % f.heads * Size;
  const index_t first = asking / f.queries * f.positions;
  warp_attention<Size>(
      warp, f.q.row(asking) + column, f.k.data + column, f.k.stride, f.v.data + column, f.v.stride,
      f.positions, [first](index_t j) { return first + j; }, 1.0f / std::sqrt(float(Size)), f.scores.row(row),
      f.output.row(asking) + column);
}

/// nn::ancestor_attention_backward_row, one head of one row.
template <int Size, class Warp, class F>
COOP_HOST_DEVICE void warp_ancestor_attention_backward(const Warp& warp, const F& f, index_t row,
                                                       index_t head) {
  using rows = shared_rows<Size>;
  const index_t lane = warp.lane();
  const index_t node = f.queries(row);
  const index_t first = f.ancestors.offset(node);
  const index_t length = f.ancestors.offset(node + 1) - first;
  const index_t* path = f.ancestors.path.data + first;
  const index_t column = head * Size;
  const float scale = 1.0f / std::sqrt(float(Size));
  const float* p = f.weights.row(head) + first;
  float* slope = f.slopes.row(head) + first;
  quad d[rows::quads];
  rows::read(f.doutput.row(row) + column, lane, d);
  float mean = 0;
  float own = 0;  // of the last 32 keys
  for (index_t begin = 0; begin < length; begin += warp_lanes) {
    own = rows::products(warp, d, f.v.data + column, f.v.stride, path[own_key(begin, length, lane)],
                         keys_here(begin, length));
    if (begin + lane < length) {
      mean += p[begin + lane] * own;
      if (length > warp_lanes) slope[begin + lane] = own;
    }
  }
  mean = warp.sum(mean);
  quad sum[rows::quads] = {};
  for (index_t begin = 0; begin < length; begin += warp_lanes) {
    const index_t j = begin + lane;
    float factor = 0;
    if (j < length) {
      factor = scale * p[j] * ((length > warp_lanes ? slope[j] : own) - mean);
      slope[j] = factor;
    }
    rows::add(warp, factor, f.k.data + column, f.k.stride, path[own_key(begin, length, lane)],
              keys_here(begin, length), sum);
  }
  rows::gather(warp, sum);
  rows::write(sum, lane, f.dq.row(row) + column);
}

/// nn::ancestor_attention_backward_key, one head of one live node: what the asking rows `part`, part + parts, ... of each
/// 32 say of its key and value. The lane's part of the two sums is gathered.
template <int Size, class Warp, class F>
COOP_HOST_DEVICE void warp_ancestor_attention_key(const Warp& warp, const F& f, index_t node, index_t head,
                                                  index_t part, index_t parts,
                                                  quad (&dk)[shared_rows<Size>::quads],
                                                  quad (&dv)[shared_rows<Size>::quads]) {
  using rows = shared_rows<Size>;
  const index_t lane = warp.lane();
  const index_t column = head * Size;
  const index_t last = f.askers.last(node);
  const index_t depth = f.askers.depth(node);
  const float* slopes = f.slopes.row(head);
  const float* weights = f.weights.row(head);
  for (index_t begin = f.askers.first(node) + part * warp_lanes; begin < last; begin += parts * warp_lanes) {
    const index_t asking = own_key(begin, last, lane);
    const index_t place = f.ancestors.offset(f.queries(asking)) + depth;
    const index_t count = keys_here(begin, last);
    rows::add(warp, slopes[place], f.q.data + column, f.q.stride, asking, count, dk);
    rows::add(warp, weights[place], f.doutput.data + column, f.doutput.stride, asking, count, dv);
  }
  rows::gather(warp, dk);
  rows::gather(warp, dv);
}

}  // namespace coop::detail

#endif
