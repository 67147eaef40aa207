// SPDX-License-Identifier: MIT
//
// The weights of one residual attention block: x += attention(ln_1(x)); x += c_proj(f(c_fc(ln_2(x)))). Which
// positions see each other is not said here: towers of pictures let all see all, the text tower walks a tree.
// Follows ResidualAttentionBlock in CLIP's model.py.
#ifndef COOP_NN_TRANSFORMER_HPP
#define COOP_NN_TRANSFORMER_HPP

#include <coop/nn/elementwise.hpp>
#include <coop/nn/layer_norm.hpp>
#include <coop/nn/linear.hpp>

namespace coop::nn {

/// Frozen layers of a residual attention block of width W.
template <Device D>
struct residual_block {
  layer_norm<D> ln_1;  ///< before the attention
  linear<D> in_proj;   // (3W, W): queries, keys, values
  linear<D> out_proj;  // (W, W)
  layer_norm<D> ln_2;  ///< before the two wide layers
  linear<D> c_fc;      // (4W, W)
  linear<D> c_proj;    // (W, 4W)
};

/// The block whose tensors are called `<prefix>ln_1.weight` and so on (OpenAI's names).
template <Device D, class Archive>
residual_block<D> read_residual_block(const D& device, const Archive& archive, const std::string& prefix,
                                      index_t width, direction ways) {
  return {read_layer_norm(device, archive, prefix + "ln_1", width),
          read_linear(device, archive, prefix + "attn.in_proj_weight", prefix + "attn.in_proj_bias",
                      3 * width, width, ways),
          read_linear(device, archive, prefix + "attn.out_proj.weight", prefix + "attn.out_proj.bias", width,
                      width, ways),
          read_layer_norm(device, archive, prefix + "ln_2", width),
          read_linear(device, archive, prefix + "mlp.c_fc.weight", prefix + "mlp.c_fc.bias", 4 * width, width,
                      ways),
          read_linear(device, archive, prefix + "mlp.c_proj.weight", prefix + "mlp.c_proj.bias", width,
                      4 * width, ways)};
}

}  // namespace coop::nn

#endif
