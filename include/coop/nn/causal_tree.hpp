// SPDX-License-Identifier: MIT
//
// The shape of a causal computation over many sequences that share beginnings: a forest in which a node sees
// itself and its ancestors. A causal tower computes every node once, and the node's keys and values serve
// all sequences below it. Nothing here knows words or policies: a tree is parents, and what is asked of it.
#ifndef COOP_NN_CAUSAL_TREE_HPP
#define COOP_NN_CAUSAL_TREE_HPP

#include <coop/config.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace coop::nn {

/// Nodes in depth-first order: what is below a live node follows it without a gap. The first `constants` of them
/// never change: what they compute is computed once, and no gradient passes through them.
struct causal_tree {
  index_t constants = 0;        ///< the first so many nodes, before any context
  std::vector<index_t> parent;  // (nodes) -1 for a root
  std::vector<index_t> depth;   // (nodes) position in the sequence, 0 for a root
  std::vector<index_t> leaves;  // nodes whose output is read, ascending and distinct, none constant
  std::vector<index_t> inputs;  // nodes whose input wants a gradient, ascending, none constant

  /// All nodes.
  [[nodiscard]] index_t nodes() const { return index_t(parent.size()); }
  /// Nodes that change with the context.
  [[nodiscard]] index_t live() const { return nodes() - constants; }
};

/// Sequences of sources merged into a tree: equal source under the same parent is one node.
struct merged_sequences {
  causal_tree tree;                  // `inputs` are the nodes of changing sources
  std::vector<std::int32_t> source;  // (nodes)
  std::vector<index_t> leaf_of;      // (sequences) index into tree.leaves
};

/// Which nodes of merged sequences may be set apart as constants.
enum class constants { none, above_first_change };

/// Merges sequences of integers. A negative source changes from step to step; a node with none on its path is
/// constant, if constants are asked for. Nodes stand in depth-first order (constants first), so that an
/// ancestor's row is near its descendants'.
inline merged_sequences merge(const std::vector<std::vector<std::int32_t>>& sequences, constants wanted) {
  std::vector<std::size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return sequences[a] < sequences[b]; });

  // Sorted sequences share their longest beginning with their neighbour: one pass builds the tree.
  std::vector<index_t> parent;
  std::vector<index_t> depth;
  std::vector<std::int32_t> source;
  std::vector<char> constant;
  std::vector<index_t> path;  // nodes of the previous sequence
  std::vector<index_t> last(sequences.size());
  for (const std::size_t s : order) {
    const auto& sequence = sequences[s];
    COOP_ASSERT(!sequence.empty());
    std::size_t shared = 0;
    while (shared < path.size() && shared < sequence.size() &&
           source[std::size_t(path[shared])] == sequence[shared]) {
      ++shared;
    }
    path.resize(shared);
    for (std::size_t i = shared; i < sequence.size(); ++i) {
      const index_t above = path.empty() ? -1 : path.back();
      const bool above_constant = above < 0 || constant[std::size_t(above)];
      path.push_back(index_t(parent.size()));
      parent.push_back(above);
      depth.push_back(index_t(i));
      source.push_back(sequence[i]);
      constant.push_back(wanted == constants::above_first_change && above_constant && sequence[i] >= 0);
    }
    last[s] = path.back();
  }

  merged_sequences merged;
  std::vector<index_t> place(parent.size());
  for (const char pick : {char(1), char(0)}) {
    for (std::size_t node = 0; node < parent.size(); ++node) {
      if (constant[node] != pick) continue;
      place[node] = merged.tree.nodes();
      merged.tree.parent.push_back(parent[node] < 0 ? -1 : place[std::size_t(parent[node])]);
      merged.tree.depth.push_back(depth[node]);
      merged.source.push_back(source[node]);
      if (source[node] < 0) merged.tree.inputs.push_back(place[node]);
    }
    if (pick) merged.tree.constants = merged.tree.nodes();
  }
  for (auto& node : last) node = place[std::size_t(node)];
  merged.tree.leaves = last;
  std::sort(merged.tree.leaves.begin(), merged.tree.leaves.end());
  merged.tree.leaves.erase(std::unique(merged.tree.leaves.begin(), merged.tree.leaves.end()),
                           merged.tree.leaves.end());
  for (const index_t node : last) {
    merged.leaf_of.push_back(
        index_t(std::lower_bound(merged.tree.leaves.begin(), merged.tree.leaves.end(), node) -
                merged.tree.leaves.begin()));
  }
  return merged;
}

/// The path from the root to each node, itself last, one behind the other.
struct ancestor_table {
  std::vector<index_t> offset;  // (nodes + 1)
  std::vector<index_t> path;    // (offset.back()) nodes
};

/// The lengths of all nodes' paths together: how many pairs of a node and its ancestor or itself there are.
inline std::size_t path_lengths(const causal_tree& tree) {
  std::size_t sum = 0;
  for (const index_t depth : tree.depth) sum += std::size_t(depth) + 1;
  return sum;
}

/// Of each live node, one past the last node at or below it.
inline std::vector<index_t> ends_below(const causal_tree& tree) {
  std::vector<index_t> end(std::size_t(tree.live()));
  for (index_t node = tree.nodes() - 1; node >= tree.constants; --node) {
    auto& mine = end[std::size_t(node - tree.constants)];
    mine = std::max(mine, node + 1);
    const index_t parent = tree.parent[std::size_t(node)];
    // Depth-first: the node before is the parent, or stands below one of the parent's other children.
    COOP_ASSERT(parent < tree.constants || node == parent + 1 ||
                tree.depth[std::size_t(node) - 1] >= tree.depth[std::size_t(node)]);
    if (parent >= tree.constants) {
      auto& above = end[std::size_t(parent - tree.constants)];
      above = std::max(above, mine);
    }
  }
  return end;
}

/// Paths of all nodes of a tree.
inline ancestor_table ancestors(const causal_tree& tree) {
  ancestor_table table;
  table.offset.reserve(tree.parent.size() + 1);
  table.offset.push_back(0);
  for (index_t node = 0; node < tree.nodes(); ++node) {
    const index_t parent = tree.parent[std::size_t(node)];
    COOP_ASSERT(parent < node);
    if (parent >= 0) {
      const auto begin = std::size_t(table.offset[std::size_t(parent)]);
      const auto end = std::size_t(table.offset[std::size_t(parent) + 1]);
      for (std::size_t i = begin; i < end; ++i) table.path.push_back(table.path[i]);
    }
    table.path.push_back(node);
    table.offset.push_back(index_t(table.path.size()));
  }
  return table;
}

}  // namespace coop::nn

#endif
