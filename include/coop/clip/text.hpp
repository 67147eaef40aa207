// SPDX-License-Identifier: MIT
//
// The causal text tower over a tree of prompts: every node is computed once, nothing after an end mark is,
// and the way back goes to the inputs that asked for a gradient and to nothing else. In the last block only
// the leaves need a query, an output projection and an MLP; in the first only the asking inputs need
// d(input). Follows the text transformer of CLIP's model.py: positions, blocks, ln_final, text_projection.
//
// The tower is const. What changes is a workspace, allocated once for the largest tree it will see; a
// text_plan holds a tree's tables on the device and the keys and values of its constant nodes.
#ifndef COOP_CLIP_TEXT_HPP
#define COOP_CLIP_TEXT_HPP

#include <coop/clip/backbone.hpp>
#include <coop/clip/loading.hpp>
#include <coop/nn/ancestor_attention.hpp>
#include <coop/nn/causal_tree.hpp>
#include <coop/nn/embedding.hpp>
#include <coop/nn/transformer.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace coop {

namespace detail {

/// x(i, :) = embeddings(i, :) + positions(position(i), :), rows of W numbers.
template <class T, index_t W>
struct place_row {
  view<const T, 2> embeddings;
  view<const index_t, 1> position;
  view<const T, 2> positions;
  view<T, 2> x;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const T* token = embeddings.row(row);
    const T* place = positions.row(position(row));
    T* out = x.row(row);
    nn::row_each(team, W, [=](index_t i) { out[i] = token[i] + place[i]; });
  }
};

}  // namespace detail

/// A tree made ready for a tower on device D: tables, and what its constant nodes compute in each block.
template <Device D>
class text_plan {
  using T = typename D::scalar;
  using table = tensor<index_t, 1, D>;

 public:
  /// Uploads the tables of a tree that say who asks whom.
  text_plan(const D& device, const nn::causal_tree& tree)
      : nodes_(tree.nodes()),
        constants_(tree.constants),
        leaves_count_(index_t(tree.leaves.size())),
        inputs_count_(index_t(tree.inputs.size())) {
    const auto ancestors = nn::ancestors(tree);
    std::vector<index_t> all(tree.parent.size());
    std::iota(all.begin(), all.end(), 0);
    std::vector<index_t> live_leaves;
    std::vector<index_t> live_inputs;
    for (const index_t node : tree.leaves) live_leaves.push_back(node - tree.constants);
    for (const index_t node : tree.inputs) live_inputs.push_back(node - tree.constants);
    offset_ = to_table(device, ancestors.offset);
    path_ = to_table(device, ancestors.path);
    positions_ = to_table(device, tree.depth);
    all_ = to_table(device, all);
    leaves_ = to_table(device, tree.leaves);
    live_leaves_ = to_table(device, live_leaves);
    live_inputs_ = to_table(device, live_inputs);
    paths_ = ancestors.offset.back();

    const auto ends = nn::ends_below(tree);
    std::vector<index_t> depth(tree.depth.begin() + tree.constants, tree.depth.end());
    std::vector<index_t> below;       // the live nodes at or below a node are rows [its own, below)
    std::vector<index_t> first_leaf;  // and of the leaves' rows these
    std::vector<index_t> last_leaf;
    const auto leaves_before = [&](index_t node) {
      return index_t(std::lower_bound(tree.leaves.begin(), tree.leaves.end(), node) - tree.leaves.begin());
    };
    for (index_t live = 0; live < tree.live(); ++live) {
      const index_t end = ends[std::size_t(live)];
      below.push_back(end - tree.constants);
      first_leaf.push_back(leaves_before(live + tree.constants));
      last_leaf.push_back(leaves_before(end));
    }
    depth_ = to_table(device, depth);
    below_ = to_table(device, below);
    first_leaf_ = to_table(device, first_leaf);
    last_leaf_ = to_table(device, last_leaf);
  }

  /// Bytes on the device that a tree's plan takes in a tower of this width and so many layers.
  static std::size_t bytes(const nn::causal_tree& tree, index_t width, index_t layers) {
    const auto nodes = std::size_t(tree.nodes());
    const std::size_t tables = 3 * nodes + 1 + nn::path_lengths(tree) + 4 * std::size_t(tree.live()) +
                               2 * tree.leaves.size() + tree.inputs.size();
    const std::size_t kept = std::size_t(layers) * std::size_t(tree.constants) * 2 * std::size_t(width);
    return tables * sizeof(index_t) + kept * sizeof(T);
  }

  /// Extents of the tree: all nodes, those computed once, the others, ends of prompts.
  [[nodiscard]] index_t nodes() const { return nodes_; }
  [[nodiscard]] index_t constants() const { return constants_; }
  [[nodiscard]] index_t live() const { return nodes_ - constants_; }
  [[nodiscard]] index_t leaves() const { return leaves_count_; }
  [[nodiscard]] index_t inputs() const { return inputs_count_; }
  /// Numbers of all paths from a node to the root, one behind the other.
  [[nodiscard]] index_t paths() const { return paths_; }

 private:
  template <class, Device, nn::Activation>
  friend class text_tower;

  static table to_table(const D& device, const std::vector<index_t>& values) {
    return to_device(device, view<const index_t, 1>{values.data(), shape<1>{index_t(values.size())}});
  }

  index_t nodes_;
  index_t constants_;
  index_t leaves_count_;
  index_t inputs_count_;
  index_t paths_ = 0;
  table offset_, path_;           // ancestors of every node
  table positions_;               // (nodes) place in the text
  table all_;                     // (nodes) 0, 1, 2, ...
  table leaves_, live_leaves_;    // (leaves) as nodes, and counted from the first live node
  table live_inputs_;             // (inputs) counted from the first live node
  table depth_, below_;           // (live) place in the text; one past the last live node at or below
  table first_leaf_, last_leaf_;  // (live) the leaves at or below
  std::vector<tensor<T, 2, D>> constant_keys_values_;  // a block each: (constants, 2W)
};

/// What a pass over a tree writes down. `keep` says whether the way back will follow: then every block has
/// its own slots, else they share one.
template <Device D>
class text_workspace {
  using T = typename D::scalar;
  using matrix = tensor<T, 2, D>;

 public:
  /// The largest of the plans that will be walked.
  struct extents {
    index_t nodes = 0;   ///< of a tree
    index_t live = 0;    ///< those that change
    index_t leaves = 0;  ///< ends of prompts
    index_t inputs = 0;  ///< nodes whose input wants a gradient
    index_t paths = 0;   ///< lengths of all paths together

    /// Grows to what this plan needs too.
    void cover(const text_plan<D>& plan) {
      cover(plan.nodes(), plan.constants(), plan.leaves(), plan.inputs(), plan.paths());
    }
    /// Grows to what this tree needs too.
    void cover(const nn::causal_tree& tree) {
      cover(tree.nodes(), tree.constants, index_t(tree.leaves.size()), index_t(tree.inputs.size()),
            index_t(nn::path_lengths(tree)));
    }

   private:
    void cover(index_t of_nodes, index_t constants, index_t of_leaves, index_t of_inputs, index_t of_paths) {
      nodes = std::max(nodes, of_nodes);
      live = std::max({live, of_nodes - constants, constants});
      leaves = std::max(leaves, of_leaves);
      inputs = std::max(inputs, of_inputs);
      paths = std::max(paths, of_paths);
    }
  };

  text_workspace() = default;
  /// Room for any tree up to `most`; with `keep`, for the way back too.
  text_workspace(const D& device, index_t width, index_t heads, index_t layers, const extents& most,
                 bool keep)
      : keep_(keep) {
    const auto make = [&](index_t rows, index_t columns) { return matrix(device, shape<2>{rows, columns}); };
    const index_t blocks = keep ? layers : 1;
    for (index_t block = 0; block < blocks; ++block) {
      slots slot;
      slot.x = make(most.live, width);
      slot.moments_1 = make(most.live, 2);
      slot.qkv = make(most.nodes, 3 * width);
      slot.weights = make(heads, most.paths);
      const index_t rows = keep && block == layers - 1 ? most.leaves : most.live;
      if (keep) {
        slot.middle = make(rows, width);
        slot.slope = make(rows, 4 * width);
      }
      slot.moments_2 = make(rows, 2);
      blocks_.push_back(std::move(slot));
    }
    normed = make(most.live, width);
    mixed = make(most.live, width);
    hidden = make(most.live, 4 * width);
    leaf = make(most.leaves, width);
    leaf_query = make(most.leaves, width);
    leaf_moments = make(most.leaves, 2);
    if (keep) {
      dx = make(most.live, width);
      dqkv = make(most.live, 3 * width);
      dleaf = make(most.leaves, width);
      dquery = make(most.leaves, width);
      slopes = make(heads, most.paths);
      input_x = make(most.inputs, width);
      input_moments = make(most.inputs, 2);
      input_dqkv = make(most.inputs, 3 * width);
      input_normed = make(most.inputs, width);
    }
  }

  /// Whether the way back may follow.
  [[nodiscard]] bool keeps() const { return keep_; }

  /// Bytes that a workspace of these extents holds.
  static std::size_t bytes(index_t width, index_t heads, index_t layers, const extents& most, bool keep) {
    const auto w = std::size_t(width);
    const auto live = std::size_t(most.live);
    const auto leaves = std::size_t(most.leaves);
    const auto blocks = std::size_t(keep ? layers : 1);
    std::size_t n = blocks * (live * (w + 2) + std::size_t(most.nodes) * 3 * w +
                              std::size_t(heads) * std::size_t(most.paths));
    n += keep ? (blocks - 1) * live * (5 * w + 2) + leaves * (5 * w + 2) : live * 2;
    n += live * 6 * w + leaves * (2 * w + 2);
    if (keep) {
      n += live * 4 * w + leaves * 2 * w + std::size_t(heads) * std::size_t(most.paths) +
           std::size_t(most.inputs) * (5 * w + 2);
    }
    return n * sizeof(T);
  }

 private:
  template <class, Device, nn::Activation>
  friend class text_tower;

  struct slots {
    matrix x;          // (live, W) what the block is given
    matrix moments_1;  // (live, 2)
    matrix qkv;        // (nodes, 3W)
    matrix weights;    // (H, paths) attention
    matrix middle;     // (live, W) after attention; in the last block (leaves, W)
    matrix moments_2;  // (live or leaves, 2)
    matrix slope;      // (live or leaves, 4W) derivative of the activation
  };
  slots& at(index_t block) { return blocks_[keep_ ? std::size_t(block) : 0]; }

  bool keep_ = false;
  std::vector<slots> blocks_;
  // NOLINTBEGIN(readability-identifier-naming): the tower's, which reads and writes them as its own variables
  matrix normed, mixed, hidden;            // (live, W), (live, W), (live, 4W)
  matrix leaf, leaf_query, leaf_moments;   // (leaves, W), (leaves, W), (leaves, 2)
  matrix dx, dqkv, dleaf, dquery, slopes;  // the way back
  matrix input_x, input_moments, input_dqkv, input_normed;
  // NOLINTEND(readability-identifier-naming)
};

/// CLIP's text tower of shape Text on device D. Const after loading; many threads may use one tower, each
/// with a workspace of its own.
template <class Text, Device D, nn::Activation A = nn::quick_gelu>
class text_tower {
  using T = typename D::scalar;
  using matrix_view = view<T, 2>;
  using const_view = view<const T, 2>;
  static constexpr index_t W = Text::width;

 public:
  using text = Text;  ///< the extents it was built for
  using device_type = D;
  using workspace = text_workspace<D>;  ///< the memory of one pass
  using plan = text_plan<D>;            ///< a tree, ready on the device
  using activation = A;

  /// Reads the text tensors of an archive with OpenAI's names.
  template <class Archive>
  text_tower(const D& device, const Archive& archive, nn::direction ways = nn::direction::both)
      : device_(device), blocks_(Text::layers) {
    const auto prefix = [](index_t i) { return "transformer.resblocks." + std::to_string(i) + "."; };
    side_by_side(device, Text::layers + 2, [&](index_t i) {
      if (i == 0) {  // by far the largest: not when the others have gone
        tokens_ = nn::read_matrix(device, archive, "token_embedding.weight", Text::vocabulary, W);
      } else if (i <= Text::layers) {
        blocks_[std::size_t(i - 1)] = nn::read_residual_block(device, archive, prefix(i - 1), W, ways);
      } else {
        // The last block's queries are asked at the leaves only, so they are a product of their own.
        const std::string last = prefix(Text::layers - 1) + "attn.";
        std::tie(last_query_, last_key_value_) = nn::read_split_linear(
            device, archive, last + "in_proj_weight", last + "in_proj_bias", 3 * W, W, W, ways);
        positions_ = nn::read_matrix(device, archive, "positional_embedding", Text::context_length, W);
        ln_final_ = nn::read_layer_norm(device, archive, "ln_final", W);
        projection_ = nn::read_projection(device, archive, "text_projection", W, Text::embed, ways);
      }
    });
    const auto scale = archive.read("logit_scale");  // () in OpenAI's files, (1) in some others
    check<shape_error>(scale.size() == 1, [&] {
      return "tensor 'logit_scale': expected one number, got " + std::to_string(scale.size());
    });
    scale_ = std::exp(scale.front());
  }

  [[nodiscard]] const D& device() const { return device_; }
  /// Extents of the tower: E, W, L, and tokens in the vocabulary.
  [[nodiscard]] static constexpr index_t embed() { return Text::embed; }
  [[nodiscard]] static constexpr index_t width() { return W; }
  [[nodiscard]] static constexpr index_t context_length() { return Text::context_length; }
  [[nodiscard]] static constexpr index_t vocabulary() { return Text::vocabulary; }

  /// What similarities are multiplied by: exp(logit_scale).
  [[nodiscard]] float scale() const { return scale_; }
  /// The token table, (vocabulary, W).
  [[nodiscard]] const_view tokens() const { return tokens_.view(); }
  /// The layers, for those who walk them another way (clip/literal_text.hpp).
  [[nodiscard]] const std::vector<nn::residual_block<D>>& blocks() const { return blocks_; }
  [[nodiscard]] const_view positions() const { return positions_.view(); }
  [[nodiscard]] const nn::layer_norm<D>& final_norm() const { return ln_final_; }
  [[nodiscard]] const nn::linear<D>& projection() const { return projection_; }

  /// Floating-point operations (a multiply-add is two) of the products and attention of a forward pass over a
  /// plan, and of the way back; what grows only with the rows' width is not counted.
  [[nodiscard]] static double forward_operations(const plan& p) {
    const double w2 = double(W) * double(W);
    const double live = p.live();
    const double leaves = p.leaves();
    const double last = live * 2 * w2 + leaves * (10 * w2 + double(W) * Text::embed);
    return 2 * ((Text::layers - 1) * live * 12 * w2 + last + Text::layers * 2.0 * p.paths() * W);
  }
  /// The same of the way back.
  [[nodiscard]] static double backward_operations(const plan& p) {
    const double w2 = double(W) * double(W);
    const double live = p.live();
    const double leaves = p.leaves();
    const double last = live * 2 * w2 + leaves * (10 * w2 + double(W) * Text::embed);
    const double first = live * 9 * w2 + p.inputs() * 3 * w2;
    return 2 * ((Text::layers - 2) * live * 12 * w2 + last + first + Text::layers * 4.0 * p.paths() * W);
  }

  /// A tree made ready. `constants` (tree.constants, W) are the token embeddings of the constant nodes, whose
  /// keys and values are computed here, once.
  [[nodiscard]] plan prepare(const nn::causal_tree& tree, const_view constants) const {
    plan p(device_, tree);
    if (p.constants() > 0) {
      typename workspace::extents most;
      most.cover(p);
      workspace space(device_, W, Text::heads, Text::layers, most, false);
      walk(p, space, constants, 0, p.constants(), [&](index_t, matrix_view qkv) {
        tensor<T, 2, D> kept(device_, shape<2>{p.constants(), 2 * W});
        device_.copy(const_view(qkv.slice_columns(W, 3 * W)), kept.view());
        p.constant_keys_values_.push_back(std::move(kept));
      });
    }
    return p;
  }

  /// features (leaves, E), not normalised, from the token embeddings or context vectors of the live nodes
  /// (live, W).
  void forward(const plan& p, workspace& space, const_view embeddings, matrix_view features) const {
    walk(p, space, embeddings, p.constants(), p.nodes(), [](index_t, matrix_view) {});
    leaves_forward(p, space, features);
  }

  /// d(inputs) (inputs, W) from d(features) (leaves, E), after a forward pass in a workspace that keeps.
  void backward(const plan& p, workspace& space, const_view dfeatures, matrix_view dinputs) const {
    COOP_ASSERT(space.keeps());
    const index_t live = p.live();
    const auto dx = space.dx.view().slice(0, live);
    leaves_backward(p, space, dfeatures, dx);
    for (index_t block = Text::layers - 2; block >= 0; --block) {
      auto& slot = space.at(block);
      const auto& layer = blocks_[std::size_t(block)];
      mlp_backward(layer, space, slot.middle.view().slice(0, live), slot.moments_2.view().slice(0, live),
                   slot.slope.view().slice(0, live), dx);
      const auto mixed = space.mixed.view().slice(0, live);
      layer.out_proj.backward(dx, mixed);
      const auto dqkv = space.dqkv.view().slice(0, live);
      const auto qkv = slot.qkv.view().slice(0, p.nodes());
      attention_backward(p, space, slot, all_ask(p), qkv.slice(p.constants(), p.nodes()).slice_columns(0, W),
                         qkv.slice_columns(W, 2 * W), qkv.slice_columns(2 * W, 3 * W), mixed,
                         dqkv.slice_columns(0, W), dqkv.slice_columns(W, 2 * W),
                         dqkv.slice_columns(2 * W, 3 * W));
      if (block > 0) {
        const auto normed = space.normed.view().slice(0, live);
        layer.in_proj.backward(dqkv, normed);
        layer.ln_1.backward(normed, slot.x.view().slice(0, live), slot.moments_1.view().slice(0, live), dx);
      } else {
        inputs_backward(p, space, slot, dqkv, dx, dinputs);
      }
    }
    if constexpr (Text::layers == 1) gather(p.live_inputs_.view(), dx, dinputs);
  }

  /// Features (sequences, E), not normalised, of token sequences that end with their end mark. Sequences that
  /// share beginnings share work; memory is bounded by walking a few hundred of them at a time.
  [[nodiscard]] tensor<T, 2, D> encode(std::span<const std::vector<std::int32_t>> sequences) const {
    constexpr std::size_t at_once = 256;
    tensor<T, 2, D> features(device_, shape<2>{index_t(sequences.size()), Text::embed});
    for (std::size_t begin = 0; begin < sequences.size(); begin += at_once) {
      const std::size_t end = std::min(sequences.size(), begin + at_once);
      const std::vector<std::vector<std::int32_t>> some(sequences.begin() + std::ptrdiff_t(begin),
                                                        sequences.begin() + std::ptrdiff_t(end));
      const auto merged = nn::merge(some, nn::constants::none);
      const plan p = prepare(merged.tree, const_view{});
      typename workspace::extents most;
      most.cover(p);
      workspace space(device_, W, Text::heads, Text::layers, most, false);
      const auto embeddings = embed_tokens(merged.source);
      tensor<T, 2, D> leaves(device_, shape<2>{p.leaves(), Text::embed});
      forward(p, space, embeddings.view(), leaves.view());
      const auto table = plan::to_table(device_, merged.leaf_of);
      gather(table.view(), leaves.view(), features.view().slice(index_t(begin), index_t(end)));
    }
    return features;
  }

  /// Rows of the token table, (ids, W). An id outside the vocabulary is an error.
  [[nodiscard]] tensor<T, 2, D> embed_tokens(const std::vector<std::int32_t>& ids) const {
    for (const auto id : ids) {
      check<shape_error>(id >= 0 && id < Text::vocabulary, [&] {
        return "token " + std::to_string(id) + " is outside the text tower's vocabulary: expected 0 to " +
               std::to_string(Text::vocabulary - 1) + " (another tokenizer than the weights')";
      });
    }
    const auto table = plan::to_table(device_, ids);
    tensor<T, 2, D> rows(device_, shape<2>{index_t(ids.size()), W});
    gather(table.view(), tokens_.view(), rows.view());
    return rows;
  }

 private:
  template <class U>
  void gather(view<const index_t, 1> table, view<const U, 2> from, view<U, 2> to) const {
    device_.for_each_row(table.rows(), nn::gather_row<U>{table, from, to});
  }
  template <class U>
  void gather(view<const index_t, 1> table, view<U, 2> from, view<U, 2> to) const {
    gather(table, view<const U, 2>(from), to);
  }

  static view<T, 2> if_kept(bool keep, view<T, 2> moments) { return keep ? moments : view<T, 2>{}; }

  /// All blocks but the last for nodes [begin, end), and the last block's norm, keys and values. visit(block,
  /// qkv of the nodes) is told each block's keys and values.
  template <class Visit>
  void walk(const plan& p, workspace& space, const_view embeddings, index_t begin, index_t end,
            Visit visit) const {
    const index_t rows = end - begin;
    const bool keep = space.keeps();
    const auto ancestors = nn::ancestor_view{p.offset_.view(), p.path_.view()};
    device_.for_each_row(rows, detail::place_row<T, W>{embeddings, p.positions_.view().slice(begin, end),
                                                       positions_.view(), space.at(0).x.view()});
    for (index_t block = 0; block < Text::layers; ++block) {
      auto& slot = space.at(block);
      const auto& layer = blocks_[std::size_t(block)];
      const auto x = slot.x.view().slice(0, rows);
      const auto normed = space.normed.view().slice(0, rows);
      const auto all = slot.qkv.view().slice(0, end);
      const auto qkv = all.slice(begin, end);
      layer.ln_1.forward(x, normed, if_kept(keep, slot.moments_1.view()));
      if (begin > 0)
        device_.copy(p.constant_keys_values_[std::size_t(block)].view(),
                     all.slice(0, begin).slice_columns(W, 3 * W));
      if (block == Text::layers - 1) {
        last_key_value_.forward(normed, qkv.slice_columns(W, 3 * W));
        visit(block, qkv);
        return;
      }
      layer.in_proj.forward(normed, qkv);
      visit(block, qkv);
      const auto mixed = space.mixed.view().slice(0, rows);
      device_.for_each_row(
          rows, nn::ancestor_attention_row<T>{ancestors, p.all_.view().slice(begin, end), Text::heads,
                                              qkv.slice_columns(0, W), all.slice_columns(W, 2 * W),
                                              all.slice_columns(2 * W, 3 * W), slot.weights.view(), mixed});
      const auto middle = keep ? slot.middle.view().slice(0, rows) : x;
      if (keep) device_.copy(const_view(x), middle);
      layer.out_proj.forward(mixed, middle, true);
      const auto next = space.at(block + 1).x.view().slice(0, rows);
      mlp_forward(layer, space, slot, middle, next);
    }
  }

  /// next = middle + mlp(ln_2(middle)).
  void mlp_forward(const nn::residual_block<D>& layer, workspace& space, typename workspace::slots& slot,
                   matrix_view middle, matrix_view next) const {
    const index_t rows = middle.rows();
    const bool keep = space.keeps();
    const auto normed = space.normed.view().slice(0, rows);
    const auto hidden = space.hidden.view().slice(0, rows);
    layer.ln_2.forward(middle, normed, if_kept(keep, slot.moments_2.view()));
    if (keep) {
      layer.c_fc.forward(normed, hidden, false, nn::activate_row_with_slope<A, T>{hidden, slot.slope.view()});
    } else {
      layer.c_fc.forward(normed, hidden, false, nn::activate_row<A, T>{hidden});
    }
    if (next.data != middle.data) device_.copy(const_view(middle), next);
    layer.c_proj.forward(hidden, next, true);
  }

  /// The last block at the leaves, the final norm and the projection.
  void leaves_forward(const plan& p, workspace& space, matrix_view features) const {
    auto& slot = space.at(Text::layers - 1);
    const auto& layer = blocks_.back();
    const index_t leaves = p.leaves();
    const bool keep = space.keeps();
    const auto live_leaves = p.live_leaves_.view();
    const auto all = slot.qkv.view().slice(0, p.nodes());
    const auto mixed = space.mixed.view().slice(0, leaves);
    const auto query = space.leaf_query.view().slice(0, leaves);
    gather(live_leaves, space.normed.view(), mixed);
    last_query_.forward(mixed, query);
    device_.for_each_row(leaves, nn::ancestor_attention_row<T>{
                                     nn::ancestor_view{p.offset_.view(), p.path_.view()}, p.leaves_.view(),
                                     Text::heads, query, all.slice_columns(W, 2 * W),
                                     all.slice_columns(2 * W, 3 * W), slot.weights.view(), mixed});
    const auto leaf = space.leaf.view().slice(0, leaves);
    const auto middle = keep ? slot.middle.view().slice(0, leaves) : leaf;
    gather(live_leaves, slot.x.view(), middle);
    layer.out_proj.forward(mixed, middle, true);
    mlp_forward(layer, space, slot, middle, leaf);
    const auto normed = space.normed.view().slice(0, leaves);
    ln_final_.forward(leaf, normed, if_kept(keep, space.leaf_moments.view()));
    projection_.forward(normed, features);
  }

  /// dx (live, W), what the last block is given, from d(features).
  void leaves_backward(const plan& p, workspace& space, const_view dfeatures, matrix_view dx) const {
    auto& slot = space.at(Text::layers - 1);
    const auto& layer = blocks_.back();
    const index_t leaves = p.leaves();
    const index_t live = p.live();
    const auto dleaf = space.dleaf.view().slice(0, leaves);
    const auto leaf_normed = space.normed.view().slice(0, leaves);
    projection_.backward(dfeatures, leaf_normed);
    device_.fill(dleaf, T(0));
    ln_final_.backward(leaf_normed, space.leaf.view().slice(0, leaves), space.leaf_moments.view(), dleaf);
    mlp_backward(layer, space, slot.middle.view().slice(0, leaves), slot.moments_2.view().slice(0, leaves),
                 slot.slope.view().slice(0, leaves), dleaf);
    const auto mixed = space.mixed.view().slice(0, leaves);
    layer.out_proj.backward(dleaf, mixed);
    const auto dqkv = space.dqkv.view().slice(0, live);
    const auto all = slot.qkv.view().slice(0, p.nodes());
    const auto dquery = space.dquery.view().slice(0, leaves);
    attention_backward(p, space, slot, leaves_ask(p), space.leaf_query.view().slice(0, leaves),
                       all.slice_columns(W, 2 * W), all.slice_columns(2 * W, 3 * W), mixed, dquery,
                       dqkv.slice_columns(W, 2 * W), dqkv.slice_columns(2 * W, 3 * W));
    const auto normed = space.normed.view().slice(0, live);
    last_key_value_.backward(dqkv.slice_columns(W, 3 * W), normed);
    last_query_.backward(dquery, mixed);
    device_.fill(dx, T(0));
    device_.for_each_row(leaves, nn::scatter_row<T>{p.live_leaves_.view(), dleaf, dx});
    device_.for_each_row(leaves, nn::scatter_row<T>{p.live_leaves_.view(), mixed, normed, true});
    layer.ln_1.backward(normed, slot.x.view().slice(0, live), slot.moments_1.view().slice(0, live), dx);
  }

  /// dx += the way back through the MLP and its norm.
  void mlp_backward(const nn::residual_block<D>& layer, workspace& space, const_view middle,
                    const_view moments, const_view slope, matrix_view dx) const {
    const index_t rows = dx.rows();
    const auto hidden = space.hidden.view().slice(0, rows);
    const auto normed = space.normed.view().slice(0, rows);
    layer.c_proj.backward(dx, hidden, false, nn::multiply_row<T>{hidden, slope});
    layer.c_fc.backward(hidden, normed);
    layer.ln_2.backward(normed, middle, moments, dx);
  }

  /// Who asks in the attention of a block: all live nodes, or the leaves.
  struct asking {
    view<const index_t, 1> nodes;  // (rows)
    nn::askers_view below;
  };
  static asking all_ask(const plan& p) {
    const auto nodes = p.all_.view();
    return {nodes.slice(p.constants(), p.nodes()),
            {nodes.slice(0, p.live()), p.below_.view(), p.depth_.view()}};
  }
  static asking leaves_ask(const plan& p) {
    return {p.leaves_.view(), {p.first_leaf_.view(), p.last_leaf_.view(), p.depth_.view()}};
  }

  void attention_backward(const plan& p, workspace& space, typename workspace::slots& slot, const asking& who,
                          const_view q, const_view k, const_view v, const_view doutput, matrix_view dq,
                          matrix_view dk, matrix_view dv) const {
    const nn::ancestor_view ancestors{p.offset_.view(), p.path_.view()};
    const auto slopes = space.slopes.view();
    device_.for_each_row(who.nodes.rows(),
                         nn::ancestor_attention_backward_row<T>{ancestors, who.nodes, Text::heads, k, v,
                                                                slot.weights.view(), doutput, slopes, dq});
    device_.for_each_row(Text::heads * p.live(), nn::ancestor_attention_backward_key<T>{
                                                     ancestors, who.below, who.nodes, Text::heads, q,
                                                     slot.weights.view(), slopes, doutput, dk, dv});
  }

  /// The first block's last step, at the asking inputs only: everybody else's d(input) goes nowhere.
  void inputs_backward(const plan& p, workspace& space, typename workspace::slots& slot, const_view dqkv,
                       const_view dx, matrix_view dinputs) const {
    const index_t n = p.inputs();
    const auto table = p.live_inputs_.view();
    const auto input_dqkv = space.input_dqkv.view().slice(0, n);
    const auto normed = space.input_normed.view().slice(0, n);
    const auto x = space.input_x.view().slice(0, n);
    const auto moments = space.input_moments.view().slice(0, n);
    gather(table, dqkv, input_dqkv);
    gather(table, dx, dinputs);
    gather(table, slot.x.view(), x);
    gather(table, slot.moments_1.view(), moments);
    blocks_.front().in_proj.backward(input_dqkv, normed);
    blocks_.front().ln_1.backward(normed, x, moments, dinputs);
  }

  D device_;
  tensor<T, 2, D> tokens_;     // (vocabulary, W)
  tensor<T, 2, D> positions_;  // (context length, W)
  std::vector<nn::residual_block<D>> blocks_;
  nn::linear<D> last_query_;
  nn::linear<D> last_key_value_;
  nn::layer_norm<D> ln_final_;
  nn::linear<D> projection_;
  float scale_ = 1;
};

}  // namespace coop

#endif
