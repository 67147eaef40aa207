// SPDX-License-Identifier: MIT
//
// The vision transformer of CLIP: patches and a class token, ln_pre, residual blocks in which all tokens see
// all, and the class token's ln_post and projection. Only the class token leaves the last block, so that
// block asks, projects and thinks for it alone; the others give it their keys and values. Follows
// VisionTransformer in CLIP's model.py.
#ifndef COOP_CLIP_VIT_HPP
#define COOP_CLIP_VIT_HPP

#include <coop/clip/backbone.hpp>
#include <coop/clip/loading.hpp>
#include <coop/clip/weights.hpp>
#include <coop/clip/workspace_pool.hpp>
#include <coop/device/pass_sizes.hpp>
#include <coop/nn/self_attention.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

namespace coop {

namespace detail {

/// x(b L + i, :) = token i of picture b plus its position; token 0 is the class token.
template <class T, index_t L, index_t W>
struct token_row {
  view<const T, 2> patches;
  view<const T, 1> class_token;
  view<const T, 2> positions;
  view<T, 2> x;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t i = row % L;
    const T* token = i == 0 ? class_token.data : patches.row(row / L * (L - 1) + i - 1);
    const T* place = positions.row(i);
    T* out = x.row(row);
    nn::row_each(team, W, [=](index_t c) { out[c] = token[c] + place[c]; });
  }
};

}  // namespace detail

/// A vision transformer of extents Shape on device D. Const after loading; many threads may encode at once.
template <class Shape, Device D, nn::Activation A>
class vit_tower {
  using T = typename D::scalar;
  using matrix = tensor<T, 2, D>;
  static constexpr index_t W = Shape::width;
  static constexpr index_t L = Shape::tokens;

 public:
  using image = Shape;  ///< the extents it was built for
  using device_type = D;
  using activation = A;

  /// Reads the `visual.` tensors of an archive (OpenAI's names).
  template <class Archive>
  vit_tower(const D& device, const Archive& archive) : device_(device), blocks_(Shape::layers - 1) {
    constexpr auto forward = nn::direction::forward_only;
    const auto prefix = [](index_t i) { return "visual.transformer.resblocks." + std::to_string(i) + "."; };
    side_by_side(device, Shape::layers + 1, [&](index_t i) {
      if (i == 0) {
        read_ends(archive);
      } else if (i < Shape::layers) {
        blocks_[std::size_t(i - 1)] = nn::read_residual_block(device, archive, prefix(i - 1), W, forward);
      } else {
        read_last(archive, prefix(Shape::layers - 1));
      }
    });
  }

  [[nodiscard]] const D& device() const { return device_; }
  /// Pixels along a side of the pictures it takes.
  [[nodiscard]] static constexpr index_t size() { return Shape::image_size; }
  [[nodiscard]] static constexpr index_t embed() { return Shape::embed; }

  /// Features (B, E), not of unit length, of normalised pictures (B, size, size, 3).
  void encode(view<const T, 4> pictures, view<T, 2> features) const {
    COOP_ASSERT(pictures.extent(1) == size() && pictures.extent(2) == size() && pictures.extent(3) == 3);
    COOP_ASSERT(features.rows() == pictures.rows() && features.columns() == Shape::embed);
    const auto space = workspaces_.lend();
    const index_t at_once = passes_of(device_).pictures;
    for (index_t begin = 0; begin < pictures.rows(); begin += at_once) {
      const index_t end = std::min(pictures.rows(), begin + at_once);
      encode_some(pictures.slice(begin, end), *space, features.slice(begin, end));
    }
    device_.synchronize();  // the workspace goes back to the pool
  }

 private:
  /// What a pass over at most `pictures` pictures writes down.
  struct workspace {
    index_t pictures = 0;
    matrix patches;            // (B (L - 1), W)
    matrix x, normed, mixed;   // (B L, W)
    matrix qkv;                // (B L, 3W)
    matrix hidden;             // (B L, 4W)
    matrix query, token, one;  // (B, W) of the class tokens
    tensor<T, 1, D> scratch;

    void cover(const D& device, index_t b, std::size_t patch_scratch) {
      if (b <= pictures) return;
      const auto make = [&](index_t rows, index_t columns) {
        return matrix(device, shape<2>{rows, columns});
      };
      patches = make(b * (L - 1), W);
      x = make(b * L, W);
      normed = make(b * L, W);
      mixed = make(b * L, W);
      qkv = make(b * L, 3 * W);
      hidden = make(b * L, 4 * W);
      query = make(b, W);
      token = make(b, W);
      one = make(b, W);
      scratch = tensor<T, 1, D>(device, shape<1>{index_t(std::max(patch_scratch, of_all(b).scratch()))});
      pictures = b;
    }
  };

  /// What comes before the blocks and after them.
  template <class Archive>
  void read_ends(const Archive& archive) {
    patches_ =
        nn::convolution<D>(device_, archive.read("visual.conv1.weight", {W, 3, Shape::patch, Shape::patch}),
                           {}, W, 3, nn::window{.side = Shape::patch, .stride = Shape::patch});
    class_token_ = nn::read_vector(device_, archive, "visual.class_embedding", W);
    positions_ = nn::read_matrix(device_, archive, "visual.positional_embedding", L, W);
    ln_pre_ = nn::read_layer_norm(device_, archive, "visual.ln_pre", W);
    ln_post_ = nn::read_layer_norm(device_, archive, "visual.ln_post", W);
    projection_ =
        nn::read_projection(device_, archive, "visual.proj", W, Shape::embed, nn::direction::forward_only);
  }

  template <class Archive>
  void read_last(const Archive& archive, const std::string& name) {
    constexpr auto forward = nn::direction::forward_only;
    std::tie(last_query_, last_key_value_) = nn::read_split_linear(
        device_, archive, name + "attn.in_proj_weight", name + "attn.in_proj_bias", 3 * W, W, W, forward);
    last_ = {nn::read_layer_norm(device_, archive, name + "ln_1", W),
             {},
             nn::read_linear(device_, archive, name + "attn.out_proj.weight", name + "attn.out_proj.bias", W,
                             W, forward),
             nn::read_layer_norm(device_, archive, name + "ln_2", W),
             nn::read_linear(device_, archive, name + "mlp.c_fc.weight", name + "mlp.c_fc.bias", 4 * W, W,
                             forward),
             nn::read_linear(device_, archive, name + "mlp.c_proj.weight", name + "mlp.c_proj.bias", W, 4 * W,
                             forward)};
  }

  static nn::attention_extents of_all(index_t b) { return {b, L, L, Shape::heads}; }

  using token_row = detail::token_row<T, L, W>;

  /// The class token of every picture, of all tokens (B L, W).
  static view<const T, 2> class_tokens(view<const T, 2> all) {
    return {all.data, shape<2>{all.rows() / L, W}, all.stride * L};
  }

  void encode_some(view<const T, 4> pictures, workspace& space, view<T, 2> features) const {
    const index_t B = pictures.rows();
    space.cover(device_, B, patches_.scratch());
    const index_t rows = B * L;
    const auto x = space.x.view().slice(0, rows);
    const auto normed = space.normed.view().slice(0, rows);
    const auto mixed = space.mixed.view().slice(0, rows);
    const auto qkv = space.qkv.view().slice(0, rows);
    const auto hidden = space.hidden.view().slice(0, rows);
    const auto patches = space.patches.view().slice(0, B * (L - 1));
    const auto scratch = space.scratch.view();

    patches_.forward(pictures, reshape(patches, shape<4>{B, Shape::grid, Shape::grid, W}), nn::finish::plain,
                     scratch);
    device_.for_each_row(rows, token_row{patches, class_token_.view(), positions_.view(), normed});
    ln_pre_.forward(normed, x);
    for (const auto& block : blocks_) {
      block.ln_1.forward(x, normed);
      block.in_proj.forward(normed, qkv);
      nn::self_attention<D, T>(device_, of_all(B), qkv.slice_columns(0, W), qkv.slice_columns(W, 2 * W),
                               qkv.slice_columns(2 * W, 3 * W), scratch, mixed);
      block.out_proj.forward(mixed, x, true);
      think(block, x, normed, hidden);
    }

    const auto query = space.query.view().slice(0, B);
    const auto token = space.token.view().slice(0, B);
    const auto one = space.one.view().slice(0, B);
    last_.ln_1.forward(x, normed);
    last_key_value_.forward(normed, qkv.slice_columns(W, 3 * W));
    device_.copy(class_tokens(normed), one);
    last_query_.forward(one, query);
    nn::self_attention<D, T>(device_, {B, 1, L, Shape::heads}, query, qkv.slice_columns(W, 2 * W),
                             qkv.slice_columns(2 * W, 3 * W), scratch, one);
    device_.copy(class_tokens(x), token);
    last_.out_proj.forward(one, token, true);
    think(last_, token, one, hidden.slice(0, B));
    ln_post_.forward(token, one);
    projection_.forward(one, features);
  }

  /// x += c_proj(f(c_fc(ln_2(x)))).
  void think(const nn::residual_block<D>& block, view<T, 2> x, view<T, 2> normed, view<T, 2> hidden) const {
    block.ln_2.forward(x, normed);
    block.c_fc.forward(normed, hidden, false, nn::activate_row<A, T>{hidden});
    block.c_proj.forward(hidden, x, true);
  }

  D device_;
  nn::convolution<D> patches_;
  tensor<T, 1, D> class_token_;  // (W)
  tensor<T, 2, D> positions_;    // (L, W)
  nn::layer_norm<D> ln_pre_;
  std::vector<nn::residual_block<D>> blocks_;  // all but the last
  nn::residual_block<D> last_;                 // its in_proj is empty: see the two below
  nn::linear<D> last_query_;
  nn::linear<D> last_key_value_;
  nn::layer_norm<D> ln_post_;
  nn::linear<D> projection_;
  workspace_pool<workspace> workspaces_;
};

}  // namespace coop

#endif
