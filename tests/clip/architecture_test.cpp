// SPDX-License-Identifier: MIT
//
// What a list of tensors is taken for, and what is said when it is nothing known.
#include <coop/clip/architecture.hpp>

#include "support/formula_weights.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(architecture_of_archives)

using namespace coop;

namespace {

template <Backbone B>
tests::formula_archive archive_of() {
  return tests::formula_archive(tests::tensors_of<B>(), "model.safetensors");
}

template <class E = error, class F>
std::string complaint(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "nothing was thrown";
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(every_known_backbone_is_recognised_from_its_tensors) {
  for_each_type(backbone::all{}, []<class B>(tag<B>) {
    const auto found = infer_architecture(archive_of<B>());

    BOOST_TEST_CONTEXT(B::name) {
      BOOST_TEST((found == architecture_of<B>()));
      BOOST_TEST(match(found).value_or("none") == B::name);
      BOOST_TEST(match(found.image).value_or("none") == B::name);
      BOOST_TEST(to_text(differences(architecture_of<B>(), found)).empty());
    }
  });
}

BOOST_AUTO_TEST_CASE(descriptions_hold_every_number) {
  BOOST_TEST(describe(architecture_of<backbone::vit_b16>()) ==
             "image: vision transformer, 224 x 224 pixels, width 768, patch 16, 12 layers, embedding 512\n"
             "text: width 512, 8 heads, 12 layers, embedding 512, 77 positions, 49408 tokens");
  BOOST_TEST(describe(image_architecture_of<backbone::rn50>()) ==
             "modified ResNet, 224 x 224 pixels, width 64, 3+4+6+3 blocks, embedding 1024");
}

BOOST_AUTO_TEST_CASE(weights_of_another_backbone_are_called_by_their_name) {
  const auto archive = archive_of<backbone::vit_b32>();

  const auto text = complaint<shape_error>([&] { check_architecture<backbone::vit_b16>(archive); });

  BOOST_TEST(says(text, "model.safetensors: backbone: expected ViT-B/16, got ViT-B/32"), text);
  BOOST_TEST(says(text, "patch: expected 16, got 32"), text);
}

BOOST_AUTO_TEST_CASE(the_other_kind_of_tower_is_one_difference_and_not_ten) {
  const auto archive = archive_of<backbone::rn101>();

  const auto text = complaint<shape_error>([&] { check_image_architecture<backbone::vit_b32>(archive); });

  BOOST_TEST(says(text,
                  "expected ViT-B/32's, got RN101's: kind of image tower: expected vision transformer, got "
                  "modified ResNet"),
             text);
}

BOOST_AUTO_TEST_CASE(a_model_that_is_none_is_told_from_the_nearest) {
  auto archive = archive_of<backbone::vit_b16>();
  archive.reshape("token_embedding.weight", {50000, 512});

  const auto found = infer_architecture(archive);

  BOOST_TEST(!match(found));
  BOOST_TEST(why_no_match(found) ==
             "no known backbone; nearest ViT-B/16: vocabulary: expected 49408, got 50000");
}

BOOST_AUTO_TEST_CASE(foreign_names_are_named_for_what_they_are) {
  const auto with = [](const std::string& name) {
    auto archive = archive_of<backbone::mini_vit>();
    archive.add(name, {1});
    return complaint<io_error>([&] { (void)infer_architecture(archive); });
  };

  BOOST_TEST(
      says(with("vision_model.post_layernorm.weight"), "a name of Hugging Face that no CLIPModel has"));
  BOOST_TEST(says(with("visual.trunk.norm.weight"), "an image tower of timm"));
  BOOST_TEST(says(with("logit_bias"), "tensor 'logit_bias': a SigLIP model, not a CLIP"));
  BOOST_TEST(says(with("transformer.resblocks.0.ls_1.gamma"), "layer scale"));
}

BOOST_AUTO_TEST_CASE(missing_and_misshapen_tensors_are_named) {
  auto neither = archive_of<backbone::mini_vit>();
  neither.remove("visual.proj");
  auto no_text = archive_of<backbone::mini_vit>();
  no_text.remove("ln_final.weight");
  auto flat = archive_of<backbone::mini_vit>();
  flat.reshape("visual.conv1.weight", {128, 192});
  auto no_square = archive_of<backbone::mini_rn>();
  no_square.reshape("visual.attnpool.positional_embedding", {7, 512});
  const auto why = [](const tests::formula_archive& archive) {
    return complaint([&] { (void)infer_architecture(archive); });
  };

  BOOST_TEST(says(why(neither), "expected a CLIP with tensor 'visual.proj'"));
  BOOST_TEST(says(why(no_text), "no tensor 'ln_final.weight'"));
  BOOST_TEST(says(why(flat), "tensor 'visual.conv1.weight': axes: expected 4, got 2 of (128, 192)"));
  BOOST_TEST(says(why(no_square), "rows: expected a square and one, got 7"));
}

BOOST_AUTO_TEST_CASE(numbers_without_bytes_behind_them_are_not_believed) {
  const std::int64_t huge = std::int64_t(1) << 46;
  auto patch = archive_of<backbone::mini_vit>();
  patch.reshape("visual.conv1.weight", {128, 0, 1, huge});
  auto grid = archive_of<backbone::mini_vit>();
  grid.reshape("visual.positional_embedding", {huge, 0});
  const auto why = [](const tests::formula_archive& archive) {
    return complaint<shape_error>([&] { (void)infer_architecture(archive); });
  };

  BOOST_TEST(says(why(patch), "tensor 'visual.conv1.weight': expected extents above 0, got (128, 0, 1, "));
  BOOST_TEST(says(why(grid), "tensor 'visual.positional_embedding': expected extents above 0, got ("));
}

BOOST_AUTO_TEST_SUITE_END()
