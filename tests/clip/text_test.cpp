// SPDX-License-Identifier: MIT
//
// The tree against the literal path, and both against central differences.
#include <coop/clip/text.hpp>

#include <coop/clip/literal_text.hpp>
#include <coop/device/cpu.hpp>

#include "../support/seeded_archive.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

BOOST_AUTO_TEST_SUITE(text)

using namespace coop;
using tests::seeded;
using tests::seeded_archive;

namespace {

using exact = device::basic_cpu<double>;
template <index_t Layers>
using tiny_text = text_shape<8, 2, Layers, 6, 9, 20>;

/// Sequences over tokens 0..19 and context rows -1, -2, ...: shared beginnings, constants, an early end, a
/// duplicate.
const std::vector<std::vector<std::int32_t>> sequences{
    {18, -1, -2, 3, 4, 19}, {18, -1, -2, 3, 5, 6, 19}, {18, -1, -2, 19}, {18, -1, -2, 3, 4, 19}};
const std::vector<std::vector<std::int32_t>> fronted{
    {18, 3, 4, -1, -2, 19}, {18, 3, 5, -1, -2, 19}, {18, 7, -1, -2, 19}};
const std::vector<std::vector<std::int32_t>> specific{
    {18, 3, -1, -2, 4, 19}, {18, 3, -3, -4, 4, 19}, {18, 3, -5, -6, 19}};

index_t context_rows(const std::vector<std::vector<std::int32_t>>& all) {
  index_t rows = 0;
  for (const auto& sequence : all) {
    for (const auto source : sequence) rows = std::max(rows, -source);
  }
  return rows;
}

template <class D>
using scalars = std::vector<typename D::scalar>;

/// Features (sequences, E) through the tree, and the gradient of sum(weight * features) to the context rows.
template <class Tower>
struct through_tree {
  using D = typename Tower::device_type;
  using T = typename D::scalar;
  std::vector<T> features;
  std::vector<T> gradient;

  through_tree(const Tower& tower, const std::vector<std::vector<std::int32_t>>& all,
               const std::vector<T>& context, const std::vector<T>& weight) {
    const D& device = tower.device();
    const auto merged = nn::merge(all, nn::constants::above_first_change);
    const auto& tree = merged.tree;
    const index_t W = Tower::width();
    const index_t E = Tower::embed();
    tensor<T, 2, D> embeddings(device, shape<2>{tree.nodes(), W});
    for (index_t node = 0; node < tree.nodes(); ++node) {
      const auto source = merged.source[std::size_t(node)];
      for (index_t j = 0; j < W; ++j) {
        embeddings.view()(node, j) =
            source < 0 ? context[std::size_t((-1 - source) * W + j)] : tower.tokens()(source, j);
      }
    }
    const auto plan = tower.prepare(tree, std::as_const(embeddings).view().slice(0, tree.constants));
    typename text_workspace<D>::extents most;
    most.cover(plan);
    text_workspace<D> space(device, W, Tower::text::heads, Tower::text::layers, most, true);
    tensor<T, 2, D> leaves(device, shape<2>{plan.leaves(), E});
    tower.forward(plan, space, std::as_const(embeddings).view().slice(tree.constants, tree.nodes()),
                  leaves.view());
    tensor<T, 2, D> dleaves(device, shape<2>{plan.leaves(), E});
    device.fill(dleaves.view(), T(0));
    for (std::size_t s = 0; s < all.size(); ++s) {
      for (index_t e = 0; e < E; ++e) {
        features.push_back(leaves.view()(merged.leaf_of[s], e));
        dleaves.view()(merged.leaf_of[s], e) += weight[s * std::size_t(E) + std::size_t(e)];
      }
    }
    tensor<T, 2, D> dinputs(device, shape<2>{plan.inputs(), W});
    tower.backward(plan, space, std::as_const(dleaves).view(), dinputs.view());
    gradient.assign(context.size(), T(0));
    for (index_t i = 0; i < plan.inputs(); ++i) {
      const index_t row = -1 - merged.source[std::size_t(tree.inputs[std::size_t(i)])];
      for (index_t j = 0; j < W; ++j) gradient[std::size_t(row * W + j)] += dinputs.view()(i, j);
    }
  }
};

/// The same through the literal path, padded with token 0 behind each end.
template <class Tower>
struct through_literal {
  using D = typename Tower::device_type;
  using T = typename D::scalar;
  std::vector<T> features;
  std::vector<T> gradient;

  through_literal(const Tower& tower, const std::vector<std::vector<std::int32_t>>& all,
                  const std::vector<T>& context, const std::vector<T>& weight) {
    const D& device = tower.device();
    const index_t W = Tower::width();
    const index_t E = Tower::embed();
    const index_t L = Tower::context_length();
    const auto C = index_t(all.size());
    tensor<T, 2, D> embeddings(device, shape<2>{C * L, W});
    std::vector<index_t> end;
    for (index_t c = 0; c < C; ++c) {
      const auto& sequence = all[std::size_t(c)];
      end.push_back(index_t(sequence.size()) - 1);
      for (index_t i = 0; i < L; ++i) {
        const std::int32_t source = i < index_t(sequence.size()) ? sequence[std::size_t(i)] : 0;
        for (index_t j = 0; j < W; ++j) {
          embeddings.view()(c * L + i, j) =
              source < 0 ? context[std::size_t((-1 - source) * W + j)] : tower.tokens()(source, j);
        }
      }
    }
    literal_text<Tower> literal(tower, C);
    tensor<T, 2, D> out(device, shape<2>{C, E});
    literal.forward(std::as_const(embeddings).view(), end, out.view());
    features = to_host(device, std::as_const(out).view());
    tensor<T, 2, D> dembeddings(device, shape<2>{C * L, W});
    literal.backward(view<const T, 2>{weight.data(), shape<2>{C, E}}, dembeddings.view());
    gradient.assign(context.size(), T(0));
    for (index_t c = 0; c < C; ++c) {
      for (index_t i = 0; i <= end[std::size_t(c)]; ++i) {
        const auto source = all[std::size_t(c)][std::size_t(i)];
        for (index_t j = 0; source < 0 && j < W; ++j) {
          gradient[std::size_t((-1 - source) * W + j)] += dembeddings.view()(c * L + i, j);
        }
      }
    }
  }
};

template <class T>
std::vector<T> numbers(std::size_t n, std::uint64_t seed, double scale = 1.0) {
  std::vector<T> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = T(seeded(seed, i)) * T(scale);
  return values;
}

template <class T>
double relative_difference(const std::vector<T>& a, const std::vector<T>& b) {
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += double(a[i] - b[i]) * double(a[i] - b[i]);
    size += double(b[i]) * double(b[i]);
  }
  return std::sqrt(difference / size);
}

template <class D, class Shape, nn::Activation A = nn::quick_gelu>
void tree_equals_literal(double tolerance) {
  using T = typename D::scalar;
  const D device;
  const text_tower<Shape, D, A> tower(device, seeded_archive{});
  for (const auto& all : {sequences, fronted, specific}) {
    const auto context = numbers<T>(std::size_t(context_rows(all) * Shape::width), 5);
    const auto weight = numbers<T>(all.size() * std::size_t(Shape::embed), 6);

    const through_tree tree(tower, all, context, weight);
    const through_literal literal(tower, all, context, weight);

    BOOST_TEST(relative_difference(tree.features, literal.features) < tolerance);
    BOOST_TEST(relative_difference(tree.gradient, literal.gradient) < tolerance);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(tree_equals_the_literal_path_in_double) {
  tree_equals_literal<exact, tiny_text<3>>(1e-12);
}

BOOST_AUTO_TEST_CASE(tree_equals_the_literal_path_with_one_and_two_layers) {
  tree_equals_literal<exact, tiny_text<1>>(1e-12);
  tree_equals_literal<exact, tiny_text<2>>(1e-12);
}

BOOST_AUTO_TEST_CASE(tree_equals_the_literal_path_with_the_exact_gelu) {
  tree_equals_literal<exact, tiny_text<2>, nn::gelu>(1e-12);
}

BOOST_AUTO_TEST_CASE(tree_equals_the_literal_path_in_float) {
  tree_equals_literal<device::cpu, text_shape<64, 1, 3, 32, 9, 20>>(3e-6);
}

BOOST_AUTO_TEST_CASE(gradient_equals_central_differences) {
  const exact device;
  const text_tower<tiny_text<2>, exact> tower(device, seeded_archive{});
  for (const auto& all : {sequences, fronted, specific}) {
    const auto weight = numbers<double>(all.size() * 6, 6);
    auto context = numbers<double>(std::size_t(context_rows(all)) * 8, 5);
    const auto analytic = through_tree(tower, all, context, weight).gradient;
    const auto value = [&] {
      const auto features = through_tree(tower, all, context, weight).features;
      double sum = 0;
      for (std::size_t i = 0; i < features.size(); ++i) sum += features[i] * weight[i];
      return sum;
    };

    std::vector<double> numeric(context.size());
    for (std::size_t i = 0; i < context.size(); ++i) {
      const double kept = context[i];
      context[i] = kept + 1e-5;
      const double above = value();
      context[i] = kept - 1e-5;
      numeric[i] = (above - value()) / 2e-5;
      context[i] = kept;
    }

    BOOST_TEST(relative_difference(analytic, numeric) < 1e-8);
  }
}

BOOST_AUTO_TEST_CASE(nodes_before_any_context_are_constants) {
  const auto merged = nn::merge(fronted, nn::constants::above_first_change);

  BOOST_TEST(merged.tree.constants == 5);  // 18, 3, 4, 5, 7
  BOOST_TEST(merged.tree.nodes() == 5 + 3 * 3);
}

BOOST_AUTO_TEST_CASE(equal_sequences_share_a_leaf) {
  const auto merged = nn::merge(sequences, nn::constants::above_first_change);

  BOOST_TEST(merged.leaf_of[0] == merged.leaf_of[3]);
  BOOST_TEST(merged.tree.leaves.size() == 3u);
}

BOOST_AUTO_TEST_CASE(encode_gives_each_sequence_its_own_feature) {
  const exact device;
  const text_tower<tiny_text<2>, exact> tower(device, seeded_archive{});
  const std::vector<std::vector<std::int32_t>> all{{18, 3, 4, 19}, {18, 3, 19}, {18, 3, 4, 19}};
  const std::vector<std::vector<std::int32_t>> one{all[1]};

  const auto together = tower.encode(all);
  const auto alone = tower.encode(one);

  for (index_t e = 0; e < 6; ++e) {
    BOOST_TEST(together.view()(0, e) == together.view()(2, e));
    BOOST_TEST(std::abs(together.view()(1, e) - alone.view()(0, e)) < 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(a_token_outside_the_vocabulary_is_refused_with_its_number) {
  const exact device;
  const text_tower<tiny_text<1>, exact> tower(device, seeded_archive{});
  const std::vector<std::vector<std::int32_t>> wrong{{18, 20, 19}};

  BOOST_CHECK_EXCEPTION((void)tower.encode(wrong), shape_error, [](const shape_error& e) {
    return std::string(e.what()).find("token 20") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(results_do_not_depend_on_the_number_of_threads) {
  using shape_of_text = text_shape<64, 1, 3, 32, 9, 20>;
  const text_tower<shape_of_text, device::cpu> one(device::cpu(1), seeded_archive{});
  const text_tower<shape_of_text, device::cpu> three(device::cpu(3), seeded_archive{});
  const auto context = numbers<float>(2 * 64, 5);
  const auto weight = numbers<float>(4 * 32, 6);

  const through_tree a(one, sequences, context, weight);
  const through_tree b(three, sequences, context, weight);

  BOOST_TEST(a.features == b.features);
  BOOST_TEST(a.gradient == b.gradient);
}

BOOST_AUTO_TEST_SUITE_END()
