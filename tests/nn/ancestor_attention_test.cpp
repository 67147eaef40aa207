// SPDX-License-Identifier: MIT
//
// Attention along a tree: plain attention when the tree is one path, independence of branches, and the way
// back.
#include <coop/nn/ancestor_attention.hpp>

#include <coop/device/cpu.hpp>
#include <coop/nn/causal_tree.hpp>

#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <numeric>
#include <vector>

BOOST_AUTO_TEST_SUITE(ancestor_attention)

using namespace coop;
using tests::as_matrix;
using tests::as_vector;
using tests::numbers;

namespace {

using exact = device::basic_cpu<double>;

/// Queries at some nodes of a tree, and what attention makes of them.
struct attention {
  exact device;
  nn::causal_tree tree;
  nn::ancestor_table table = nn::ancestors(tree);
  index_t heads = 2;
  index_t width = 6;
  std::vector<index_t> queries;
  std::vector<double> q = numbers<double>(queries.size() * std::size_t(width), 1);
  std::vector<double> k = numbers<double>(std::size_t(tree.nodes() * width), 2);
  std::vector<double> v = numbers<double>(std::size_t(tree.nodes() * width), 3);
  std::vector<double> weights = std::vector<double>(std::size_t(heads) * table.path.size());
  std::vector<double> output = std::vector<double>(queries.size() * std::size_t(width));

  attention(nn::causal_tree t, std::vector<index_t> asked) : tree(std::move(t)), queries(std::move(asked)) {}

  [[nodiscard]] index_t rows() const { return index_t(queries.size()); }
  [[nodiscard]] nn::ancestor_view ancestors() const {
    return {as_vector(table.offset), as_vector(table.path)};
  }
  view<const double, 2> of_rows(const std::vector<double>& x) const { return as_matrix(x, rows(), width); }
  view<const double, 2> of_nodes(const std::vector<double>& x) const {
    return as_matrix(x, tree.nodes(), width);
  }

  const std::vector<double>& forward() {
    device.for_each_row(
        rows(), nn::ancestor_attention_row<double>{
                    ancestors(), as_vector(queries), heads, of_rows(q), of_nodes(k), of_nodes(v),
                    as_matrix(weights, heads, index_t(table.path.size())), as_matrix(output, rows(), width)});
    return output;
  }

  /// d(output) in, dq and the live nodes' dk and dv out, whatever they held.
  struct slopes {
    std::vector<double> dq, dk, dv;
  };
  slopes backward(const std::vector<double>& doutput) {
    forward();
    const auto live = std::size_t(tree.live() * width);
    slopes s{std::vector<double>(q.size()), std::vector<double>(live, 99), std::vector<double>(live, 99)};
    const auto paths = index_t(table.path.size());
    std::vector<double> scratch(std::size_t(heads * paths));
    const auto kept = as_matrix(std::as_const(weights), heads, paths);
    device.for_each_row(
        rows(), nn::ancestor_attention_backward_row<double>{
                    ancestors(), as_vector(queries), heads, of_nodes(k), of_nodes(v), kept, of_rows(doutput),
                    as_matrix(scratch, heads, paths), as_matrix(s.dq, rows(), width)});
    // Which of the queries stand at or below each live node.
    std::vector<index_t> first, last;
    const auto ends = nn::ends_below(tree);
    const auto before = [&](index_t node) {
      return index_t(std::lower_bound(queries.begin(), queries.end(), node) - queries.begin());
    };
    for (index_t node = tree.constants; node < tree.nodes(); ++node) {
      first.push_back(before(node));
      last.push_back(before(ends[std::size_t(node - tree.constants)]));
    }
    const std::vector<index_t> depth(tree.depth.begin() + tree.constants, tree.depth.end());
    device.for_each_row(heads * tree.live(), nn::ancestor_attention_backward_key<double>{
                                                 ancestors(),
                                                 {as_vector(first), as_vector(last), as_vector(depth)},
                                                 as_vector(queries),
                                                 heads,
                                                 of_rows(q),
                                                 kept,
                                                 as_matrix(std::as_const(scratch), heads, paths),
                                                 of_rows(doutput),
                                                 as_matrix(s.dk, tree.live(), width),
                                                 as_matrix(s.dv, tree.live(), width)});
    return s;
  }
};

nn::causal_tree path_of(index_t length) {
  std::vector<std::int32_t> sequence(static_cast<std::size_t>(length));
  std::iota(sequence.begin(), sequence.end(), 1);
  return nn::merge({sequence}, nn::constants::none).tree;
}

std::vector<index_t> all_live(const nn::causal_tree& tree) {
  std::vector<index_t> nodes(static_cast<std::size_t>(tree.live()));
  std::iota(nodes.begin(), nodes.end(), tree.constants);
  return nodes;
}

/// A tree of three branches, two constants, an inner leaf.
nn::causal_tree bush() {
  return nn::merge({{1, 2, -1, 3, 4}, {1, 2, -1, 5}, {1, -2, 6}, {1, 2, -1}},
                   nn::constants::above_first_change)
      .tree;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_root_sees_itself_alone_and_takes_its_value) {
  attention a(path_of(1), {0});

  BOOST_TEST(tests::relative_difference(a.forward(), a.v) < 1e-15);
}

BOOST_AUTO_TEST_CASE(on_a_path_it_is_causal_attention) {
  attention a(path_of(5), {0, 1, 2, 3, 4});

  const auto& output = a.forward();

  for (index_t row = 0; row < 5; ++row) {
    for (index_t head = 0; head < 2; ++head) {
      std::vector<double> share(std::size_t(row) + 1);
      double total = 0;
      for (index_t j = 0; j <= row; ++j) {
        double score = 0;
        for (index_t i = 0; i < 3; ++i)
          score += a.of_rows(a.q)(row, head * 3 + i) * a.of_nodes(a.k)(j, head * 3 + i);
        total += share[std::size_t(j)] = std::exp(score / std::sqrt(3.0));
      }
      for (index_t i = 0; i < 3; ++i) {
        double sum = 0;
        for (index_t j = 0; j <= row; ++j)
          sum += share[std::size_t(j)] / total * a.of_nodes(a.v)(j, head * 3 + i);
        BOOST_TEST(std::abs(output[std::size_t(row * 6 + head * 3 + i)] - sum) < 1e-14);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(weights_of_every_query_sum_to_one_in_every_head) {
  attention a(bush(), all_live(bush()));
  a.forward();

  for (index_t head = 0; head < a.heads; ++head) {
    for (const index_t node : a.queries) {
      const auto row = a.weights.begin() + head * std::ptrdiff_t(a.table.path.size());
      const double sum = std::accumulate(row + a.table.offset[std::size_t(node)],
                                         row + a.table.offset[std::size_t(node) + 1], 0.0);
      BOOST_TEST(std::abs(sum - 1) < 1e-14);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_branch_does_not_see_its_neighbours) {
  attention a(bush(), all_live(bush()));
  const auto before = a.forward();
  const auto last = std::size_t(a.tree.nodes() - 1);  // the end of one branch
  for (index_t i = 0; i < a.width; ++i) a.v[last * 6 + std::size_t(i)] += 1;

  const auto after = a.forward();

  for (std::size_t i = 0; i < before.size(); ++i) {
    if (i / 6 == before.size() / 6 - 1) {
      BOOST_TEST(before[i] != after[i]);
    } else {
      BOOST_TEST(before[i] == after[i]);
    }
  }
}

BOOST_AUTO_TEST_CASE(great_scores_do_not_overflow) {
  attention a(path_of(3), {2});
  for (auto& x : a.q) x = 1e4;
  for (std::size_t i = 0; i < a.k.size(); ++i) a.k[i] = double(i / 6) * 1e4;

  const auto& output = a.forward();

  BOOST_TEST(tests::relative_difference(output, std::vector<double>(a.v.end() - 6, a.v.end())) < 1e-12);
}

BOOST_AUTO_TEST_CASE(the_way_back_equals_central_differences) {
  for (const bool leaves_only : {false, true}) {
    const auto tree = bush();
    attention a(tree, leaves_only ? tree.leaves : all_live(tree));
    const auto doutput = numbers<double>(a.output.size(), 9);

    const auto analytic = a.backward(doutput);

    const auto loss = [&] { return tests::dot(doutput, a.forward()); };
    const auto live_of = [&](const std::vector<double>& slopes) {
      return std::vector<double>(slopes.begin() + tree.constants * a.width, slopes.end());
    };
    BOOST_TEST(tests::relative_difference(analytic.dq, tests::central_differences(a.q, loss)) <
               tests::tolerance::slope);
    BOOST_TEST(tests::relative_difference(analytic.dk, live_of(tests::central_differences(a.k, loss))) <
               tests::tolerance::slope);
    BOOST_TEST(tests::relative_difference(analytic.dv, live_of(tests::central_differences(a.v, loss))) <
               tests::tolerance::slope);
  }
}

BOOST_AUTO_TEST_CASE(a_node_below_which_nobody_asks_has_no_slope) {
  const auto tree = bush();
  attention a(tree, {tree.nodes() - 1});

  const auto slopes = a.backward(numbers<double>(a.output.size(), 9));

  std::vector<char> above(std::size_t(tree.nodes()));
  for (index_t node = tree.nodes() - 1; node >= 0; node = tree.parent[std::size_t(node)])
    above[std::size_t(node)] = 1;
  for (index_t node = tree.constants; node < tree.nodes(); ++node) {
    for (index_t i = 0; i < a.width; ++i) {
      const auto at = std::size_t((node - tree.constants) * a.width + i);
      BOOST_TEST((slopes.dv[at] != 0) == bool(above[std::size_t(node)]));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
