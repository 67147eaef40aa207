// SPDX-License-Identifier: MIT
#include <coop/model/nearest_mean.hpp>

#include "support/temporary_folder.hpp"

#include <coop/device/devices.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(nearest_mean)

namespace {

using coop::feature_set;
using cpu = coop::device::cpu;

/// Two classes of two pictures of very different lengths.
feature_set four_pictures() { return {{10, 0, 0, 0.5f, 0, 7, -1, 0}, 2, {0, 0, 1, 1}, {"cat", "dog"}}; }

auto says(const std::string& text) {
  return [text](const coop::error& e) { return std::string(e.what()) == "coop: nearest mean: " + text; };
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_class_is_the_unit_mean_of_its_unit_features) {
  const auto model = coop::nearest_mean(cpu{}, four_pictures());

  const float half = std::sqrt(0.5f);
  const float expected[] = {half, half, -half, half};
  for (int c = 0; c < 2; ++c) {
    for (int j = 0; j < 2; ++j) BOOST_TEST(std::abs(model.text()(c, j) - expected[2 * c + j]) < 1e-6f);
  }
}

BOOST_AUTO_TEST_CASE(a_picture_goes_to_the_nearest_mean) {
  const auto model = coop::nearest_mean(cpu{}, four_pictures());
  const feature_set test{{3, 1, -2, 1, 0.1f, 5, -0.1f, 5}, 2, {0, 1, 0, 1}, {"cat", "dog"}};

  BOOST_TEST(coop::evaluate(model, test).accuracy == 100.0);
}

BOOST_AUTO_TEST_CASE(names_and_method_are_filled_where_they_are_empty_and_kept_where_not) {
  const auto plain = coop::nearest_mean(cpu{}, four_pictures());
  const auto told = coop::nearest_mean(cpu{}, four_pictures(),
                                       {.scale = 20.0f,
                                        .class_names = {"feline", "canine"},
                                        .preprocessing = "as it was",
                                        .method = "prototypes"});

  BOOST_TEST(plain.facts().method == "nearest-mean");
  BOOST_TEST(plain.class_names().at(1) == "dog");
  BOOST_TEST(told.class_names().at(1) == "canine");
  BOOST_TEST(told.facts().method == "prototypes");
  BOOST_TEST(told.facts().preprocessing == "as it was");
  BOOST_TEST(told.scale() == 20.0f);
}

BOOST_AUTO_TEST_CASE(it_is_saved_and_loaded_like_every_classifier) {
  const temporary_folder folder;
  const auto model = coop::nearest_mean(cpu{}, four_pictures());

  model.save(folder / "m");
  const auto back = coop::load_classifier(cpu{}, folder / "m");

  BOOST_TEST((back.facts() == model.facts()));
  BOOST_TEST(back.text()(1, 0) == model.text()(1, 0));
}

BOOST_AUTO_TEST_CASE(a_class_without_pictures_is_named) {
  auto lonely = four_pictures();
  lonely.class_names.push_back("axolotl");

  BOOST_CHECK_EXCEPTION((void)coop::nearest_mean(cpu{}, lonely), coop::choice_error,
                        says("class 'axolotl': expected at least one picture, got none"));
}

BOOST_AUTO_TEST_CASE(what_has_no_mean_is_refused) {
  auto opposite = four_pictures();
  opposite.values = {1, 0, -3, 0, 0, 1, 0, 1};
  auto empty_picture = four_pictures();
  empty_picture.values[6] = 0;
  auto stranger = four_pictures();
  stranger.labels[3] = 2;
  auto nameless = four_pictures();
  nameless.class_names.clear();

  BOOST_CHECK_EXCEPTION((void)coop::nearest_mean(cpu{}, opposite), coop::error,
                        says("class 'cat': its 2 pictures cancel each other and have no mean direction"));
  BOOST_CHECK_THROW((void)coop::nearest_mean(cpu{}, empty_picture), coop::error);
  BOOST_CHECK_EXCEPTION((void)coop::nearest_mean(cpu{}, stranger), coop::shape_error,
                        says("label of picture 3: expected one of the 2 classes, got 2"));
  BOOST_CHECK_EXCEPTION((void)coop::nearest_mean(cpu{}, nameless), coop::choice_error,
                        says("no class names"));
}

BOOST_AUTO_TEST_SUITE_END()
