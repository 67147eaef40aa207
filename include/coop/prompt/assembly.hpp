// SPDX-License-Identifier: MIT
//
// The embeddings of a tree's nodes, and the way back: a frozen node holds its token's row for good, a context
// node is given its row of the context matrix each step, and the gradient of a row is the sum over the nodes
// it fed.
#ifndef COOP_PROMPT_ASSEMBLY_HPP
#define COOP_PROMPT_ASSEMBLY_HPP

#include <coop/nn/causal_tree.hpp>
#include <coop/nn/embedding.hpp>
#include <coop/prompt/tree.hpp>
#include <coop/tensor/tensor.hpp>

#include <vector>

namespace coop {

/// Embeddings (nodes, W) of a merged tree of prompts on device D.
template <Device D>
class prompt_assembly {
  using T = typename D::scalar;
  using table = tensor<index_t, 1, D>;

 public:
  /// `tokens` (vocabulary, W) is the text tower's table; `context_rows` the rows of the context matrix.
  prompt_assembly(const D& device, const nn::merged_sequences& merged, view<const T, 2> tokens,
                  index_t context_rows)
      : device_(device),
        constants_(merged.tree.constants),
        embeddings_(device, shape<2>{merged.tree.nodes(), tokens.columns()}) {
    std::vector<index_t> ids;
    std::vector<index_t> frozen;
    std::vector<index_t> rows;
    for (index_t node = 0; node < merged.tree.nodes(); ++node) {
      const auto source = merged.source[std::size_t(node)];
      if (source < 0) {
        rows.push_back(context_row(source));
      } else {
        check<shape_error>(source < tokens.rows(), [&] {
          return "token " + std::to_string(source) +
                 " is outside the text tower's vocabulary: expected 0 to " +
                 std::to_string(tokens.rows() - 1) + " (another tokenizer than the weights')";
        });
        ids.push_back(source);
        frozen.push_back(node);
      }
    }
    const auto id_table = to_table(ids);
    const auto frozen_table = to_table(frozen);
    move(id_table, frozen_table, tokens);

    inputs_ = to_table(merged.tree.inputs);
    rows_ = to_table(rows);
    std::vector<index_t> offset(std::size_t(context_rows) + 1);
    for (const index_t row : rows) ++offset[std::size_t(row) + 1];
    for (std::size_t r = 0; r < std::size_t(context_rows); ++r) offset[r + 1] += offset[r];
    std::vector<index_t> list(rows.size());
    std::vector<index_t> next(offset.begin(), offset.end() - 1);
    for (std::size_t i = 0; i < rows.size(); ++i)
      list[std::size_t(next[std::size_t(rows[i])]++)] = index_t(i);
    offset_ = to_table(offset);
    list_ = to_table(list);
  }

  /// Bytes on the device that an assembly of a tree takes.
  static std::size_t bytes(const nn::causal_tree& tree, index_t width, index_t context_rows) {
    return std::size_t(tree.nodes()) * std::size_t(width) * sizeof(T) +
           (3 * tree.inputs.size() + std::size_t(context_rows) + 1) * sizeof(index_t);
  }

  /// Token embeddings of the constant nodes, (constants, W).
  [[nodiscard]] view<const T, 2> constants() const { return embeddings_.view().slice(0, constants_); }

  /// Embeddings of the live nodes (live, W) with this context (rows, W) in place.
  view<const T, 2> forward(view<const T, 2> context) {
    move(rows_, inputs_, context);
    return embeddings_.view().slice(constants_, embeddings_.extent(0));
  }

  /// gradient (rows, W) = [gradient +] the sums of d(inputs) (inputs, W).
  void backward(view<const T, 2> dinputs, view<T, 2> gradient, bool accumulate) const {
    device_.for_each_row(gradient.rows(),
                         nn::gather_sum_row<T>{offset_.view(), list_.view(), dinputs, gradient, accumulate});
  }

 private:
  table to_table(const std::vector<index_t>& values) const {
    return to_device(device_, view<const index_t, 1>{values.data(), shape<1>{index_t(values.size())}});
  }
  void move(const table& from, const table& to, view<const T, 2> rows) {
    device_.for_each_row(from.extent(0), nn::move_row<T>{from.view(), to.view(), rows, embeddings_.view()});
  }

  D device_;
  index_t constants_;
  tensor<T, 2, D> embeddings_;  // (nodes, W)
  table inputs_;                // (inputs) nodes that context vectors feed
  table rows_;                  // (inputs) which row feeds each
  table offset_, list_;         // the inputs that each row feeds
};

}  // namespace coop

#endif
