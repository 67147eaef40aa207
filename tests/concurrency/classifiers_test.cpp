// SPDX-License-Identifier: MIT
//
// A classifier in a server: made once, asked by many threads at the same time, saved and loaded meanwhile.
#include <coop/clip/text.hpp>
#include <coop/device/devices.hpp>
#include <coop/model/classifier.hpp>
#include <coop/model/zero_shot.hpp>
#include <coop/train/evaluate.hpp>

#include "support/at_once.hpp"
#include "support/numeric.hpp"
#include "support/seeded_archive.hpp"
#include "support/small_tokenizer.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(classifiers_of_many_callers)

using namespace coop;
using tests::at_once;
using tests::in_turn;

namespace {

constexpr index_t classes = 37;  // no multiple of any register
constexpr index_t width = 24;

classifier_facts facts() {
  classifier_facts all;
  for (index_t c = 0; c < classes; ++c) all.class_names.push_back("class " + std::to_string(c));
  return all;
}

classifier<device::cpu> classifier_on(const device::cpu& device) {
  const auto text = tests::numbers<float>(std::size_t(classes * width), 1);
  return {device, view<const float, 2>{text.data(), {classes, width}}, facts()};
}

/// Every answer of a classifier to the features of one caller, as numbers.
template <class C>
std::vector<float> answers(const C& made, index_t caller) {
  const index_t rows = 1 + caller * 3;
  const auto numbers = tests::numbers<float>(std::size_t(rows * width), std::uint64_t(caller) + 2);
  const view<const float, 2> features{numbers.data(), {rows, width}};
  std::vector<float> all;
  for (int round = 0; round < 5; ++round) {
    std::vector<float> out(std::size_t(rows * classes));
    const view<float, 2> to{out.data(), {rows, classes}};
    made.logits(features, to);
    all.insert(all.end(), out.begin(), out.end());
    made.probabilities(features, to);
    all.insert(all.end(), out.begin(), out.end());
    for (const auto& row : made.predict(features, 3)) {
      for (const auto& best : row) {
        all.push_back(float(best.label));
        all.push_back(best.probability);
      }
    }
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_classifier_answers_many_as_it_answers_one) {
  for (const int threads : {1, 3}) {
    const auto made = classifier_on(device::cpu(threads));
    const auto ask = [&](index_t caller) { return answers(made, caller); };

    const auto alone = in_turn(ask);

    BOOST_TEST((at_once(ask) == alone), threads << " threads of the device");
  }
}

BOOST_AUTO_TEST_CASE(many_evaluate_one_classifier) {
  const auto made = classifier_on(device::cpu(2));
  feature_set set;
  set.width = width;
  set.values = tests::numbers<float>(std::size_t(90 * width), 4);
  for (index_t i = 0; i < 90; ++i) set.labels.push_back(i % classes);
  const auto ask = [&](index_t) { return evaluate(made, set).confusion; };

  const auto alone = in_turn(ask);

  BOOST_TEST((at_once(ask) == alone));
}

BOOST_AUTO_TEST_CASE(many_make_zero_shot_classifiers_by_one_tower) {
  using tiny_text = text_shape<24, 2, 2, 10, 32, tests::small_vocabulary>;
  const text_tower<tiny_text, device::cpu> tower(device::cpu(3), tests::seeded_archive{},
                                                 nn::direction::forward_only);
  const tokenizer words = tests::small_tokenizer();
  const auto make = [&](index_t caller) {
    const auto made = zero_shot(tower, words, {"a photo of a {}.", "a {}."},
                                {.class_names = {"cat", "dog", "bird " + std::to_string(caller)}});
    return to_host(made.device(), made.text());
  };

  const auto alone = in_turn(make);

  BOOST_TEST((at_once(make) == alone));
}

// Who loads while others save finds one of the saved files, whole.
BOOST_AUTO_TEST_CASE(many_save_and_load_under_one_name) {
  const temporary_folder folder;
  const auto made = classifier_on(device::cpu(2));
  made.save(folder / "classifier");
  const auto expected = to_host(made.device(), made.text());
  const auto use = [&](index_t caller) {
    std::vector<std::vector<float>> found;
    for (int round = 0; round < 4; ++round) {
      if (caller % 2) {
        made.save(folder / "classifier");
      } else {
        const auto loaded = load_classifier(made.device(), folder / "classifier");
        found.push_back(to_host(loaded.device(), loaded.text()));
      }
    }
    return found;
  };

  for (const auto& caller : at_once(use)) {
    for (const auto& found : caller) BOOST_TEST((found == expected));
  }
  BOOST_TEST(folder.size() == 1u);  // no neighbours are left behind
}

BOOST_AUTO_TEST_SUITE_END()
