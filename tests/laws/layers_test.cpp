// SPDX-License-Identifier: MIT
//
// Every layer on every device beside the same layer in double on the CPU: forward, backward and at widths that no team
// divides. The units of the rooms say what a layer computes; here is only that a device computes it too, which costs one
// instantiation of a layer for a device instead of one of every case.
#include <coop/model/classifier.hpp>
#include <coop/nn/ancestor_attention.hpp>
#include <coop/nn/causal_tree.hpp>
#include <coop/nn/convolution.hpp>
#include <coop/nn/embedding.hpp>
#include <coop/nn/layer_norm.hpp>
#include <coop/nn/linear.hpp>
#include <coop/nn/normalize.hpp>
#include <coop/nn/self_attention.hpp>
#include <coop/train/loss.hpp>
#include <coop/train/optimizer.hpp>

#include "support/agreement.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(laws_of_layers)

using namespace coop;
using tests::numbers;
using tests::on;
using tests::results;
using tests::room_on;
using tests::table_on;

namespace {

/// Random numbers of a seed on a device.
template <class D, int Rank>
auto seeded_on(const D& device, std::uint64_t seed, shape<Rank> extents) {
  return on(device, numbers<float>(extents.size(), seed), extents);
}

/// `on`, for use as what is written to.
template <class D, int Rank>
auto ones_on(const D& device, shape<Rank> extents) {
  auto t = room_on(device, extents);
  device.fill(t.view(), typename D::scalar(1));
  return t;
}

template <class D>
results of_rows(const D& device) {
  using T = typename D::scalar;
  results r;
  for (const index_t width : {3, 16, 37, 130}) {
    const std::string at = " of width " + std::to_string(width);
    constexpr index_t rows = 5;
    const shape<2> extents{rows, width};
    const auto x = seeded_on(device, 1, extents);
    const auto other = seeded_on(device, 2, extents);

    const nn::layer_norm<D> norm(device, seeded_on(device, 3, shape<1>{width}),
                                 seeded_on(device, 4, shape<1>{width}));
    auto y = room_on(device, extents);
    auto moments = room_on(device, shape<2>{rows, 2});
    norm.forward(x.view(), y.view(), moments.view());
    r.add("layer norm" + at, device, y);
    r.add("its moments" + at, device, moments);
    auto dx = ones_on(device, extents);
    norm.backward(other.view(), x.view(), moments.view(), dx.view());
    r.add("its way back" + at, device, dx);

    auto unit = room_on(device, extents);
    auto length = room_on(device, shape<1>{rows});
    device.for_each_row(rows, nn::normalize_row<T>{x.view(), unit.view(), length.view()});
    r.add("unit rows" + at, device, unit);
    r.add("their lengths" + at, device, length);
    device.for_each_row(rows,
                        nn::normalize_row_backward<T>{unit.view(), length.view(), other.view(), dx.view()});
    r.add("their way back" + at, device, dx);

    const auto changed = [&](const char* name, const auto& functor_of) {
      auto z = seeded_on(device, 1, extents);
      device.for_each_row(rows, functor_of(z.view()));
      r.add(name + at, device, z);
    };
    auto slope = room_on(device, extents);
    changed("quick_gelu", [](view<T, 2> z) { return nn::activate_row<nn::quick_gelu, T>{z}; });
    changed("gelu", [](view<T, 2> z) { return nn::activate_row<nn::gelu, T>{z}; });
    changed("gelu with slope", [&](view<T, 2> z) {
      return nn::activate_row_with_slope<nn::gelu, T>{z, slope.view()};
    });
    r.add("its slope" + at, device, slope);
    changed("product of rows", [&](view<T, 2> z) { return nn::multiply_row<T>{z, other.view()}; });
    changed("sum of rows", [&](view<T, 2> z) { return nn::add_row<T>{z, other.view()}; });
    changed("ReLU", [](view<T, 2> z) { return nn::relu_row<T>{z}; });
    changed("softmax", [](view<T, 2> z) { return nn::softmax_row<T>{z, T(3)}; });
    changed("probabilities", [](view<T, 2> z) { return probability_row<T>{z}; });
    changed("cosines", [&](view<T, 2> z) { return scaled_cosine_row<T>{other.view(), z, T(7)}; });

    const auto order = table_on(device, {4, 0, 3, 1, 2});
    const auto back = table_on(device, {2, 4, 1, 0, 3});
    auto rows_of = room_on(device, extents);
    device.for_each_row(rows, nn::gather_row<T>{order.view(), x.view(), rows_of.view()});
    r.add("gathered" + at, device, rows_of);
    device.for_each_row(rows, nn::scatter_row<T>{order.view(), x.view(), rows_of.view()});
    r.add("scattered" + at, device, rows_of);
    device.for_each_row(rows, nn::move_row<T>{order.view(), back.view(), x.view(), rows_of.view()});
    r.add("moved" + at, device, rows_of);
    const auto offset = table_on(device, {0, 2, 2, 5, 6, 7});
    const auto list = table_on(device, {0, 4, 1, 1, 2, 3, 3});
    for (const bool accumulate : {false, true}) {
      device.for_each_row(
          rows, nn::gather_sum_row<T>{offset.view(), list.view(), x.view(), rows_of.view(), accumulate});
      r.add("sums of rows" + at, device, rows_of);
    }
  }
  return r;
}

template <class D>
results of_products(const D& device) {
  using T = typename D::scalar;
  results r;
  constexpr index_t rows = 9, inputs = 22, outputs = 35;
  const auto weight = numbers<T>(inputs * outputs, 1);
  const auto weights = tests::as_matrix(weight, outputs, inputs);
  const nn::linear<D> map(device, weights, seeded_on(device, 2, shape<1>{outputs}), nn::direction::both);
  const auto x = seeded_on(device, 3, shape<2>{rows, inputs});
  auto y = room_on(device, shape<2>{rows, outputs});
  auto slope = room_on(device, shape<2>{rows, outputs});
  map.forward(x.view(), y.view());
  r.add("linear", device, y);
  map.forward(x.view(), y.view(), true);
  r.add("linear upon what was there", device, y);
  map.forward(x.view(), y.view(), false,
              nn::activate_row_with_slope<nn::quick_gelu, T>{y.view(), slope.view()});
  r.add("linear, activated", device, y);
  r.add("its slope", device, slope);
  auto dx = room_on(device, shape<2>{rows, inputs});
  map.backward(y.view(), dx.view(), false, nn::multiply_row<T>{dx.view(), x.view()});
  r.add("its way back", device, dx);

  const auto class_features = seeded_on(device, 5, shape<2>{outputs, inputs});
  auto unit = room_on(device, shape<2>{outputs, inputs});
  device.for_each_row(outputs, nn::normalize_row<T>{class_features.view(), unit.view(), {}});
  const classifier<D> judge(device, unit.view(),
                            {.class_names = std::vector<std::string>(std::size_t(outputs), "tern")});
  judge.logits(x.view(), y.view());
  r.add("logits", device, y);
  judge.probabilities(x.view(), y.view());
  r.add("probabilities", device, y);
  std::vector<double> best;
  for (const auto& row : judge.predict(x.view(), 3)) {
    for (const auto& guess : row) best.insert(best.end(), {double(guess.label), double(guess.probability)});
  }
  r.add("predictions", best);
  return r;
}

template <class D>
results of_attention(const D& device) {
  using T = typename D::scalar;
  results r;
  for (const index_t size : {4, 21}) {
    constexpr index_t heads = 3, pictures = 2, positions = 13;
    const index_t width = heads * size;
    for (const index_t queries : {1, 13}) {
      const auto q = seeded_on(device, 1, shape<2>{pictures * queries, width});
      const auto kv = seeded_on(device, 2, shape<2>{pictures * positions, 2 * width});
      const nn::attention_extents e{pictures, queries, positions, heads};
      auto scratch = room_on(device, shape<1>{index_t(e.scratch())});
      device.fill(scratch.view(),
                  T(1e30));  // a NaN is never the greatest: who looks too early would not show
      auto out = room_on(device, shape<2>{pictures * queries, width});
      nn::self_attention<D, T>(device, e, q.view(), kv.view().slice_columns(0, width),
                               kv.view().slice_columns(width, 2 * width), scratch.view(), out.view());
      r.add("attention of " + std::to_string(queries) + " queries", device, out);
    }

    const auto tree = nn::merge({{1, 2, -1, 3, 4, 4, 4, 5, 6, 7}, {1, 2, -1, 5}, {1, -2, 6}, {1, 2, -1}},
                                nn::constants::above_first_change)
                          .tree;
    const auto table = nn::ancestors(tree);
    const auto offset = table_on(device, table.offset);
    const auto path = table_on(device, table.path);
    const nn::ancestor_view ancestors{offset.view(), path.view()};
    const auto paths = index_t(table.path.size());
    const index_t nodes = tree.nodes();
    const index_t live = tree.live();
    std::vector<index_t> all, first, last, depth;
    for (index_t node = tree.constants; node < nodes; ++node) all.push_back(node);
    const auto ends = nn::ends_below(tree);
    for (const bool leaves_only : {false, true}) {
      const auto& asked = leaves_only ? tree.leaves : all;
      const auto before = [&](index_t node) {
        return index_t(std::lower_bound(asked.begin(), asked.end(), node) - asked.begin());
      };
      first.clear();
      last.clear();
      for (const index_t node : all) {
        first.push_back(before(node));
        last.push_back(before(ends[std::size_t(node - tree.constants)]));
      }
      depth.assign(tree.depth.begin() + tree.constants, tree.depth.end());
      const auto rows = index_t(asked.size());
      const auto queries = table_on(device, asked);
      const auto first_on = table_on(device, first);
      const auto last_on = table_on(device, last);
      const auto depth_on = table_on(device, depth);
      const auto q = seeded_on(device, 3, shape<2>{rows, width});
      const auto k = seeded_on(device, 4, shape<2>{nodes, width});
      const auto v = seeded_on(device, 5, shape<2>{nodes, width});
      const auto dout = seeded_on(device, 6, shape<2>{rows, width});
      auto weights = ones_on(device, shape<2>{heads, paths});  // of constants nobody asks: they stay
      auto slopes = ones_on(device, shape<2>{heads, paths});
      auto out = room_on(device, shape<2>{rows, width});
      auto dq = room_on(device, shape<2>{rows, width});
      auto dk = room_on(device, shape<2>{live, width});
      auto dv = room_on(device, shape<2>{live, width});
      device.for_each_row(
          rows, nn::ancestor_attention_row<T>{ancestors, queries.view(), heads, q.view(), k.view(), v.view(),
                                              weights.view(), out.view()});
      device.for_each_row(rows, nn::ancestor_attention_backward_row<T>{
                                    ancestors, queries.view(), heads, k.view(), v.view(), weights.view(),
                                    dout.view(), slopes.view(), dq.view()});
      device.for_each_row(heads * live, nn::ancestor_attention_backward_key<T>{
                                            ancestors,
                                            {first_on.view(), last_on.view(), depth_on.view()},
                                            queries.view(),
                                            heads,
                                            q.view(),
                                            weights.view(),
                                            slopes.view(),
                                            dout.view(),
                                            dk.view(),
                                            dv.view()});
      const std::string of = leaves_only ? " of leaves" : " of all";
      r.add("attention along a tree" + of, device, out);
      r.add("its weights" + of, device, weights);
      r.add("its slopes" + of, device, slopes);
      r.add("dq" + of, device, dq);
      r.add("dk" + of, device, dk);
      r.add("dv" + of, device, dv);
    }
  }
  return r;
}

template <class D>
results of_pictures(const D& device) {
  using T = typename D::scalar;
  results r;
  constexpr index_t pictures = 2, height = 9, width = 7, channels = 5, outputs = 11;
  const auto x = seeded_on(device, 1, shape<4>{pictures, height, width, channels});
  const auto bias = numbers<float>(outputs, 3);
  const auto through = [&](const std::string& name, nn::window window, index_t tile) {
    const auto area = std::size_t(window.side * window.side);
    const nn::convolution<D> layer(device, numbers<float>(outputs * channels * area, 2), bias, outputs,
                                   channels, window, tile);
    auto scratch = room_on(device, shape<1>{index_t(std::max<std::size_t>(layer.scratch(), 1))});
    auto y = ones_on(device, shape<4>{pictures, window.outputs(height), window.outputs(width), outputs});
    for (const auto then : {nn::finish::plain, nn::finish::rectified, nn::finish::added_and_rectified}) {
      layer.forward(x.view(), y.view(), then, scratch.view());
      r.add(name, device, y);
    }
  };
  through("pointwise convolution", {}, 0);
  through("convolution in steps of two", {.side = 3, .stride = 2, .padding = 1}, 0);
  through("patches without a border", {.side = 4, .stride = 3}, 0);
  through("convolution by patches", {.side = 3, .stride = 1, .padding = 1}, 0);
  through("convolution by tiles of two", {.side = 3, .stride = 1, .padding = 1}, 2);
  through("convolution by tiles of four", {.side = 3, .stride = 1, .padding = 1}, 4);

  auto mean = room_on(device, shape<4>{pictures, height / 2, width / 2, channels});
  nn::average_pool<D, T>(device, x.view(), 2, mean.view());
  r.add("average pool", device, mean);
  return r;
}

template <class D>
results of_learning(const D& device) {
  using T = typename D::scalar;
  results r;
  constexpr index_t width = 19;
  for (const auto& [batch, classes] : {std::pair{4, 3}, {7, 40}}) {
    const auto features = seeded_on(device, 1, shape<2>{batch, width});
    const auto text = seeded_on(device, 2, shape<2>{classes, width});
    std::vector<index_t> labels;
    for (index_t i = 0; i < batch; ++i) labels.push_back(i * 5 % classes);
    auto d_text = room_on(device, shape<2>{classes, width});
    loss_workspace<D> space;
    const auto [loss, accuracy] =
        cross_entropy(device, features.view(), text.view(), labels, T(2), d_text.view(), space);
    r.add("loss and accuracy", {loss, accuracy});
    r.add("its gradient", device, d_text);
  }

  const auto descend = [&](const std::string& name, auto optimizer) {
    using state = typename decltype(optimizer)::template state<D>;
    const shape<2> extents{4, width};
    auto parameters = seeded_on(device, 3, extents);
    state memory(optimizer, device, extents);
    for (std::uint64_t step = 0; step < 3; ++step) {
      const auto gradient = seeded_on(device, 4 + step, extents);
      memory.step(parameters.view(), gradient.view(), 0.1);
    }
    r.add(name, device, parameters);
    const auto kept = memory.save();
    for (const auto& [array, values] : kept.arrays) r.add(array, {values.begin(), values.end()});

    state again(optimizer, device, extents);
    again.restore(kept);
    const auto gradient = seeded_on(device, 9, extents);
    again.step(parameters.view(), gradient.view(), 0.1);
    r.add(name + ", resumed", device, parameters);
  };
  descend("sgd", sgd{});
  descend("adamw", adamw{});
  return r;
}

template <class D>
void agrees(double tolerance, double of_memory) {
  if (!tests::available<D>()) return;
  const D device = tests::opened<D>();
  const tests::truth exact;
  of_rows(device).agree(of_rows(exact), tolerance);
  of_products(device).agree(of_products(exact), tolerance);
  of_attention(device).agree(of_attention(exact), tolerance);
  of_pictures(device).agree(of_pictures(exact), tolerance);
  of_learning(device).agree(of_learning(exact), of_memory);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(layers_compute_on_every_device_what_they_compute_in_double, D, tests::devices) {
  agrees<D>(tests::tolerance::single, tests::tolerance::single);
}

BOOST_AUTO_TEST_CASE(teams_of_several_workers_compute_it_to_the_last_digits_of_double) {
  // What an optimizer remembers is kept in float.
  agrees<tests::basic_far<double, 5, 1>>(tests::tolerance::rounding, 1e-6);
}

BOOST_AUTO_TEST_SUITE_END()
