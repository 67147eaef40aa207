// SPDX-License-Identifier: MIT
//
// A whole model from an archive: the right weights load, the wrong ones are answered with what they are.
#include <coop/clip/clip.hpp>
#include <coop/device/cpu.hpp>

#include "support/temporary_folder.hpp"
#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(clip_models)

using namespace coop;
namespace utf = boost::unit_test;

namespace {

template <Backbone B>
tests::formula_archive formula_model() {
  return tests::formula_archive(tests::tensors_of<B>(), "model.safetensors");
}

/// A miniature as a file.
void write_model(const std::string& path, const std::map<std::string, std::string>& metadata) {
  std::vector<named_array> arrays;
  for (const auto& fact : tests::tensors_of<backbone::mini_vit>()) {
    arrays.push_back(to_array_f16(fact.name, fact.extents, tests::formula_values(fact.name, fact.extents)));
  }
  write_safetensors(path, arrays, metadata);
}

}  // namespace

BOOST_AUTO_TEST_CASE(both_miniatures_load_and_encode) {
  const device::cpu device(1);

  const auto vit = load_clip<backbone::mini_vit, nn::quick_gelu>(device, formula_model<backbone::mini_vit>());
  const auto rn = load_clip<backbone::mini_rn, nn::quick_gelu>(device, formula_model<backbone::mini_rn>());

  BOOST_TEST(std::abs(vit.scale() - 100.0f) < 1e-3f);
  BOOST_TEST(vit.preprocessing().size == 64);
  for (const float value : tests::features_of(vit.image(), 2)) BOOST_TEST(std::isfinite(value));
  for (const float value : tests::features_of(rn.image(), 2)) BOOST_TEST(std::isfinite(value));
}

BOOST_AUTO_TEST_CASE(a_file_loads_without_an_activation_only_if_it_says_quick_gelu) {
  const device::cpu device(1);
  const temporary_folder folder;
  write_model(folder / "says", {{"activation", "quick_gelu"}});
  write_model(folder / "silent", {});

  const auto said = load_clip<backbone::mini_vit>(device, folder / "says");
  const auto named = load_clip<backbone::mini_vit, nn::quick_gelu>(device, folder / "silent");

  BOOST_TEST((tests::features_of(said.image(), 1) == tests::features_of(named.image(), 1)));
  BOOST_CHECK_THROW(load_clip<backbone::mini_vit>(device, folder / "silent"), choice_error);
  BOOST_CHECK_THROW((load_clip<backbone::mini_vit, nn::gelu>(device, folder / "says")), choice_error);
}

BOOST_AUTO_TEST_CASE(single_towers_ask_for_the_activation_that_they_have) {
  const device::cpu device(1);
  const auto vit = formula_model<backbone::mini_vit>();
  const auto rn = formula_model<backbone::mini_rn>();

  BOOST_CHECK_THROW(load_image_tower<backbone::mini_vit>(device, vit), choice_error);
  BOOST_CHECK_THROW(load_text_tower<backbone::mini_vit>(device, vit), choice_error);
  BOOST_CHECK_NO_THROW((load_text_tower<backbone::mini_vit, nn::quick_gelu>(device, vit)));
  BOOST_CHECK_NO_THROW(load_image_tower<backbone::mini_rn>(device, rn));  // a ResNet has ReLU
}

BOOST_AUTO_TEST_CASE(another_backbones_weights_are_refused_before_anything_is_read) {
  const auto weights = formula_model<backbone::mini_rn>();

  BOOST_CHECK_EXCEPTION((load_clip<backbone::mini_vit, nn::quick_gelu>(device::cpu(1), weights)), shape_error,
                        [](const shape_error& e) {
                          return std::string(e.what()).find("expected mini-vit, got mini-rn") !=
                                 std::string::npos;
                        });
}

BOOST_AUTO_TEST_CASE(a_tensor_of_the_wrong_shape_is_named_with_both_shapes) {
  auto weights = formula_model<backbone::mini_vit>();
  constexpr std::int64_t W = backbone::mini_vit::image::width;
  const std::string name = "visual.transformer.resblocks.2.mlp.c_fc.weight";
  weights.reshape(name, {4 * W, 3});
  const std::string expected = "coop: model.safetensors: tensor '" + name + "': shape: expected (" +
                               std::to_string(4 * W) + ", " + std::to_string(W) + "), got (" +
                               std::to_string(4 * W) + ", 3)";

  BOOST_CHECK_EXCEPTION((load_clip<backbone::mini_vit, nn::quick_gelu>(device::cpu(1), weights)), shape_error,
                        [&](const shape_error& e) { return e.what() == expected; });
}

BOOST_AUTO_TEST_CASE(an_image_tower_loads_from_an_archive_without_text) {
  const tests::formula_archive weights(tests::image_tensors(backbone::mini_vit::image{}));

  const auto tower = load_image_tower<backbone::mini_vit, nn::quick_gelu>(device::cpu(1), weights);

  BOOST_TEST(tests::features_of(tower, 1).size() == std::size_t(backbone::mini_vit::embed));
}

BOOST_AUTO_TEST_CASE(a_tiny_text_tower_has_pytorchs_features) {
  using tiny_text = text_shape<128, 2, 2, 10, 9, 50>;
  const text_tower<tiny_text, device::basic_cpu<double>> tower(
      device::basic_cpu<double>(1), tests::formula_archive(tests::text_tensors<tiny_text>()));
  const std::vector<std::vector<std::int32_t>> prompts{
      {48, 3, 4, 5, 49}, {48, 3, 9, 49}, {48, 3, 4, 7, 8, 9, 49}};

  const auto features = tower.encode(prompts);

  const auto found = to_host(tower.device(), features.view());
  BOOST_TEST(tests::greatest_difference(found, tests::reference("tiny-text")) < tests::tolerance::exact);
}

BOOST_AUTO_TEST_CASE(vit_b16s_text_tower_has_pytorchs_features, *utf::label("slow")) {
  using text = backbone::vit_b16::text;
  const text_tower<text, device::cpu> tower(
      device::cpu(2), tests::formula_archive(tests::text_tensors<text>()), nn::direction::forward_only);
  const std::vector<std::vector<std::int32_t>> prompts{{49406, 320, 1125, 539, 49407},
                                                       {49406, 320, 2368, 269, 518, 49407}};

  const auto features = tower.encode(prompts);

  const auto found = to_host(tower.device(), features.view());
  BOOST_TEST(tests::greatest_difference(found, tests::reference("ViT-B/16.text")) < tests::tolerance::tower);
}

BOOST_AUTO_TEST_SUITE_END()
