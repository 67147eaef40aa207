// SPDX-License-Identifier: MIT
//
// The text tower as it is published: every prompt padded to the whole window, every position of every class
// computed in every block, causal mask and all, and the row of the end mark read at the end. It shares the
// tower's weights and products and nothing of the tree: it is the slow truth that the tree is tested against.
// Follows TextEncoder in CoOp's trainers/coop.py and CLIP's transformer.
#ifndef COOP_CLIP_LITERAL_TEXT_HPP
#define COOP_CLIP_LITERAL_TEXT_HPP

#include <coop/clip/text.hpp>

#include <vector>

namespace coop {

namespace detail {

/// One row is one (prompt, head): causal attention over L positions, weights (C*H*L, L) kept.
template <class T>
struct causal_attention {
  index_t length;
  index_t heads;
  view<const T, 2> qkv;  // (C*L, 3W)
  view<T, 2> weights;    // (C*H*L, L)
  view<T, 2> output;     // (C*L, W)

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t width = output.columns();
    const index_t size = width / heads;
    const index_t first = row / heads * length;
    const index_t column = row % heads * size;
    const T scale = T(1) / std::sqrt(T(size));
    for (index_t i = 0; i < length; ++i) {
      const T* q = qkv.row(first + i) + column;
      T* p = weights.row(row * length + i);
      T highest = T(-1e30);
      for (index_t j = team.first(); j <= i; j += team.stride()) {
        const T* k = qkv.row(first + j) + width + column;
        p[j] = scale * nn::sum_alone<T>(team, size, [=](index_t d) { return q[d] * k[d]; });
        highest = p[j] > highest ? p[j] : highest;
      }
      highest = team.max(highest);
      T total = T(0);
      for (index_t j = team.first(); j <= i; j += team.stride()) {
        p[j] = nn::exponential(p[j] - highest);
        total += p[j];
      }
      total = team.sum(total);
      for (index_t j = team.first(); j <= i; j += team.stride()) p[j] /= total;
      team.sync();
      T* out = output.row(first + i) + column;
      nn::row_each(team, size, [=](index_t d) { out[d] = T(0); });
      for (index_t j = 0; j <= i; ++j) {
        const T share = p[j];
        const T* v = qkv.row(first + j) + 2 * width + column;
        nn::row_each(team, size, [=](index_t d) { out[d] += share * v[d]; });
      }
    }
  }
};

template <class T>
struct causal_attention_backward {
  index_t length;
  index_t heads;
  view<const T, 2> qkv;
  view<const T, 2> weights;
  view<const T, 2> doutput;  // (C*L, W)
  view<T, 2> slopes;         // (C*H, L)
  view<T, 2> dqkv;           // (C*L, 3W), zero at the start

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t width = doutput.columns();
    const index_t size = width / heads;
    const index_t first = row / heads * length;
    const index_t column = row % heads * size;
    const T scale = T(1) / std::sqrt(T(size));
    T* ds = slopes.row(row);
    for (index_t i = 0; i < length; ++i) {
      const T* d = doutput.row(first + i) + column;
      const T* q = qkv.row(first + i) + column;
      const T* p = weights.row(row * length + i);
      T mean = T(0);
      for (index_t j = team.first(); j <= i; j += team.stride()) {
        const T* v = qkv.row(first + j) + 2 * width + column;
        ds[j] = nn::sum_alone<T>(team, size, [=](index_t k) { return d[k] * v[k]; });
        mean += p[j] * ds[j];
      }
      mean = team.sum(mean);
      T* dq = dqkv.row(first + i) + column;
      for (index_t j = 0; j <= i; ++j) {
        const T slope = scale * p[j] * (ds[j] - mean);
        const T share = p[j];
        const T* k = qkv.row(first + j) + width + column;
        T* dk = dqkv.row(first + j) + width + column;
        T* dv = dqkv.row(first + j) + 2 * width + column;
        nn::row_each(team, size, [=](index_t e) {
          dq[e] += slope * k[e];
          dk[e] += slope * q[e];
          dv[e] += share * d[e];
        });
      }
      team.sync();  // the slopes are used again
    }
  }
};

}  // namespace detail

/// Every position of every prompt: C prompts of L positions under the weights of `tower`.
template <class Tower>
class literal_text {
  using D = typename Tower::device_type;
  using T = typename D::scalar;
  using matrix = tensor<T, 2, D>;

 public:
  /// Memory for `prompts` texts of `length` positions each, on the tower's device.
  literal_text(const Tower& tower, index_t prompts, index_t length = Tower::context_length())
      : tower_(&tower), device_(tower.device()), prompts_(prompts), length_(length) {}

  /// features (C, E), not normalised, from embeddings (C*L, W) before positions are added; `end` (C) is the
  /// position of each prompt's end mark.
  void forward(view<const T, 2> embeddings, const std::vector<index_t>& end, view<T, 2> features) {
    const index_t rows = prompts_ * length_;
    kept_.clear();
    table_.clear();
    for (index_t c = 0; c < prompts_; ++c) table_.push_back(c * length_ + end[std::size_t(c)]);
    matrix x = make(rows, W);
    device_.copy(embeddings, x.view());
    for (index_t c = 0; c < prompts_; ++c) {
      device_.for_each_row(length_, nn::add_row<T>{x.view().slice(c * length_, (c + 1) * length_),
                                                   tower_->positions().slice(0, length_)});
    }
    for (const auto& layer : tower_->blocks()) {
      kept k;
      k.moments_1 = make(rows, 2);
      k.qkv = make(rows, 3 * W);
      k.weights = make(prompts_ * heads * length_, length_);
      k.moments_2 = make(rows, 2);
      k.slope = make(rows, 4 * W);
      matrix normed = make(rows, W);
      matrix mixed = make(rows, W);
      matrix hidden = make(rows, 4 * W);
      layer.ln_1.forward(x.view(), normed.view(), k.moments_1.view());
      layer.in_proj.forward(normed.view(), k.qkv.view());
      device_.for_each_row(prompts_ * heads, detail::causal_attention<T>{length_, heads, k.qkv.view(),
                                                                         k.weights.view(), mixed.view()});
      k.middle = duplicate(x);
      layer.out_proj.forward(mixed.view(), k.middle.view(), true);
      layer.ln_2.forward(k.middle.view(), normed.view(), k.moments_2.view());
      layer.c_fc.forward(normed.view(), hidden.view());
      device_.for_each_row(
          rows, nn::activate_row_with_slope<typename Tower::activation, T>{hidden.view(), k.slope.view()});
      matrix next = duplicate(k.middle);
      layer.c_proj.forward(hidden.view(), next.view(), true);
      k.x = std::move(x);
      x = std::move(next);
      kept_.push_back(std::move(k));
    }
    matrix normed = make(rows, W);
    moments_ = make(rows, 2);
    tower_->final_norm().forward(x.view(), normed.view(), moments_.view());
    last_ = std::move(x);
    matrix read = make(prompts_, W);
    device_.for_each_row(prompts_, nn::gather_row<T>{table(), normed.view(), read.view()});
    tower_->projection().forward(read.view(), features);
  }

  /// d(embeddings) (C*L, W) from d(features) (C, E) of the last forward.
  void backward(view<const T, 2> dfeatures, view<T, 2> dembeddings) {
    const index_t rows = prompts_ * length_;
    matrix dread = make(prompts_, W);
    tower_->projection().backward(dfeatures, dread.view());
    matrix dnormed = make(rows, W);
    device_.fill(dnormed.view(), T(0));
    device_.for_each_row(prompts_, nn::scatter_row<T>{table(), dread.view(), dnormed.view()});
    device_.fill(dembeddings, T(0));
    tower_->final_norm().backward(dnormed.view(), last_.view(), moments_.view(), dembeddings);
    for (std::size_t i = kept_.size(); i-- > 0;) {
      const auto& layer = tower_->blocks()[i];
      auto& k = kept_[i];
      matrix hidden = make(rows, 4 * W);
      matrix mixed = make(rows, W);
      matrix dqkv = make(rows, 3 * W);
      matrix slopes = make(prompts_ * heads, length_);
      layer.c_proj.backward(dembeddings, hidden.view());
      device_.for_each_row(rows, nn::multiply_row<T>{hidden.view(), k.slope.view()});
      layer.c_fc.backward(hidden.view(), dnormed.view());
      layer.ln_2.backward(dnormed.view(), k.middle.view(), k.moments_2.view(), dembeddings);
      layer.out_proj.backward(dembeddings, mixed.view());
      device_.fill(dqkv.view(), T(0));
      device_.for_each_row(prompts_ * heads, detail::causal_attention_backward<T>{
                                                 length_, heads, k.qkv.view(), k.weights.view(), mixed.view(),
                                                 slopes.view(), dqkv.view()});
      layer.in_proj.backward(dqkv.view(), dnormed.view());
      layer.ln_1.backward(dnormed.view(), k.x.view(), k.moments_1.view(), dembeddings);
    }
  }

 private:
  static constexpr index_t W = Tower::width();
  static constexpr index_t heads = Tower::text::heads;

  struct kept {
    matrix x, moments_1, qkv, weights, middle, moments_2, slope;
  };

  matrix make(index_t rows, index_t columns) const { return matrix(device_, shape<2>{rows, columns}); }
  matrix duplicate(const matrix& from) const {
    matrix to(device_, from.extents());
    device_.copy(from.view(), to.view());
    return to;
  }
  view<const index_t, 1> table() {
    device_table_ =
        to_device(device_, view<const index_t, 1>{table_.data(), shape<1>{index_t(table_.size())}});
    return device_table_.view();
  }

  const Tower* tower_;
  D device_;
  index_t prompts_;
  index_t length_;
  std::vector<kept> kept_;
  matrix last_, moments_;
  std::vector<index_t> table_;  // (C) row of each end mark
  tensor<index_t, 1, D> device_table_;
};

}  // namespace coop

#endif
