// SPDX-License-Identifier: MIT
//
// RN50, RN101, ViT-B/32 and ViT-B/16 at full size against PyTorch's float32 (parity/make_golden.py): text
// features, logits, loss, gradients, and ten steps of SGD. Every figure seen is a message of the test.
#include "golden.hpp"

#include "support/clip_vocabulary.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace coop;
using namespace coop::tests;
using coop::test::has_clip_vocabulary;
namespace utf = boost::unit_test;

BOOST_AUTO_TEST_SUITE(golden_learning, *utf::label("slow") * utf::precondition(has_clip_vocabulary))

namespace {

void holds(const golden::findings& all) {
  for (const auto& each : all) {
    BOOST_TEST_MESSAGE(each.what << ": " << each.apart);
    BOOST_TEST_CONTEXT(each.what) BOOST_TEST(each.apart < each.bound);
  }
}

const tokenizer& clip_words() {
  static const tokenizer words = load_tokenizer(coop::test::clip_vocabulary());
  return words;
}

template <class M, class Tower, class Backbones>
void all_pairs_agree(const Tower& tower, Backbones backbones) {
  for_each_type(context::all{}, [&]<class C>(tag<C>) {
    for_each_type(placement::all{}, [&]<class P>(tag<P>) {
      holds(golden::learning<M, C, P>(tower, clip_words(), 16, backbones));
    });
  });
  holds(golden::learning<M, context::unified, placement::middle>(tower, clip_words(), 5, backbones));
}

}  // namespace

BOOST_AUTO_TEST_CASE(class_names_have_the_ids_that_pytorch_was_given) {
  const auto names = golden::names_and_ids();
  for (const auto& each : names) {
    BOOST_TEST_CONTEXT(each.name) {
      BOOST_TEST(clip_words().ids(each.name) == each.alone);
      BOOST_TEST(clip_words().ids(each.name + ".") == each.stopped);
    }
  }
  BOOST_TEST(names.size() == 100u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rn50_learns_as_pytorch_does, M, exact_machines) {
  if (!available<typename M::device_type>()) return;
  const auto tower = golden::formula_text_tower<1024, M>();
  all_pairs_agree<M>(tower, type_list<backbone::rn50>{});
  holds(golden::ten_steps<M, backbone::rn50, context::class_specific, placement::middle>(tower, clip_words(),
                                                                                         20));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rn101_and_both_transformers_learn_as_pytorch_does, M, exact_machines) {
  if (!available<typename M::device_type>()) return;
  const auto tower = golden::formula_text_tower<512, M>();
  all_pairs_agree<M>(tower, type_list<backbone::rn101, backbone::vit_b32, backbone::vit_b16>{});
  holds(golden::ten_steps<M, backbone::rn101, context::class_specific, placement::front>(tower, clip_words(),
                                                                                         20));
  holds(
      golden::ten_steps<M, backbone::vit_b32, context::unified, placement::middle>(tower, clip_words(), 100));
  holds(golden::ten_steps<M, backbone::vit_b16, context::unified, placement::end>(tower, clip_words(), 100));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_step_is_pytorchs_in_lower_precisions_too, M, rounding_machines) {
  if (!available<typename M::device_type>()) return;
  BOOST_TEST_MESSAGE(M::opened().description());
  const auto tower = golden::formula_text_tower<512, M>();
  const type_list<backbone::vit_b16> backbones;
  holds(golden::learning<M, context::unified, placement::end>(tower, clip_words(), 16, backbones));
  holds(golden::learning<M, context::class_specific, placement::end>(tower, clip_words(), 16, backbones));
}

BOOST_AUTO_TEST_SUITE_END()
