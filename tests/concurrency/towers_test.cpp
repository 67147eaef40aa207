// SPDX-License-Identifier: MIT
//
// Towers are const once loaded, and any number of threads may ask one at the same time: each gets the bits that it
// would get alone, whether the device has a team of threads or not, and whatever the others ask meanwhile.
#include <coop/clip/resnet.hpp>
#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/device/devices.hpp>

#include "support/at_once.hpp"
#include "support/small_tokenizer.hpp"
#include "support/temporary_folder.hpp"
#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(towers_of_many_callers)

using namespace coop;
using tests::at_once;
using tests::in_turn;

namespace {

using tiny_vit = vit_shape<24, 8, 64, 2, 10>;
using tiny_resnet = resnet_shape<64, 4, 12, 1, 1, 1, 1>;
using tiny_text = text_shape<36, 3, 2, 10, 12, 20>;
using quick_vit = vit_tower<tiny_vit, device::cpu, nn::quick_gelu>;

constexpr int rounds = 3;

/// One device for each way of sharing: no team, a team that callers fight for, and one of each instruction set and
/// precision that the processor has.
std::vector<device::cpu> all_devices() {
  std::vector<device::cpu> all{device::cpu(1), device::cpu(3)};
  for (const instruction_set set : instruction_sets) {
    if (set > best_instruction_set()) break;
    all.emplace_back(cpu_options{.threads = 2, .instructions = set});
    all.emplace_back(cpu_options{.threads = 2, .instructions = set, .products = precision::bfloat16});
  }
  return all;
}

/// Every caller has batches of its own size.
template <class Tower>
void serves_many(const Tower& tower) {
  const auto features = [&](index_t caller) {
    std::vector<float> last;
    for (int round = 0; round < rounds; ++round) last = tests::features_of(tower, 1 + caller % 4);
    return last;
  };

  const auto alone = in_turn(features);
  const auto together = at_once(features);

  BOOST_TEST((together == alone), tower.device().description());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_vision_transformer_serves_many) {
  const tests::formula_archive weights(tests::image_tensors(tiny_vit{}));
  for (const auto& device : all_devices()) serves_many(quick_vit(device, weights));
}

BOOST_AUTO_TEST_CASE(a_modified_resnet_serves_many) {
  const tests::formula_archive weights(tests::image_tensors(tiny_resnet{}));
  for (const auto& device : all_devices())
    serves_many(resnet_tower<tiny_resnet, device::cpu>(device, weights));
}

BOOST_AUTO_TEST_CASE(a_text_tower_serves_many) {
  const tests::formula_archive weights(tests::text_tensors<tiny_text>());
  for (const auto& device : all_devices()) {
    const text_tower<tiny_text, device::cpu> tower(device, weights, nn::direction::forward_only);
    const auto features = [&](index_t caller) {
      const std::vector<std::vector<std::int32_t>> texts{
          {18, 3, 4, 5, caller, 7, 8, 9, 10, 19}, {18, 3, 19}, {18, caller, 4, 19}};
      const auto features_of_texts = tower.encode(texts);
      return to_host(tower.device(), features_of_texts.view());
    };

    const auto alone = in_turn(features);
    const auto together = at_once(features);

    BOOST_TEST((together == alone), device.description());
  }
}

BOOST_AUTO_TEST_CASE(towers_on_one_device_serve_at_the_same_time) {
  const device::cpu device(3);
  const quick_vit vit(device, tests::formula_archive(tests::image_tensors(tiny_vit{})));
  const resnet_tower<tiny_resnet, device::cpu> resnet(
      device, tests::formula_archive(tests::image_tensors(tiny_resnet{})));
  const auto features = [&](index_t caller) {
    return caller % 2 ? tests::features_of(vit, 3) : tests::features_of(resnet, 2);
  };

  const auto alone = in_turn(features);

  BOOST_TEST((at_once(features) == alone));
}

BOOST_AUTO_TEST_CASE(many_load_one_file_at_the_same_time) {
  const temporary_folder folder;
  std::vector<named_array> arrays;
  for (const auto& fact : tests::image_tensors(tiny_vit{}))
    arrays.push_back(to_array_f16(fact.name, fact.extents, tests::formula_values(fact.name, fact.extents)));
  write_safetensors(folder / "vit", arrays, {});
  const safetensors file(folder / "vit");
  const device::cpu device(3);
  const auto features = [&](index_t) { return tests::features_of(quick_vit(device, file), 1); };

  const auto alone = in_turn(features);

  BOOST_TEST((at_once(features) == alone));
}

BOOST_AUTO_TEST_SUITE_END()
