// SPDX-License-Identifier: MIT
//
// A GPU's better forms of rows, and whole towers and learners, against the processor. All of it needs a GPU; what warps
// do with a row is also checked without one (warp_rows_test.cpp).
#include <coop/device/detail/cuda_layers.hpp>

#include <coop/clip/resnet.hpp>
#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/device/devices.hpp>
#include <coop/model/learner.hpp>
#include <coop/train/loss.hpp>
#include <coop/train/optimizer.hpp>

#include "../../support/formula_weights.hpp"
#include "../../support/gpu.hpp"
#include "../../support/numeric.hpp"
#include "../../support/small_tokenizer.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace coop;
using tests::numbers;
using tests::relative_difference;
namespace utf = boost::unit_test;

namespace {

/// A matrix of the same numbers on a device.
template <class D>
tensor<float, 2, D> matrix(const D& device, index_t rows, index_t columns, unsigned seed) {
  const auto values = numbers<float>(std::size_t(rows * columns), seed);
  return to_device(device, view<const float, 2>{values.data(), shape<2>{rows, columns}});
}
template <class D>
tensor<index_t, 1, D> table(const D& device, const std::vector<index_t>& values) {
  return to_device(device, view<const index_t, 1>{values.data(), shape<1>{index_t(values.size())}});
}
template <class D>
std::vector<float> read(const D& device, tensor<float, 2, D>& x) {
  return to_host(device, view<const float, 2>(x.view()));
}

/// f(device) on both devices gives nearly the same numbers.
template <class F>
void same_on_both(const F& f, double allowed, const std::string& what) {
  const device::cpu cpu(2);
  const device::cuda gpu(0);
  BOOST_TEST(relative_difference(f(gpu), f(cpu)) < allowed, what);
}

using small_text = text_shape<128, 2, 3, 16, 32, tests::small_vocabulary>;
using small_vit = vit_shape<24, 8, 128, 3, 10>;
using small_resnet = resnet_shape<64, 4, 12, 2, 1, 1, 2>;

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_layers, *utf::label("gpu") * utf::precondition(tests::on_a_gpu))

BOOST_AUTO_TEST_CASE(norms_are_the_processor_s_at_every_width) {
  for (const index_t width : {7, 64, 256, 512, 640, 768, 1024, 2048}) {
    const auto both_ways = [&](const auto& device) {
      auto x = matrix(device, 11, width, 1);
      auto parameters = matrix(device, 2, width, 2);
      auto y = matrix(device, 11, width, 3);
      auto moments = matrix(device, 11, 2, 3);
      auto dx = matrix(device, 11, width, 4);
      const view<const float, 1> weight{parameters.view().row(0), shape<1>{width}};
      const view<const float, 1> bias{parameters.view().row(1), shape<1>{width}};
      device.for_each_row(11, nn::layer_norm_row<float>{x.view(), weight, bias, y.view(), moments.view()});
      device.for_each_row(
          11, nn::layer_norm_row_backward<float>{y.view(), x.view(), moments.view(), weight, dx.view()});
      auto all = read(device, y);
      const auto more = read(device, dx);
      all.insert(all.end(), more.begin(), more.end());
      return all;
    };
    same_on_both(both_ways, 1e-5, std::to_string(width));
  }
}

BOOST_AUTO_TEST_CASE(softmax_is_the_processor_s_wherever_a_row_ends) {
  for (const index_t width : {1, 50, 64, 65, 197, 257, 577, 608, 700}) {
    same_on_both(
        [&](const auto& device) {
          auto x = matrix(device, 13, width, 1);
          device.for_each_row(13, nn::softmax_row<float>{x.view(), 3.0f});
          return read(device, x);
        },
        1e-5, std::to_string(width));
  }
}

BOOST_AUTO_TEST_CASE(passes_over_numbers_are_the_processor_s_in_fours_and_otherwise) {
  for (const index_t width : {3, 64, 66, 2048}) {
    same_on_both(
        [&](const auto& device) {
          auto x = matrix(device, 5, width, 1);
          auto slope = matrix(device, 5, width, 2);
          device.for_each_row(5, nn::activate_row_with_slope<nn::gelu, float>{x.view(), slope.view()});
          device.for_each_row(5, nn::activate_row<nn::quick_gelu, float>{x.view()});
          device.for_each_row(5, nn::multiply_row<float>{x.view(), slope.view()});
          return read(device, x);
        },
        1e-5, std::to_string(width));
  }
}

BOOST_AUTO_TEST_CASE(attention_to_ancestors_is_the_processor_s_both_ways) {
  // A chain that everybody asks, more than a warp asks alone; and paths longer than a warp.
  for (const auto& [branches, length] : {std::pair<index_t, index_t>{150, 4}, {2, 40}}) {
    for (const index_t size : {16, 32, 64}) {
      nn::causal_tree tree;
      tree.constants = 1;
      const auto add = [&](index_t parent) {
        tree.parent.push_back(parent);
        tree.depth.push_back(parent < 0 ? 0 : tree.depth[std::size_t(parent)] + 1);
        return tree.nodes() - 1;
      };
      index_t stem = -1;
      for (int i = 0; i < 12; ++i) stem = add(stem);
      for (index_t b = 0; b < branches; ++b) {
        index_t at = stem;
        for (index_t i = 0; i < length; ++i) at = add(at);
      }
      const auto ancestors = nn::ancestors(tree);
      const auto ends = nn::ends_below(tree);
      std::vector<index_t> queries, first, last, depth;
      for (index_t live = 0; live < tree.live(); ++live) {
        queries.push_back(live + tree.constants);
        first.push_back(live);
        last.push_back(ends[std::size_t(live)] - tree.constants);
        depth.push_back(tree.depth[std::size_t(live + tree.constants)]);
      }
      const auto passes = [&](const auto& device) {
        constexpr index_t heads = 2;
        const index_t rows = tree.live();
        const index_t width = heads * size;
        const index_t paths = ancestors.offset.back();
        auto offset = table(device, ancestors.offset);
        auto path = table(device, ancestors.path);
        auto asking = table(device, queries);
        auto begin = table(device, first);
        auto end = table(device, last);
        auto deep = table(device, depth);
        auto q = matrix(device, rows, width, 1);
        auto k = matrix(device, tree.nodes(), width, 2);
        auto v = matrix(device, tree.nodes(), width, 3);
        auto d = matrix(device, rows, width, 4);
        auto weights = matrix(device, heads, paths, 5);
        auto slopes = matrix(device, heads, paths, 5);
        auto out = matrix(device, rows, width, 5);
        auto dq = matrix(device, rows, width, 5);
        auto dk = matrix(device, rows, width, 5);
        auto dv = matrix(device, rows, width, 5);
        const nn::ancestor_view above{offset.view(), path.view()};
        device.for_each_row(
            rows, nn::ancestor_attention_row<float>{above, asking.view(), heads, q.view(), k.view(), v.view(),
                                                    weights.view(), out.view()});
        device.for_each_row(rows, nn::ancestor_attention_backward_row<float>{
                                      above, asking.view(), heads, k.view(), v.view(), weights.view(),
                                      d.view(), slopes.view(), dq.view()});
        device.for_each_row(
            rows * heads, nn::ancestor_attention_backward_key<float>{above,
                                                                     {begin.view(), end.view(), deep.view()},
                                                                     asking.view(),
                                                                     heads,
                                                                     q.view(),
                                                                     weights.view(),
                                                                     slopes.view(),
                                                                     d.view(),
                                                                     dk.view(),
                                                                     dv.view()});
        std::vector<float> all;
        for (auto* part : {&weights, &out, &slopes, &dq, &dk, &dv}) {
          const auto some = read(device, *part);
          all.insert(all.end(), some.begin(), some.end());
        }
        return all;
      };
      same_on_both(passes, 1e-5, std::to_string(size) + ", " + std::to_string(branches) + " branches");
    }
  }
}

BOOST_AUTO_TEST_CASE(the_text_tower_is_the_processor_s_both_ways) {
  const auto passes = [](const auto& device) {
    using D = std::remove_cvref_t<decltype(device)>;
    const text_tower<small_text, D> tower(device, tests::seeded_archive{});
    const std::vector<std::string> names{"cat", "cat dog", "cat dog bird", "tern", "house_cat"};
    const auto words = tests::small_tokenizer();
    prompt_learner learner(tower, words, names, unified_end{.length = 4, .deviation = 0.5f});
    sgd::state<D> state(sgd{}, device, learner.parameters().extents);
    loss_workspace<D> space;
    tensor<float, 2, D> d_text(device, shape<2>{5, small_text::embed});
    auto pictures = matrix(device, 5, small_text::embed, 7);
    const std::vector<index_t> labels{0, 1, 2, 3, 4};
    std::vector<float> losses;
    for (int step = 0; step < 3; ++step) {
      const auto text = learner.forward();
      losses.push_back(
          float(cross_entropy(device, pictures.view(), text, labels, 10.0f, d_text.view(), space).loss));
      learner.backward(d_text.view());
      state.step(learner.parameters(), learner.gradient(), 0.1);
    }
    auto all = to_host(device, view<const float, 2>(learner.parameters()));
    all.insert(all.end(), losses.begin(), losses.end());
    return all;
  };
  same_on_both(passes, 1e-4, "three steps of a learner");
}

BOOST_AUTO_TEST_CASE(image_towers_are_the_processor_s) {
  const auto encoded = [](const auto& tower, const auto& device) {
    using D = std::remove_cvref_t<decltype(device)>;
    const auto size = tower.size();
    const auto values = tests::formula_pictures(11, size);
    const std::vector<float> pixels(values.begin(), values.end());
    const auto pictures = to_device(device, view<const float, 4>{pixels.data(), shape<4>{11, size, size, 3}});
    tensor<float, 2, D> features(device, shape<2>{11, tower.embed()});
    tower.encode(pictures.view(), features.view());
    return read(device, features);
  };
  same_on_both(
      [&](const auto& device) {
        using D = std::remove_cvref_t<decltype(device)>;
        const vit_tower<small_vit, D, nn::quick_gelu> tower(
            device, tests::formula_archive(tests::image_tensors(small_vit{})));
        return encoded(tower, device);
      },
      2e-5, "ViT");
  same_on_both(
      [&](const auto& device) {
        using D = std::remove_cvref_t<decltype(device)>;
        const resnet_tower<small_resnet, D> tower(
            device, tests::formula_archive(tests::image_tensors(small_resnet{})));
        return encoded(tower, device);
      },
      2e-5, "ResNet");
}

BOOST_AUTO_TEST_SUITE_END()
