// SPDX-License-Identifier: MIT
//
// Whole towers on every device: pictures against PyTorch's features, texts against the processor's, by the tree and by
// the literal path.
#include <coop/clip/literal_text.hpp>
#include <coop/clip/resnet.hpp>
#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>

#include "support/agreement.hpp"
#include "support/machines.hpp"
#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <vector>

BOOST_AUTO_TEST_SUITE(laws_of_towers)

using namespace coop;
using tests::on;
using tests::results;
using tests::room_on;

namespace {

using tiny_vit = vit_shape<24, 8, 128, 3, 10>;  // those whose features PyTorch computed
using tiny_resnet = resnet_shape<64, 4, 12, 2, 1, 1, 2>;
using tiny_text = text_shape<36, 3, 3, 10, 12, 20>;

/// The processor, if it liked other sizes.
struct other_passes : device::cpu {
  using device::cpu::cpu;
  pass_sizes sizes{.pictures = 2, .early_pictures = 1, .patch_bytes = 1 << 12, .tile_bytes = 1 << 12};
  [[nodiscard]] pass_sizes passes() const { return sizes; }
};

/// Features of three formula pictures, as the host has them.
template <class Tower>
std::vector<float> features_of(const Tower& tower) {
  const auto& device = tower.device();
  constexpr index_t count = 3;
  const auto pictures = on(device, tests::formula_pictures(count, Tower::size()),
                           shape<4>{count, Tower::size(), Tower::size(), 3});
  auto features = room_on(device, shape<2>{count, Tower::embed()});
  tower.encode(pictures.view(), features.view());
  return tests::off(device, features);
}

template <class D>
results of_texts(const D& device) {
  using tower_type = text_tower<tiny_text, D>;
  const tower_type tower(device, tests::seeded_archive{});
  results r;
  const std::vector<std::vector<std::int32_t>> texts{
      {18, 3, 4, 5, 6, 7, 8, 9, 10, 19}, {18, 3, 19}, {18, 3, 4, 19}, {18, 3, 4, 19}};
  r.add("features of texts", device, tower.encode(texts));

  constexpr index_t prompts = 3, length = 5, width = tower_type::width();
  literal_text<tower_type> literal(tower, prompts, length);
  const auto embeddings =
      on(device, tests::numbers<float>(prompts * length * width, 1), shape<2>{prompts * length, width});
  auto features = room_on(device, shape<2>{prompts, tower_type::embed()});
  literal.forward(embeddings.view(), {4, 2, 3}, features.view());
  r.add("literal features", device, features);
  const auto slopes = on(device, tests::numbers<float>(features.size(), 2), features.extents());
  auto dembeddings = room_on(device, embeddings.extents());
  literal.backward(slopes.view(), dembeddings.view());
  r.add("their way back", device, dembeddings);
  return r;
}

/// The tiny towers of all kinds, with a way back.
template <class D>
results of_towers(const D& device) {
  results r = of_texts(device);
  const auto as_numbers = [](const std::vector<float>& v) { return std::vector<double>(v.begin(), v.end()); };
  r.add("a transformer's features", as_numbers(features_of(vit_tower<tiny_vit, D>(
                                        device, tests::formula_archive(tests::image_tensors(tiny_vit{}))))));
  r.add("a resnet's features", as_numbers(features_of(resnet_tower<tiny_resnet, D>(
                                   device, tests::formula_archive(tests::image_tensors(tiny_resnet{}))))));
  return r;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(in_lower_precisions_towers_are_those_of_the_processor_in_float32, M,
                              tests::rounding_machines) {
  if (!tests::available<typename M::device_type>()) return;

  of_towers(M::opened()).agree(of_towers(device::cpu{}), tests::gradient_bound(M::products));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_vision_transformer_has_pytorchs_features, D, tests::other_devices) {
  if (!tests::available<D>()) return;
  const vit_tower<tiny_vit, D> tower(tests::opened<D>(),
                                     tests::formula_archive(tests::image_tensors(tiny_vit{})));

  BOOST_TEST(tests::greatest_difference(features_of(tower), tests::reference("tiny-vit")) <
             tests::tolerance::tower);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_modified_resnet_has_pytorchs_features, D, tests::other_devices) {
  if (!tests::available<D>()) return;
  const resnet_tower<tiny_resnet, D> tower(tests::opened<D>(),
                                           tests::formula_archive(tests::image_tensors(tiny_resnet{})));

  BOOST_TEST(tests::greatest_difference(features_of(tower), tests::reference("tiny-rn")) <
             tests::tolerance::tower);
}

BOOST_AUTO_TEST_CASE(how_much_is_computed_at_once_changes_no_bit_of_a_feature) {
  const tests::formula_archive of_vit(tests::image_tensors(tiny_vit{}));
  const tests::formula_archive of_resnet(tests::image_tensors(tiny_resnet{}));

  BOOST_TEST((features_of(vit_tower<tiny_vit, other_passes>(other_passes(), of_vit)) ==
              features_of(vit_tower<tiny_vit, device::cpu>(device::cpu(), of_vit))));
  const auto as_usual = features_of(resnet_tower<tiny_resnet, device::cpu>(device::cpu(), of_resnet));
  BOOST_TEST((features_of(resnet_tower<tiny_resnet, other_passes>(other_passes(), of_resnet)) == as_usual));

  other_passes without_tiles;
  without_tiles.sizes.tiled_channels = 0;
  const auto by_patches = features_of(resnet_tower<tiny_resnet, other_passes>(without_tiles, of_resnet));
  BOOST_TEST((by_patches != as_usual));  // it was obeyed
  BOOST_TEST(tests::greatest_difference(by_patches, as_usual) < tests::tolerance::tower);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(texts_have_the_features_and_slopes_of_the_processor, D, tests::other_devices) {
  if (!tests::available<D>()) return;

  of_texts(tests::opened<D>()).agree(of_texts(device::cpu{}), tests::tolerance::single);
}

BOOST_AUTO_TEST_SUITE_END()
