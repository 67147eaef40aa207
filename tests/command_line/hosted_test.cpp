// SPDX-License-Identifier: MIT
//
// Towers and learners behind the host's types give what they give directly. The device is the processor here, twice: what
// matters is that every number goes there and back, and that the learner's steps are those of its own context.
#include "hosted.hpp"

#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/model/learner.hpp>
#include <coop/train/fit.hpp>

#include "../support/formula_weights.hpp"
#include "../support/numeric.hpp"
#include "../support/small_tokenizer.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace coop;
using tests::numbers;

namespace {

using small_text = text_shape<64, 1, 2, 8, 32, tests::small_vocabulary>;
using tower = coop::text_tower<small_text, device::cpu>;
using how = unified_end;
using direct_learner = prompt_learner<context::unified, placement::end, tower>;
using hosted = app::hosted_learner<direct_learner, tower>;
static_assert(coop::Learner<hosted>);
static_assert(coop::Learner<app::learner>);

const tokenizer words = tests::small_tokenizer();
const std::vector<std::string> names{"cat", "cat dog", "tern"};
const how description{.length = 4, .deviation = 0.5f};

std::shared_ptr<const tower> small_tower() {
  return std::make_shared<const tower>(device::cpu(1), tests::seeded_archive{});
}

std::vector<float> values(view<const float, 2> v) { return to_host(device::cpu(1), v); }

/// Three steps of gradient descent; the context after them, and the features and the gradient of the last.
template <class L>
std::vector<float> steps(L& learner) {
  const auto d = numbers<float>(3 * 8, 5);
  sgd::state<device::cpu> state(sgd{}, learner.device(), learner.parameters().extents);
  std::vector<float> text;
  for (int step = 0; step < 3; ++step) {
    text = values(learner.forward());
    learner.backward(view<const float, 2>{d.data(), shape<2>{3, 8}});
    state.step(learner.parameters(), learner.gradient(), 0.1);
  }
  auto all = values(learner.parameters());
  const auto gradient = values(learner.gradient());
  all.insert(all.end(), text.begin(), text.end());
  all.insert(all.end(), gradient.begin(), gradient.end());
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hosted_towers)

BOOST_AUTO_TEST_CASE(a_learner_takes_the_same_steps_and_leaves_the_same_classifier) {
  const auto text = small_tower();
  direct_learner direct(*text, words, names, description);
  hosted there(device::cpu(1), std::make_unique<direct_learner>(*text, words, names, description), text);
  BOOST_TEST((values(there.parameters()) == values(direct.parameters())));

  BOOST_TEST((steps(there) == steps(direct)));

  const auto mine = there.classifier({.preprocessing = "some", .weights_sha256 = "digest"});
  const auto wanted = direct.classifier({.preprocessing = "some", .weights_sha256 = "digest"});
  BOOST_TEST((values(mine.text()) == values(wanted.text())));
  BOOST_TEST(mine.facts().method == wanted.facts().method);
  BOOST_TEST(mine.facts().weights_sha256 == "digest");
  BOOST_TEST((mine.class_names() == names));
}

BOOST_AUTO_TEST_CASE(a_context_that_the_host_writes_is_the_next_step_s) {
  const auto text = small_tower();
  direct_learner direct(*text, words, names, description);
  hosted there(device::cpu(1), std::make_unique<direct_learner>(*text, words, names, description), text);
  (void)there.forward();
  const auto other = numbers<float>(4 * 64, 9);
  const view<const float, 2> context{other.data(), shape<2>{4, 64}};

  there.device().upload(context, there.parameters());
  direct.device().upload(context, direct.parameters());

  BOOST_TEST((values(there.forward()) == values(direct.forward())));
}

BOOST_AUTO_TEST_CASE(texts_are_encoded_alike) {
  const auto text = small_tower();
  const app::hosted_text<tower> there(device::cpu(1), text);
  const std::vector<std::vector<std::int32_t>> sequences{words.encode("a cat", 32).ids,
                                                         words.encode("tern", 32).ids};

  BOOST_TEST((values(there.encode(sequences).view()) == values(text->encode(sequences).view())));
  BOOST_TEST(there.scale() == text->scale());
  BOOST_TEST(there.vocabulary() == text->vocabulary());
}

BOOST_AUTO_TEST_CASE(pictures_are_encoded_alike) {
  using vit = vit_tower<vit_shape<24, 8, 128, 3, 10>, device::cpu, nn::quick_gelu>;
  const auto tower_of_pictures = std::make_shared<const vit>(
      device::cpu(1), tests::formula_archive(tests::image_tensors(vit_shape<24, 8, 128, 3, 10>{})));
  const app::hosted_image<vit> there(device::cpu(1), tower_of_pictures);
  const auto pixels = numbers<float>(3 * 24 * 24 * 3, 1);
  const view<const float, 4> pictures{pixels.data(), shape<4>{3, 24, 24, 3}};
  std::vector<float> mine(3 * 10);
  std::vector<float> wanted(3 * 10);

  there.encode(pictures, tests::as_matrix(mine, 3, 10));
  tower_of_pictures->encode(pictures, tests::as_matrix(wanted, 3, 10));

  BOOST_TEST((mine == wanted));
}

BOOST_AUTO_TEST_SUITE_END()
