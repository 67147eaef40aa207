// SPDX-License-Identifier: MIT
//
// OpenAI's names over files that have others. The files were written by PyTorch (tests/io/make_torch_files.py) with
// weights by formula, so what must come out under a name is known.
#include <coop/clip/names.hpp>

#include <coop/clip/activation.hpp>
#include <coop/clip/architecture.hpp>
#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/device/cpu.hpp>
#include <coop/io/any_archive.hpp>

#include "support/temporary_folder.hpp"
#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

BOOST_AUTO_TEST_SUITE(names)

using namespace coop;

namespace {

using tiny_text = text_shape<64, 1, 1, 8, 6, 12>;
using tiny_image = vit_shape<8, 4, 64, 1, 8>;

std::string data_file(const char* name) {
  return (std::filesystem::path(__FILE__).parent_path().parent_path() / "data" / name).string();
}

/// The formula's numbers after a journey through binary16.
std::vector<float> in_half(const std::string& name, const std::vector<std::int64_t>& extents) {
  auto values = tests::formula_values(name, extents);
  for (float& v : values) v = float_from_half(half_from_float(v));
  return values;
}

/// A tensor is there under OpenAI's name, with its shape and the formula's numbers.
template <class Names>
void expect_formula(const Names& names, const tests::tensor_fact& fact) {
  BOOST_TEST_CONTEXT(fact.name) {
    BOOST_REQUIRE(names.contains(fact.name));
    const auto wanted = in_half(fact.name, fact.extents);
    BOOST_TEST((names.read(fact.name, fact.extents) == wanted));
    std::vector<float> to(wanted.size());
    names.read_into(fact.name, fact.extents, to);
    BOOST_TEST((to == wanted));
  }
}

/// What making the names says; "made" if nothing.
template <class A>
std::string verdict(const A& archive) {
  try {
    const openai_names<A> names(archive);
    return "made";
  } catch (const error& problem) {
    return problem.what();
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(hugging_faces_names_become_openais_with_the_same_numbers) {
  const any_archive file = open_archive(data_file("clip_hugging_face.safetensors"));

  const openai_names names(file);

  BOOST_TEST(int(names.naming()) == int(naming::hugging_face));
  auto all = tests::image_tensors(tiny_image{});
  for (auto& fact : tests::text_tensors<tiny_text>()) all.push_back(fact);
  for (const auto& fact : all) expect_formula(names, fact);
  BOOST_TEST(names.entries().size() == all.size());  // position_ids are left out
}

BOOST_AUTO_TEST_CASE(open_clips_text_tower_and_data_parallel_training_leave_their_prefixes) {
  const any_archive file = open_archive(data_file("clip_open_clip.pt"));

  const openai_names names(file);

  BOOST_TEST(int(names.naming()) == int(naming::open_clip));
  for (const auto& fact : tests::text_tensors<tiny_text>()) expect_formula(names, fact);
  expect_formula(names, {"visual.proj", {64, 8}});
  BOOST_TEST(names.metadata().at("epoch") == "32");
}

BOOST_AUTO_TEST_CASE(a_linear_projection_is_turned_and_a_scale_in_a_vector_is_a_scalar) {
  const any_archive file = open_archive(data_file("clip_open_clip.pt"));
  BOOST_TEST(file.entry("text.text_projection.weight").extents == (std::vector<std::int64_t>{8, 64}),
             boost::test_tools::per_element());
  BOOST_TEST(file.entry("logit_scale").extents.size() == 1u);

  const openai_names names(file);

  BOOST_TEST(names.entry("text_projection").extents == (std::vector<std::int64_t>{64, 8}),
             boost::test_tools::per_element());
  BOOST_TEST(names.entry("logit_scale").extents.empty());
  BOOST_TEST(names.read("logit_scale", {}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(openais_own_names_pass_and_what_no_clip_needs_is_left_out) {
  tests::formula_archive archive(tests::tensors_of<backbone::mini_rn>());
  const std::size_t needed = archive.entries().size();
  for (const char* name : {"input_resolution", "context_length", "vocab_size"}) archive.add(name, {});
  archive.add("visual.bn1.num_batches_tracked", {});

  const openai_names names(archive);

  BOOST_TEST(int(names.naming()) == int(naming::openai));
  BOOST_TEST(names.entries().size() == needed);
  BOOST_TEST((infer_architecture(names) == architecture_of<backbone::mini_rn>()));
  BOOST_TEST((names.read("ln_final.bias") == archive.read("ln_final.bias")));
}

BOOST_AUTO_TEST_CASE(the_architecture_of_a_renamed_file_is_inferred) {
  const any_archive file = open_archive(data_file("clip_hugging_face.safetensors"));

  const auto found = infer_architecture(openai_names(file));

  BOOST_TEST(describe(found.image) ==
             "vision transformer, 8 x 8 pixels, width 64, patch 4, 1 layers, embedding 8");
  BOOST_TEST(describe(found.text) == "width 64, 1 heads, 1 layers, embedding 8, 6 positions, 12 tokens");
}

BOOST_AUTO_TEST_CASE(towers_of_a_renamed_file_are_those_of_the_same_weights_under_openais_names) {
  const device::cpu cpu(1);
  const temporary_folder folder;
  std::vector<named_array> arrays;
  for (const auto& fact : tests::image_tensors(tiny_image{})) {
    arrays.push_back(to_array_f16(fact.name, fact.extents, tests::formula_values(fact.name, fact.extents)));
  }
  write_safetensors(folder / "openai", arrays);
  const any_archive file = open_archive(data_file("clip_hugging_face.safetensors"));
  const openai_names names(file);

  const vit_tower<tiny_image, device::cpu, nn::gelu> theirs(cpu, names);
  const vit_tower<tiny_image, device::cpu, nn::gelu> ours(cpu, safetensors(folder / "openai"));

  BOOST_TEST((tests::features_of(theirs, 2) == tests::features_of(ours, 2)));
}

BOOST_AUTO_TEST_CASE(a_wrong_shape_names_both_tensors) {
  const any_archive file = open_archive(data_file("clip_hugging_face.safetensors"));
  const openai_names names(file);

  BOOST_CHECK_EXCEPTION(
      static_cast<void>(names.read("visual.proj", {8, 64})), shape_error, [](const error& e) {
        return contains(e.what(),
                        "tensor 'visual.proj' (in the file 'visual_projection.weight'): shape: expected "
                        "(8, 64), got (64, 8)");
      });
}

BOOST_AUTO_TEST_CASE(queries_without_keys_and_parts_that_do_not_fit_are_refused) {
  const std::string block = "text_model.encoder.layers.0.self_attn.";
  tests::formula_archive lonely({{block + "q_proj.weight", {4, 4}}, {block + "v_proj.weight", {4, 4}}});
  tests::formula_archive uneven({{block + "q_proj.weight", {4, 4}},
                                 {block + "k_proj.weight", {4, 3}},
                                 {block + "v_proj.weight", {4, 4}}});

  BOOST_TEST(verdict(lonely) ==
             "coop: formula: tensor 'transformer.resblocks.0.attn.in_proj_weight': expected "
             "queries, keys and values, got no 'k_proj'");
  BOOST_TEST(verdict(uneven) == "coop: formula: tensor '" + block +
                                    "k_proj.weight': shape: expected that of '" + block +
                                    "q_proj.weight', got (4, 3)");
}

BOOST_AUTO_TEST_CASE(two_tensors_for_one_name_are_refused) {
  tests::formula_archive twice({{"text_projection", {4, 2}}, {"text_projection.weight", {2, 4}}});

  BOOST_TEST(contains(verdict(twice),
                      "tensor 'text_projection.weight': a second tensor for OpenAI's "
                      "'text_projection'"));
}

BOOST_AUTO_TEST_CASE(foreign_models_keep_their_reason) {
  const auto why = [](const std::string& name) -> std::string {
    auto archive = tests::formula_archive(tests::tensors_of<backbone::mini_vit>());
    archive.add(name, {1});
    try {
      (void)infer_architecture(openai_names(archive));
    } catch (const io_error& problem) {
      return problem.what();
    }
    return "";
  };

  BOOST_TEST(
      contains(why("text.transformer.embeddings.word_embeddings.weight"), "a text tower of Hugging Face"));
  BOOST_TEST(contains(why("visual.trunk.norm.weight"), "an image tower of timm"));
  BOOST_TEST(contains(why("text.cls_emb"), "a class token of text"));
  BOOST_TEST(contains(why("logit_bias"), "a SigLIP model"));
  BOOST_TEST(contains(why("text_projection.bias"), "a projection with a bias"));
  BOOST_TEST(contains(why("text_model.roberta.encoder.layer.0.output.dense.weight"), "no CLIPModel has"));
}

BOOST_AUTO_TEST_CASE(names_refer_to_an_archive_that_lives) {
  static_assert(!std::is_constructible_v<openai_names<any_archive>, any_archive>);
  static_assert(Archive<openai_names<tests::formula_archive>>);
  const any_archive file = open_archive(data_file("clip_open_clip.pt"));

  BOOST_TEST(openai_names(file).path() == file.path());
}

BOOST_AUTO_TEST_SUITE_END()
