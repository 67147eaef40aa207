// SPDX-License-Identifier: MIT
//
// Sequences merged into a tree: by hand, and as laws over random sequences.
#include <coop/nn/causal_tree.hpp>

#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

BOOST_AUTO_TEST_SUITE(causal_tree)

using namespace coop;
using sequence = std::vector<std::int32_t>;
using nn::merge;

namespace {

/// Sources from the root down to a node.
sequence spelled(const nn::merged_sequences& merged, index_t node) {
  sequence sources;
  for (; node >= 0; node = merged.tree.parent[std::size_t(node)])
    sources.push_back(merged.source[std::size_t(node)]);
  std::reverse(sources.begin(), sources.end());
  return sources;
}

/// Random sequences over few sources, negative ones among them, that share beginnings often.
std::vector<sequence> random_sequences(std::uint64_t seed) {
  std::uint64_t i = 0;
  const auto draw = [&](int n) { return int((double(tests::seeded(seed, i++)) + 1) / 2 * n); };
  std::vector<sequence> all(std::size_t(1 + draw(12)));
  for (auto& s : all) {
    s.resize(std::size_t(1 + draw(7)));
    for (auto& source : s) source = draw(5) - 2;
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_shared_beginning_is_one_path) {
  const auto merged = merge({{1, -1, 2}, {1, -1, 3, 4}}, nn::constants::none);

  BOOST_TEST(merged.tree.parent == (std::vector<index_t>{-1, 0, 1, 1, 3}));
  BOOST_TEST(merged.tree.depth == (std::vector<index_t>{0, 1, 2, 2, 3}));
  BOOST_TEST(merged.source == (sequence{1, -1, 2, 3, 4}));
  BOOST_TEST(merged.tree.leaves == (std::vector<index_t>{2, 4}));
  BOOST_TEST(merged.tree.inputs == (std::vector<index_t>{1}));
}

BOOST_AUTO_TEST_CASE(nodes_above_the_first_change_are_constants_and_stand_first) {
  const auto merged = merge({{1, 5, -1, 9}, {1, -1, 9}}, nn::constants::above_first_change);

  BOOST_TEST(merged.tree.constants == 2);  // 1 and 5
  BOOST_TEST(merged.tree.live() == 4);
  BOOST_TEST(merged.source == (sequence{1, 5, -1, 9, -1, 9}));
}

BOOST_AUTO_TEST_CASE(nothing_is_constant_when_nobody_asks) {
  BOOST_TEST(merge({{1, 2, 3}}, nn::constants::none).tree.constants == 0);
}

BOOST_AUTO_TEST_CASE(a_sequence_that_is_the_beginning_of_another_ends_inside_its_path) {
  const auto merged = merge({{1, -1, 2, 3}, {1, -1, 2}}, nn::constants::none);

  BOOST_TEST(merged.tree.nodes() == 4);
  BOOST_TEST(merged.tree.leaves == (std::vector<index_t>{2, 3}));
  BOOST_TEST(merged.leaf_of == (std::vector<index_t>{1, 0}));
}

BOOST_AUTO_TEST_CASE(equal_sequences_have_one_leaf) {
  const auto merged = merge({{1, -1}, {1, -1}, {1, -1}}, nn::constants::none);

  BOOST_TEST(merged.tree.leaves.size() == 1u);
  BOOST_TEST(merged.leaf_of == (std::vector<index_t>{0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(different_first_sources_make_a_forest) {
  const auto merged = merge({{1, -1}, {2, -1}}, nn::constants::none);

  BOOST_TEST(std::count(merged.tree.parent.begin(), merged.tree.parent.end(), -1) == 2);
}

BOOST_AUTO_TEST_CASE(no_sequences_make_no_tree) {
  const auto merged = merge({}, nn::constants::above_first_change);

  BOOST_TEST(merged.tree.nodes() == 0);
  BOOST_TEST(merged.leaf_of.empty());
}

BOOST_AUTO_TEST_CASE(every_leaf_spells_its_sequence) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto all = random_sequences(seed);
    for (const auto wanted : {nn::constants::none, nn::constants::above_first_change}) {
      const auto merged = merge(all, wanted);
      for (std::size_t s = 0; s < all.size(); ++s) {
        const auto leaf = merged.tree.leaves.at(std::size_t(merged.leaf_of[s]));
        BOOST_REQUIRE(spelled(merged, leaf) == all[s]);
      }
    }
  }
  BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(there_are_as_many_nodes_as_different_beginnings) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto all = random_sequences(seed);
    std::set<sequence> beginnings;
    for (const auto& s : all) {
      for (std::size_t n = 1; n <= s.size(); ++n)
        beginnings.insert(sequence(s.begin(), s.begin() + std::ptrdiff_t(n)));
    }
    BOOST_TEST(merge(all, nn::constants::above_first_change).tree.nodes() == index_t(beginnings.size()));
  }
}

BOOST_AUTO_TEST_CASE(the_order_of_nodes_is_what_towers_rely_on) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto merged = merge(random_sequences(seed), nn::constants::above_first_change);
    const auto& tree = merged.tree;
    for (index_t node = 0; node < tree.nodes(); ++node) {
      const auto path = spelled(merged, node);
      const bool constant = std::none_of(path.begin(), path.end(), [](auto source) { return source < 0; });
      BOOST_REQUIRE(tree.parent[std::size_t(node)] < node);
      BOOST_REQUIRE(tree.depth[std::size_t(node)] == index_t(path.size()) - 1);
      BOOST_REQUIRE(constant == (node < tree.constants));
      const bool input = std::binary_search(tree.inputs.begin(), tree.inputs.end(), node);
      BOOST_REQUIRE(input == (path.back() < 0));
    }
    BOOST_TEST(std::is_sorted(tree.leaves.begin(), tree.leaves.end()));
    BOOST_TEST((std::adjacent_find(tree.leaves.begin(), tree.leaves.end()) == tree.leaves.end()));
  }
}

BOOST_AUTO_TEST_CASE(the_order_of_the_sequences_does_not_change_the_tree) {
  auto all = random_sequences(7);
  const auto there = merge(all, nn::constants::above_first_change);
  std::reverse(all.begin(), all.end());

  const auto back = merge(all, nn::constants::above_first_change);

  BOOST_TEST(there.source == back.source);
  BOOST_TEST(there.tree.parent == back.tree.parent);
}

BOOST_AUTO_TEST_CASE(what_is_below_a_node_follows_it_without_a_gap) {
  const auto tree = nn::merge({{1, 2, -1, 3, 4}, {1, 2, -1, 5}, {1, -2, 6}, {1, 2, -1}, {1, 2, -3}},
                              nn::constants::above_first_change)
                        .tree;
  const auto ends = nn::ends_below(tree);

  for (index_t node = tree.constants; node < tree.nodes(); ++node) {
    for (index_t other = tree.constants; other < tree.nodes(); ++other) {
      index_t up = other;
      while (up >= 0 && up != node) up = tree.parent[std::size_t(up)];
      const bool below = up == node;
      BOOST_TEST(below == (other >= node && other < ends[std::size_t(node - tree.constants)]));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_path_of_a_node_runs_from_its_root_to_itself) {
  const auto merged = merge({{1, -1, 2}, {1, -1, 3, 4}}, nn::constants::none);

  const auto table = nn::ancestors(merged.tree);

  BOOST_TEST(table.offset == (std::vector<index_t>{0, 1, 3, 6, 9, 13}));
  BOOST_TEST(table.path == (std::vector<index_t>{0, 0, 1, 0, 1, 2, 0, 1, 3, 0, 1, 3, 4}));
}

BOOST_AUTO_TEST_SUITE_END()
