// SPDX-License-Identifier: MIT
#include <coop/model/classifier.hpp>

#include <coop/device/devices.hpp>
#include <coop/model/nearest_mean.hpp>

#include "../support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

BOOST_AUTO_TEST_SUITE(classifier)

namespace {

using coop::index_t;
using coop::shape;
using coop::view;
using cpu = coop::device::cpu;

constexpr index_t classes = 3;
constexpr index_t width = 4;

coop::classifier<cpu> three_classes(float scale = 12.5f) {
  const std::vector<float> text{0.6f, 0.8f, 0, 0, 0, 0.6f, 0.8f, 0, 0, 0, 0, 1};
  return coop::classifier<cpu>(cpu{}, view<const float, 2>{text.data(), shape<2>{classes, width}},
                               {.scale = scale,
                                .class_names = {"cat", "dog \"of\" many", "Straße"},
                                .preprocessing = "size 8",
                                .weights_sha256 = "abc",
                                .method = "unified-end"});
}

std::vector<float> logits_of(const coop::classifier<cpu>& c, const std::vector<float>& features) {
  const auto rows = index_t(features.size()) / c.width();
  std::vector<float> out(std::size_t(rows) * std::size_t(c.classes()), 99.0f);
  c.logits(view<const float, 2>{features.data(), shape<2>{rows, c.width()}},
           view<float, 2>{out.data(), shape<2>{rows, c.classes()}});
  return out;
}

auto says(const std::string& words) {
  return [words](const coop::error& e) { return std::string(e.what()).find(words) != std::string::npos; };
}

}  // namespace

static_assert(coop::Classifier<coop::classifier<cpu>>);

BOOST_AUTO_TEST_CASE(logits_are_scaled_cosines_whatever_the_length_of_the_feature) {
  const auto c = three_classes(10.0f);

  const auto z = logits_of(c, {3, 4, 0, 0, 0.003f, 0.004f, 0, 0, 1, 1, 1, 1});

  const double expected[] = {10, 4.8, 0, 10, 4.8, 0, 7, 7, 5};
  for (std::size_t i = 0; i < z.size(); ++i) BOOST_TEST(std::abs(double(z[i]) - expected[i]) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_zero_feature_gives_equal_logits_and_no_nan) {
  const auto z = logits_of(three_classes(), {0, 0, 0, 0});

  BOOST_TEST(z == std::vector<float>(3, 0.0f), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(probabilities_are_the_softmax_and_sum_to_one) {
  const auto c = three_classes(3.0f);
  const std::vector<float> feature{0.1f, 0.2f, 0.3f, 0.4f};
  const auto z = logits_of(c, feature);
  std::vector<float> p(3);

  c.probabilities(view<const float, 2>{feature.data(), shape<2>{1, 4}},
                  view<float, 2>{p.data(), shape<2>{1, 3}});

  const float total = std::exp(z[0]) + std::exp(z[1]) + std::exp(z[2]);
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(std::abs(p[i] - std::exp(z[i]) / total) < 1e-6f);
  BOOST_TEST(p[0] + p[1] + p[2] == 1.0f, boost::test_tools::tolerance(1e-6f));
}

BOOST_AUTO_TEST_CASE(predictions_come_best_first_and_equals_in_the_order_of_classes) {
  const auto c = three_classes();
  const std::vector<float> features{0, 0, 0, 1, 0, 0, 0, 0};

  const auto best = c.predict(view<const float, 2>{features.data(), shape<2>{2, 4}}, 2);
  const auto all = c.predict(view<const float, 2>{features.data(), shape<2>{2, 4}}, 10);

  BOOST_TEST(best.size() == 2u);
  BOOST_TEST(best[0].size() == 2u);
  BOOST_TEST(best[0][0].label == 2);
  BOOST_TEST(best[0][0].probability > 0.99f);
  BOOST_TEST(all[1].size() == 3u);
  for (index_t i = 0; i < 3; ++i) BOOST_TEST(all[1][std::size_t(i)].label == i);
}

BOOST_AUTO_TEST_CASE(what_is_saved_is_loaded_bit_for_bit) {
  const temporary_folder folder;
  const std::string file = folder / "file.safetensors";
  const auto c = three_classes(100.00000762939453f);
  c.save(file);

  const auto loaded = coop::load_classifier(cpu{}, file);

  BOOST_TEST((loaded.facts() == c.facts()));
  BOOST_TEST(loaded.scale() == c.scale());
  BOOST_TEST(coop::to_host(cpu{}, loaded.text()) == coop::to_host(cpu{}, c.text()),
             boost::test_tools::per_element());
  BOOST_TEST(logits_of(loaded, {1, 2, 3, 4}) == logits_of(c, {1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_same_classifier_is_the_same_file) {
  const temporary_folder folder;
  const std::string file = folder / "file.safetensors";
  three_classes().save(file);
  const auto size = std::filesystem::file_size(file);
  const auto first = coop::safetensors(file).metadata();
  three_classes().save(file);

  BOOST_TEST(std::filesystem::file_size(file) == size);
  BOOST_TEST((coop::safetensors(file).metadata() == first));
}

BOOST_AUTO_TEST_CASE(features_of_another_width_are_refused) {
  BOOST_CHECK_EXCEPTION((void)three_classes().predict(view<const float, 2>{nullptr, shape<2>{0, 5}}),
                        coop::shape_error, says("width of the features: expected 4, got 5"));
}

BOOST_AUTO_TEST_CASE(features_of_other_weights_or_of_pictures_prepared_otherwise_are_refused) {
  const auto c = three_classes();
  coop::feature_set features{{3, 4, 0, 0}, width, {0}, {}};
  const auto accuracy = [&] { return coop::evaluate(c, features).accuracy; };

  BOOST_TEST(accuracy() == 100);  // nobody has said whose they are
  features.origin = {.weights_sha256 = "abc", .preprocessing = "size 8"};
  BOOST_TEST(accuracy() == 100);
  features.origin.preprocessing = "size 9";
  BOOST_CHECK_EXCEPTION(
      (void)accuracy(), coop::choice_error,
      says("features: preprocessing: expected 'size 8' as of the classifier, got 'size 9'"));
  features.origin = {.weights_sha256 = "def", .preprocessing = "size 8"};
  BOOST_CHECK_EXCEPTION(
      (void)accuracy(), coop::choice_error,
      says("features: SHA-256 of the weights: expected 'abc' as of the classifier, got 'def'"));
  BOOST_CHECK_EXCEPTION((void)coop::nearest_mean(cpu{}, features, c.facts()), coop::choice_error,
                        says("nearest mean: features: SHA-256 of the weights"));
}

BOOST_AUTO_TEST_CASE(a_file_of_other_weights_than_asked_for_is_refused) {
  const temporary_folder folder;
  three_classes().save(folder / "f");

  BOOST_TEST(coop::load_classifier(cpu{}, folder / "f", {"abc", "size 8"}).classes() == classes);
  BOOST_CHECK_EXCEPTION((void)coop::load_classifier(cpu{}, folder / "f", {"def", "size 8"}),
                        coop::choice_error,
                        says("SHA-256 of the weights: expected 'def' as of what was asked for, got 'abc'"));
}

BOOST_AUTO_TEST_CASE(names_that_do_not_fit_the_matrix_are_refused) {
  const std::vector<float> text(8, 0.5f);
  BOOST_CHECK_EXCEPTION(coop::classifier<cpu>(cpu{}, view<const float, 2>{text.data(), shape<2>{2, 4}},
                                              {.class_names = {"only one"}}),
                        coop::shape_error, says("class names: expected 2, one for each text feature, got 1"));
}

BOOST_AUTO_TEST_CASE(files_that_are_no_classifiers_are_refused_in_words) {
  const temporary_folder folder;
  const std::string file = folder / "file.safetensors";
  const std::vector<float> values(8, 0.5f);
  const auto write = [&](std::vector<std::int64_t> extents, std::map<std::string, std::string> changes,
                         std::vector<float> numbers) {
    std::map<std::string, std::string> metadata{{"format", "coop classifier 1"}, {"scale", "10"},
                                                {"names", "[\"a\",\"b\"]"},      {"preprocessing", ""},
                                                {"weights_sha256", ""},          {"method", ""}};
    for (const auto& [key, value] : changes) {
      if (value == "(none)") {
        metadata.erase(key);
      } else {
        metadata[key] = value;
      }
    }
    coop::write_safetensors(
        file, {coop::to_array("text_features", std::move(extents), std::span<const float>(numbers))},
        metadata);
  };
  const auto refused = [&](const std::string& words) {
    BOOST_CHECK_EXCEPTION((void)coop::load_classifier(cpu{}, file), coop::error, says(file + ": " + words));
  };
  auto broken = values;
  broken[3] = std::numeric_limits<float>::quiet_NaN();

  write({2, 4}, {{"format", "(none)"}}, values);
  refused("metadata 'format' is missing");
  write({2, 4}, {{"format", "coop context 1"}}, values);
  refused("metadata 'format': expected 'coop classifier 1', got 'coop context 1'");
  write({2, 4}, {{"scale", "ten"}}, values);
  refused("metadata 'scale': expected a number, got 'ten'");
  write({2, 4}, {{"scale", "-1"}}, values);
  refused("metadata 'scale': expected a positive number, got -1");
  write({2, 4}, {{"names", "[\"a\"]"}}, values);
  refused("metadata 'names': expected 2 names");
  write({2, 4}, {{"names", "{}"}}, values);
  refused("metadata 'names': expected a JSON list of strings");
  write({8}, {}, values);
  refused("tensor 'text_features': shape: expected (classes, width), got (8)");
  write({2, 4}, {}, broken);
  refused("tensor 'text_features': some values are infinite or not numbers");
}

BOOST_AUTO_TEST_SUITE_END()
